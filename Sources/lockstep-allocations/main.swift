// The program with a `malloc` of its own, which counts: only for `bench step`, whose JSON has `allocations_per_step` then.
import CAllocations
import LockstepProgram

let counter = AllocationCounter {
  lockstep_allocations_begin()
} end: {
  let count = lockstep_allocations_end()
  return count < 0 ? nil : Int(count)
}
LockstepProgram(allocationCounter: counter).main()
