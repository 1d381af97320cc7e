import Datasets
import Testing

@Suite("Samplers, batches and microshards")
struct SamplerTests {
  @Test("An epoch uses each sample once", arguments: [0, 1, 2, 255, 1000])
  func orderIsPermutation(count: Int) {
    let sampler = Sampler(count: count, seed: 11, shuffles: true)
    for epoch in [0, 1, 70] {
      #expect(sampler.order(epoch: epoch).sorted() == (0..<count).map { UInt32($0) })
    }
  }

  @Test("The order is a function of seed and epoch; without shuffling it is the stored one")
  func orderDependsOnSeedAndEpoch() {
    let orders = [(0, 0), (0, 1), (1, 0), (1, 1)].map { seed, epoch in
      Sampler(count: 100, seed: UInt64(seed), shuffles: true).order(epoch: epoch)
    }
    #expect(Set(orders).count == 4)
    #expect(Sampler(count: 100, seed: 0, shuffles: true).order(epoch: 0) == orders[0])
    let identity = (0..<100).map { UInt32($0) }
    #expect(Sampler(count: 100, seed: 0, shuffles: false).order(epoch: 5) == identity)
    #expect(!orders.contains(identity))
  }

  @Test("Batches divide an epoch in order, all full but the last")
  func batchesPartition() {
    for sampleCount in 0...70 {
      for batchSize in [1, 2, 3, 7, 32, 69, 70, 71, Int.max] {
        let batches = Batches(sampleCount: sampleCount, batchSize: batchSize)
        #expect(batches.flatMap { Array($0) } == Array(0..<sampleCount))
        #expect(batches.dropLast().allSatisfy { $0.count == batchSize })
        #expect(batches.last.map { (1...batchSize).contains($0.count) } ?? (sampleCount == 0))
        let exact = Double(sampleCount) / Double(batchSize)
        #expect(batches.count == Int(exact.rounded(.up)))
      }
    }
  }

  @Test("60,000 samples are 235 batches of 256, the last of 96")
  func fashionMNISTBatches() {
    let batches = Batches(sampleCount: 60_000, batchSize: 256)
    #expect(batches.count == 235)
    #expect(batches.last == 59_904..<60_000)
  }
}
