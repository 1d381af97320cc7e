import Execution
import Randomness
import Testing

@Suite struct ArenaPlannerTests {
  struct Buffer {
    var byteCount: Int
    var lifetime: ClosedRange<Int>
  }

  /// Buffers of 0 to 5000 bytes that live for up to 8 of 30 steps.
  private func randomBuffers(_ seed: Int) -> [Buffer] {
    var random = Philox(seed: 11, purpose: .test, seed)
    return (0..<Int(random.uniform(below: 40))).map { _ in
      let first = Int(random.uniform(below: 30))
      return Buffer(
        byteCount: Int(random.uniform(below: 5001)), lifetime: first...first + Int(random.uniform(below: 8)))
    }
  }

  private func place(_ buffers: [Buffer]) -> (offsets: [Int], byteCount: Int) {
    var planner = ArenaPlanner()
    let numbers = buffers.map { planner.add(byteCount: $0.byteCount, lifetime: $0.lifetime) }
    #expect(numbers == Array(buffers.indices))
    return planner.place()
  }

  @Test("buffers that ever live together share no byte; all are aligned and inside", arguments: 0..<200)
  func noOverlap(seed: Int) {
    let buffers = randomBuffers(seed)
    let (offsets, byteCount) = place(buffers)
    let ranges = zip(buffers, offsets).map { $1..<$1 + $0.byteCount }
    for (index, buffer) in buffers.enumerated() {
      #expect(offsets[index] % AlignedMemory.alignment == 0)
      #expect(ranges[index].lowerBound >= 0 && ranges[index].upperBound <= byteCount)
      for other in 0..<index where buffers[other].lifetime.overlaps(buffer.lifetime) {
        #expect(!ranges[index].overlaps(ranges[other]), "buffers \(other) and \(index)")
      }
    }
  }

  @Test("the arena holds what lives at the busiest step, and never more than everything", arguments: 0..<200)
  func size(seed: Int) {
    let buffers = randomBuffers(seed)
    let (_, byteCount) = place(buffers)
    func total(_ buffers: [Buffer]) -> Int { buffers.reduce(0) { $0 + AlignedMemory.padded($1.byteCount) } }
    let busiest = (0..<40).map { step in total(buffers.filter { $0.lifetime.contains(step) }) }.max() ?? 0
    #expect(byteCount >= busiest)
    #expect(byteCount <= total(buffers))
    // The heuristic is not optimal, but it must be worth having.
    #expect(byteCount <= busiest * 2)
  }

  @Test("buffers one after the other take the place of one")
  func chain() {
    let buffers = (0..<10).map { Buffer(byteCount: 640, lifetime: 2 * $0...2 * $0 + 1) }
    let (offsets, byteCount) = place(buffers)
    #expect(offsets.allSatisfy { $0 == 0 })
    #expect(byteCount == 640)
  }

  @Test("buffers that touch in one step do not share")
  func touching() {
    let (offsets, byteCount) = place([
      Buffer(byteCount: 64, lifetime: 0...3), Buffer(byteCount: 64, lifetime: 3...5),
    ])
    #expect(Set(offsets) == [0, 64])
    #expect(byteCount == 128)
  }

  @Test("equal buffers are placed equally", arguments: 0..<20)
  func deterministic(seed: Int) {
    let buffers = randomBuffers(seed)
    let (first, second) = (place(buffers), place(buffers))
    #expect(first.offsets == second.offsets && first.byteCount == second.byteCount)
  }

  @Test("no buffers need no memory")
  func empty() {
    let (offsets, byteCount) = place([])
    #expect(offsets.isEmpty && byteCount == 0)
  }
}
