import CanonicalTree
import Testing

@Suite struct MicroshardPartitionTests {
  @Test("every position of a batch lies in exactly one microshard, in order", arguments: 1...40)
  func everyPositionOnce(batchSize: Int) {
    for count in 1...20 {
      let partition = MicroshardPartition(batchSize: batchSize, count: count)
      for samples in 1...batchSize {
        let parts = (0..<count).map { partition.positions(of: $0, samples: samples) }
        #expect(parts.flatMap { Array($0) } == Array(0..<samples), "\(count) microshards, \(samples) samples")
      }
    }
  }

  @Test("microshards are full, then one may be short, then they are empty", arguments: 1...40)
  func fullThenShortThenEmpty(batchSize: Int) {
    for count in 1...20 {
      let partition = MicroshardPartition(batchSize: batchSize, count: count)
      for samples in 1...batchSize {
        let sizes = (0..<count).map { partition.positions(of: $0, samples: samples).count }
        #expect(sizes == sizes.sorted(by: >))
        #expect(sizes.count { $0 != 0 && $0 != partition.capacity } <= 1)
      }
    }
  }

  @Test("the capacity is the least that holds the batch", arguments: 1...40)
  func leastCapacity(batchSize: Int) {
    for count in 1...20 {
      let partition = MicroshardPartition(batchSize: batchSize, count: count)
      #expect(partition.capacity * count >= batchSize)
      #expect((partition.capacity - 1) * count < batchSize)
    }
  }

  @Test("where a microshard lies does not depend on how long the batch is")
  func placesDoNotMove() {
    let partition = MicroshardPartition(batchSize: 29, count: 8)
    for samples in 1...29 {
      for microshard in 0..<8 {
        let full = partition.positions(of: microshard, samples: 29)
        #expect(
          partition.positions(of: microshard, samples: samples) == full.clamped(to: 0..<samples)
            || full.lowerBound >= samples)
      }
    }
  }
}
