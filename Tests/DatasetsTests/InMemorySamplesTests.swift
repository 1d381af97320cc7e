import Datasets
import Testing

@Suite("Samples in memory")
struct InMemorySamplesTests {
  static let inputs: [Float] = [1, 2, 3, -4, 0.5, .leastNonzeroMagnitude]

  @Test("Inputs, labels and targets come back as given")
  func roundTrip() {
    let classes = InMemorySamples(inputs: Self.inputs, shape: [3], labels: [4, 0], classes: 5)
    let regression = InMemorySamples(
      inputs: Self.inputs, shape: [1, 3], targets: [7, 8, 9, 10], targetCount: 2)
    for sample in 0..<2 {
      let expected = Array(Self.inputs[sample * 3..<sample * 3 + 3])
      #expect(values(of: classes, sample: sample) == expected)
      #expect(values(of: regression, sample: sample, epoch: 5) == expected)
    }
    #expect((0..<2).map(classes.label(of:)) == [4, 0])
    #expect(targets(of: classes, sample: 0) == [0, 0, 0, 0, 1])
    #expect((0..<2).map { targets(of: regression, sample: $0) } == [[7, 8], [9, 10]])
    #expect(regression.count == 2 && regression.target == .values(2) && regression.shape == [1, 3])
    #expect(classes.description == "2 samples of 3, 5 classes")
    let single = InMemorySamples(inputs: [0], shape: [1], targets: [1], targetCount: 1)
    #expect(single.description == "1 sample of 1, 1 value")
  }

  @Test("The fingerprint is the FNV-1a hash of sizes, inputs and labels or targets")
  func fingerprintDefinition() {
    func words(_ sizes: [UInt8]) -> [UInt8] { sizes.flatMap { [$0, 0, 0, 0, 0, 0, 0, 0] } }
    // 1 is 0x3F800000, −2 is 0xC0000000.
    let inputs: [UInt8] = [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0]
    let classes = InMemorySamples(inputs: [1, -2], shape: [1], labels: [1, 258], classes: 259)
    #expect(
      classes.fingerprint
        == fnv1a(
          words([2, 1, 1, 0]) + [3, 1, 0, 0, 0, 0, 0, 0] + inputs + [1, 0, 0, 0, 2, 1, 0, 0]))
    let regression = InMemorySamples(inputs: [1, -2], shape: [1, 2], targets: [1, -2], targetCount: 2)
    #expect(regression.fingerprint == fnv1a(words([1, 2, 1, 2, 1, 2]) + inputs + inputs))
  }

  @Test("The fingerprint changes with any size, input, label and target")
  func fingerprintSensitivity() {
    var changed = Self.inputs
    changed[5] = 0
    let sources = [
      InMemorySamples(inputs: Self.inputs, shape: [3], labels: [1, 0], classes: 2),
      InMemorySamples(inputs: Self.inputs, shape: [3, 1], labels: [1, 0], classes: 2),
      InMemorySamples(inputs: Self.inputs, shape: [1, 3], labels: [1, 0], classes: 2),
      InMemorySamples(inputs: Self.inputs, shape: [3], labels: [1, 0], classes: 3),
      InMemorySamples(inputs: Self.inputs, shape: [3], labels: [0, 0], classes: 2),
      InMemorySamples(inputs: changed, shape: [3], labels: [1, 0], classes: 2),
      InMemorySamples(inputs: Self.inputs, shape: [3], targets: [1, 0], targetCount: 1),
      InMemorySamples(inputs: Self.inputs, shape: [3], targets: [1, -0.0], targetCount: 1),
      InMemorySamples(inputs: Self.inputs, shape: [6], targets: [1, 0], targetCount: 2),
    ]
    #expect(Set(sources.map(\.fingerprint)).count == sources.count)
  }

  @Test("Numbers that are no whole samples, labels that are no classes, and missing samples trap")
  func traps() async {
    await #expect(processExitsWith: .failure) {
      _ = InMemorySamples(inputs: [1, 2, 3], shape: [2], labels: [0], classes: 1)
    }
    await #expect(processExitsWith: .failure) {
      _ = InMemorySamples(inputs: [1, 2], shape: [2], labels: [1], classes: 1)
    }
    await #expect(processExitsWith: .failure) {
      _ = InMemorySamples(inputs: [1, 2], shape: [2], labels: [-1], classes: 1)
    }
    await #expect(processExitsWith: .failure) {
      _ = InMemorySamples(inputs: [], shape: [2], labels: [], classes: 1)
    }
    await #expect(processExitsWith: .failure) {
      _ = InMemorySamples(inputs: [1], shape: [], labels: [0], classes: 1)
    }
    await #expect(processExitsWith: .failure) {
      _ = InMemorySamples(inputs: [1], shape: [1], targets: [0, 1, 2], targetCount: 2)
    }
    await #expect(processExitsWith: .failure) {
      _ = InMemorySamples(inputs: [1, 2], shape: [1], targets: [0, 1], targetCount: 1).label(of: 0)
    }
    await #expect(processExitsWith: .failure) {
      _ = values(of: InMemorySamples(inputs: [1, 2], shape: [1], labels: [0, 0], classes: 1), sample: 2)
    }
  }
}
