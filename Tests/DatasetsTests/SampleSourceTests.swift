import Datasets
import Testing

/// The laws that every source of samples keeps.
@Suite("Sample sources")
struct SampleSourceTests {
  /// A source that implements no more than it must: the bits of a number and their parity.
  struct Parity: SampleSource {
    let count = 64
    let shape = [6]
    let target = SampleTarget.classes(2)
    let fingerprint: UInt64 = 1
    let description = "64 samples of 6, 2 classes, the parity of 6 bits"

    func write(_ sample: Int, epoch: Int, into input: inout MutableSpan<Float>) {
      for bit in 0..<6 { input[bit] = Float(sample >> bit & 1) }
    }

    func label(of sample: Int) -> Int32 { Int32(sample.nonzeroBitCount % 2) }
  }

  /// A source that lacks what a source of its kind must implement.
  struct Incomplete: SampleSource {
    let count = 1
    let shape = [1]
    let target: SampleTarget
    let fingerprint: UInt64 = 2
    let description = "1 sample of 1"

    func write(_ sample: Int, epoch: Int, into input: inout MutableSpan<Float>) { input[0] = 0 }
  }

  static let glyphs = SyntheticGlyphs.generate(seed: 3, split: .test, count: 120)

  static let sources: [any SampleSource] = [
    Parity(),
    glyphs,
    glyphs.resized(height: 40, width: 33),
    glyphs.resized(height: 70, width: 90)
      .normalized(by: Normalization(mean: [0.3], deviation: [0.4]))
      .augmented(by: Augmentation(cropPadding: 5, flips: true), seed: 9),
    ImageDataset(
      pixels: (0..<3 * 3 * 20).map { UInt8($0) }, labels: [299, 0, 256], channels: 3, height: 4, width: 5,
      classes: 300),
    InMemorySamples(
      inputs: (0..<60).map(Float.init), shape: [3, 4], labels: [1, 0, 2, 256, 1], classes: 257),
    InMemorySamples(
      inputs: (0..<60).map(Float.init), shape: [12], targets: (0..<10).map { Float($0) / 3 }, targetCount: 2),
  ]

  @Test("Sizes are positive, and the description is one line that begins with the number", arguments: sources)
  func sizes(source: any SampleSource) {
    #expect(source.count >= 1 && source.target.count >= 1)
    #expect(!source.shape.isEmpty && source.shape.allSatisfy { $0 >= 1 })
    #expect(source.description.hasPrefix("\(source.count) ") && !source.description.contains("\n"))
    #expect(source.description.contains("\(source.target)"))
    #expect(source.fingerprint == source.fingerprint)
  }

  @Test("Whatever wrote before, where and on which thread, a sample has the same values", arguments: sources)
  func determinism(source: any SampleSource) async {
    let calls = (0..<3).flatMap { epoch in (0..<source.count).map { (epoch, $0) } }
    let serial = calls.map { written(source, $0.1, epoch: $0.0) }
    #expect(serial.allSatisfy { !$0.contains(where: \.isNaN) })
    #expect(calls.reversed().map { written(source, $0.1, epoch: $0.0) } == serial.reversed())
    let concurrent = await withTaskGroup(of: (Int, [Float]).self) { group in
      for (index, call) in calls.enumerated() {
        group.addTask { (index, written(source, call.1, epoch: call.0)) }
      }
      var results: [[Float]] = Array(repeating: [], count: calls.count)
      for await (index, values) in group { results[index] = values }
      return results
    }
    #expect(concurrent == serial)
  }

  @Test("Labels are classes, and their targets are 1 at the label and 0 elsewhere", arguments: sources)
  func labels(source: any SampleSource) {
    guard case .classes(let classes) = source.target else { return }
    for sample in 0..<source.count {
      let label = Int(source.label(of: sample))
      #expect((0..<classes).contains(label))
      #expect(targets(of: source, sample: sample) == (0..<classes).map { $0 == label ? 1 : 0 })
    }
  }

  @Test("Equal fingerprints and descriptions are those of equal samples only")
  func records() {
    let records = Self.sources.map { "\($0.fingerprint) \($0.description)" }
    #expect(Set(records).count == records.count)
    #expect(Set(Self.sources[1...3].map(\.fingerprint)).count == 1)
  }

  @Test("What a source's kind does not have traps")
  func traps() async {
    await #expect(processExitsWith: .failure) { _ = Incomplete(target: .values(1)).label(of: 0) }
    await #expect(processExitsWith: .failure) { _ = Incomplete(target: .classes(1)).label(of: 0) }
    await #expect(processExitsWith: .failure) { _ = targets(of: Incomplete(target: .values(1)), sample: 0) }
  }

  /// A sample and what a model is to answer for it.
  private func written(_ source: some SampleSource, _ sample: Int, epoch: Int) -> [Float] {
    values(of: source, sample: sample, epoch: epoch) + targets(of: source, sample: sample)
  }
}
