import Mistakes

/// Samples of floating-point numbers that are held in memory, such as the rows of a table.
///
/// ```swift
/// let xor = InMemorySamples(inputs: [0, 0, 0, 1, 1, 0, 1, 1], shape: [2], labels: [0, 1, 1, 0], classes: 2)
/// ```
public struct InMemorySamples: SampleSource {
  /// The number of samples.
  public let count: Int
  /// The shape of one sample.
  public let shape: [Int]
  /// What a model is to answer for each sample.
  public let target: SampleTarget
  /// The names of the classes; nil where they have none.
  public private(set) var classNames: [String]?
  /// The names of the features; nil where they have none.
  public private(set) var featureNames: [String]?
  /// What the inputs were brought to a common scale by.
  public private(set) var inputScale: Standardization?
  /// What the targets were brought to a common scale by.
  public private(set) var targetScale: Standardization?

  /// The samples' values: [sample, shape], row-major.
  private let inputs: [Float]
  /// The number of values of one sample.
  private let inputCount: Int
  /// The class of each sample; empty for values.
  private let labels: [Int32]
  /// [sample, value]; empty for classes.
  private let targets: [Float]

  /// Makes a source of classes.
  ///
  /// - Parameters:
  ///   - inputs: [sample, shape] values, row-major.
  ///   - shape: the shape of one sample, each length at least 1.
  ///   - labels: a class 0 ..< `classes` for each sample, at least one sample.
  ///   - classes: the number of classes, at least 1.
  public init(inputs: [Float], shape: [Int], labels: [Int32], classes: Int) {
    requireLabels(labels, classes: classes)
    self.init(
      inputs: inputs, shape: shape, count: labels.count, labels: labels, targets: [],
      target: .classes(classes))
  }

  /// Makes a source of values.
  ///
  /// - Parameters:
  ///   - inputs: [sample, shape] values, row-major.
  ///   - shape: the shape of one sample, each length at least 1.
  ///   - targets: [sample, value] numbers that a model is to answer, row-major, of at least one sample.
  ///   - targetCount: the number of values of each sample, at least 1.
  public init(inputs: [Float], shape: [Int], targets: [Float], targetCount: Int) {
    require(targetCount >= 1, "a sample has at least 1 value to answer, not \(targetCount)")
    require(
      targets.count % targetCount == 0, "\(targets.count) targets are not whole samples of \(targetCount)")
    self.init(
      inputs: inputs, shape: shape, count: targets.count / targetCount, labels: [], targets: targets,
      target: .values(targetCount))
  }

  private init(
    inputs: [Float], shape: [Int], count: Int, labels: [Int32], targets: [Float], target: SampleTarget
  ) {
    let needed = product(shape + [count])
    require(
      !shape.isEmpty && shape.allSatisfy { $0 >= 1 }, "\(shape) is not the shape of a sample of numbers")
    require(count >= 1, "a source needs at least 1 sample")
    require(
      inputs.count == needed,
      "\(inputs.count) inputs given for \(counted(count, "sample")) of \(sizes(shape))")
    self.inputs = inputs
    self.shape = shape
    self.count = count
    self.labels = labels
    self.targets = targets
    self.target = target
    inputCount = inputs.count / count
  }

  /// The same samples with inputs (value − mean) ÷ deviation.
  ///
  /// - Parameter normalization: one mean and one deviation for each channel, the first of three dimensions, or for all
  ///   features.
  public func normalized(by normalization: Normalization) -> InMemorySamples {
    let channels = shape.count == 3 ? shape[0] : 1
    require(
      normalization.mean.count == channels,
      "\(normalization.mean.count) means given for samples of \(counted(channels, "channel"))")
    require(inputScale == nil, "the inputs were scaled before")
    let area = inputCount / channels
    let normalized = inputs.enumerated().map { index, value in
      let channel = index / area % channels
      return (value - normalization.mean[channel]) / normalization.deviation[channel]
    }
    return InMemorySamples(
      inputs: normalized, shape: shape, count: count, labels: labels, targets: targets, target: target
    ).described(
      classNames: classNames, featureNames: featureNames, inputScale: Standardization(normalization),
      targetScale: targetScale)
  }

  /// The same samples with what is known of them.
  func described(
    classNames: [String]?, featureNames: [String]?, inputScale: Standardization?,
    targetScale: Standardization?
  ) -> InMemorySamples {
    require(classNames.map { $0.count == target.count } ?? true, "the names are not one for each class")
    var result = self
    (result.classNames, result.featureNames) = (classNames, featureNames)
    (result.inputScale, result.targetScale) = (inputScale, targetScale)
    return result
  }

  /// A hash of the inputs and the labels or targets, to compare the data that two processes hold.
  ///
  /// It is the 64-bit FNV-1a hash of: the number of samples, the number of dimensions, each of them, 0 for
  /// classes or 1 for values, and their number, as eight bytes each; the inputs' bit patterns; the labels, or
  /// the targets' bit patterns, as four bytes each. The least significant byte comes first.
  ///
  /// - Complexity: O(stored numbers); about 4 ns a number.
  public var fingerprint: UInt64 {
    let kind =
      switch target {
      case .classes: 0
      case .values: 1
      }
    var hash = FNV1a()
    for size in [count, shape.count] + shape + [kind, target.count] { hash.combine(size) }
    for input in inputs { hash.combine(input.bitPattern) }
    for label in labels { hash.combine(label) }
    for target in targets { hash.combine(target.bitPattern) }
    return hash.value
  }

  /// Number, shape and target: "150 samples of 4, 3 classes".
  public var description: String { "\(counted(count, "sample")) of \(sizes(shape)), \(target)" }

  /// Copies a sample, the same in every epoch.
  public func write(_ sample: Int, epoch: Int, into input: inout MutableSpan<Float>) {
    copy(sample, of: inputs, each: inputCount, into: &input)
  }

  /// The class of a sample; traps if this is a source of values.
  public func label(of sample: Int) -> Int32 {
    require(!labels.isEmpty, "samples of \(target) have no labels")
    require((0..<count).contains(sample), "sample \(sample) of \(count)")
    return labels[sample]
  }

  /// Copies the values of a sample, or writes 1 at its class and 0 at the others.
  public func writeTargets(of sample: Int, into targets: inout MutableSpan<Float>) {
    switch target {
    case .classes(let classes): writeOneHot(label(of: sample), of: sample, classes: classes, into: &targets)
    case .values(let count): copy(sample, of: self.targets, each: count, into: &targets)
    }
  }

  /// Copies one sample's numbers out of those of all.
  private func copy(
    _ sample: Int, of numbers: [Float], each numberCount: Int, into destination: inout MutableSpan<Float>
  ) {
    require((0..<count).contains(sample), "sample \(sample) of \(count)")
    require(
      destination.count == numberCount,
      "given room for \(destination.count) numbers but \(numberCount) needed")
    for position in 0..<numberCount { destination[position] = numbers[sample * numberCount + position] }
  }
}
