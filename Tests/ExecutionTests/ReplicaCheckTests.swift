import CanonicalTree
import Execution
import Testing

/// The hash of a replica's memory, and the sum by which replicas are compared.
@Suite struct ReplicaCheckTests {
  // MARK: - The hash

  private func hash(_ words: [UInt32]) -> UInt64 {
    let memory = AlignedMemory(byteCount: 4 * words.count)
    let floats = memory.base.assumingMemoryBound(to: Float.self)
    for (index, word) in words.enumerated() { floats[index] = Float(bitPattern: word) }
    return MemoryHash.hash(floats, count: words.count)
  }

  @Test("memory that differs in one bit has another hash", arguments: [16, 64, 112])
  func everyBit(count: Int) {
    let words = (0..<UInt32(count)).map { 0x3F80_0000 + $0 }
    var hashes: Set = [hash(words)]
    for index in words.indices {
      for bit in 0..<32 {
        var other = words
        other[index] ^= 1 << UInt32(bit)
        hashes.insert(hash(other))
      }
    }
    #expect(hashes.count == 1 + 32 * count)
  }

  @Test("equal memory has one hash; blocks that change places and further zeros change it")
  func order() {
    let words = (0..<128).map(UInt32.init)
    #expect(hash(words) == hash(words))
    for distance in [16, 64] {
      #expect(hash(Array(words[distance...] + words[..<distance])) != hash(words))
    }
    #expect(Set([16, 32, 64, 80].map { hash(Array(repeating: 0, count: $0)) }).count == 4)
    // The highest bits of two words that the same lane takes one after the other must not cancel.
    var other = words
    for index in [1, 65] { other[index] ^= 1 << 31 }
    #expect(hash(other) != hash(words))
  }

  // MARK: - The sum

  /// Whether the check passes with one hash for each microshard, added in Double.
  private func passes(_ hashes: [UInt64]) -> Bool {
    var sums = [Double](repeating: 0, count: ReplicaCheckSums.elementCount)
    var leaf = sums
    for hash in hashes {
      ReplicaCheckSums.contribute(hash, to: &leaf)
      for index in sums.indices { sums[index] += leaf[index] }
    }
    return ReplicaCheckSums.passes(sums, microshardCount: hashes.count)
  }

  @Test(
    "equal hashes pass, one that differs in one bit does not, whatever their size",
    arguments: [1, 2, 3, 7, 8, 13, 1000, ReplicaCheckSums.mostMicroshards],
    [0, 1, 0x5DEE_CE66_D123_4567, UInt64.max])
  func sums(count: Int, hash: UInt64) {
    let equal = Array(repeating: hash, count: count)
    #expect(passes(equal))
    guard count > 1 else { return }
    for bit in 0..<60 {
      var other = equal
      other[count / 2] ^= 1 << UInt64(bit)
      #expect(!passes(other), "bit \(bit)")
    }
    // Half of the microshards with the other hash, as with two ranks.
    #expect(!passes(equal.enumerated().map { $0 < count / 2 ? ~$1 : $1 }))
  }

  @Test("no contribution is zeros, and damaged sums do not pass")
  func damaged() {
    var elements = [Double](repeating: 1, count: ReplicaCheckSums.elementCount)
    ReplicaCheckSums.contribute(nil, to: &elements)
    #expect(elements.allSatisfy { $0 == 0 })
    for value in [Double.nan, .infinity, -1, 0.5, 1e300, 1] {
      elements[3] = value
      #expect(!ReplicaCheckSums.passes(elements, microshardCount: 8))
    }
  }

  // MARK: - The executor

  @Test("the hashes name parameters and running statistics in the order of the state")
  func names() throws {
    let executor = try Executor.serial(
      SmallModel.residual.graph, Executor.Options(partition: MicroshardPartition(batchSize: 8, count: 3)))
    let names = try executor.state().map(\.name).filter { !$0.hasSuffix("num_batches_tracked") }
    #expect(executor.replicaCheckHashes().map(\.name) == names)
    #expect(executor.replicaCheckHashes() == executor.replicaCheckHashes())
    for name in names {
      let before = executor.replicaCheckHashes()
      try executor.load(
        executor.state().map { tensor in
          guard tensor.name == name else { return tensor }
          var values = try tensor.floats
          values[values.count - 1] += 1
          return StateTensor(name: name, shape: tensor.shape, floats: values)
        })
      let changed = zip(before, executor.replicaCheckHashes()).filter { $0 != $1 }.map { $0.0.name }
      #expect(changed == [name])
    }
  }
}
