import COpenMPI
import Mistakes

/// Where each rank's block stands in a gathered buffer: counts and displacements in elements, back to back in
/// the order of ranks.
///
/// The memory keeps its address, for non-blocking calls read it until they are done.
final class BlockLayout {
  private let storage: UnsafeMutableBufferPointer<Int32>
  private let size: Int

  /// The number of elements in all blocks.
  let elementCount: Int

  var counts: UnsafePointer<Int32>? { UnsafePointer(storage.baseAddress) }
  var displacements: UnsafePointer<Int32>? { counts.map { $0 + size } }

  init(counts: [Int], of communicator: Communicator, in function: String) throws(MPIError) {
    size = communicator.size
    require(counts.count == size, "\(function): \(counts.count) counts given, but there are \(size) ranks")
    var displacement = 0
    var values: [Int32] = []
    var displacements: [Int32] = []
    for (rank, count) in counts.enumerated() {
      require(count >= 0, "\(function): the count of rank \(rank) is \(count)")
      values.append(try communicator.countArgument(count, in: function))
      displacements.append(try communicator.countArgument(displacement, in: function))
      displacement += count
    }
    elementCount = displacement
    storage = .allocate(capacity: 2 * size)
    _ = storage.initialize(from: values + displacements)
  }

  deinit { storage.deallocate() }
}
