/// Places buffers with known lifetimes into one arena, so that buffers that never live together share memory.
///
/// The largest buffers are placed first, each at the lowest offset where it meets no other of its lifetime.
package struct ArenaPlanner {
  private struct Buffer {
    var byteCount: Int
    var lifetime: ClosedRange<Int>
    var offset = 0
  }

  private var buffers: [Buffer] = []

  /// Makes a planner without buffers.
  package init() {}

  /// Adds a buffer that lives from the first to the last step of `lifetime`; returns its number.
  package mutating func add(byteCount: Int, lifetime: ClosedRange<Int>) -> Int {
    buffers.append(Buffer(byteCount: AlignedMemory.padded(byteCount), lifetime: lifetime))
    return buffers.count - 1
  }

  /// Places all buffers: their offsets by number, and the size of the arena, in bytes.
  package func place() -> (offsets: [Int], byteCount: Int) {
    var buffers = buffers
    var placed: [Int] = []
    let order = buffers.indices.sorted { (buffers[$0].byteCount, $1) > (buffers[$1].byteCount, $0) }
    for index in order {
      let neighbours = placed.filter { buffers[$0].lifetime.overlaps(buffers[index].lifetime) }
        .sorted { buffers[$0].offset < buffers[$1].offset }
      var offset = 0
      for neighbour in neighbours {
        if offset + buffers[index].byteCount <= buffers[neighbour].offset { break }
        offset = max(offset, buffers[neighbour].offset + buffers[neighbour].byteCount)
      }
      buffers[index].offset = offset
      placed.append(index)
    }
    return (buffers.map(\.offset), buffers.map { $0.offset + $0.byteCount }.max() ?? 0)
  }
}
