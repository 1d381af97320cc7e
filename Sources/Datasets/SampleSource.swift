import Mistakes

/// Samples that a model is trained or evaluated on, each a tensor and what the model is to answer for it.
///
/// A source never changes, and what it writes depends on nothing but the arguments: any number of threads
/// may ask at once, in any order, and every rank gets the same bits.
///
/// A source of classes implements ``label(of:)``, a source of values ``writeTargets(of:into:)``:
///
/// ```swift
/// struct Parity: SampleSource {
///   let count = 1 << 8
///   let shape = [8]
///   let target = SampleTarget.classes(2)
///   let fingerprint: UInt64 = 1
///   let description = "256 samples of 8, 2 classes, the parity of 8 bits"
///
///   func write(_ sample: Int, epoch: Int, into input: inout MutableSpan<Float>) {
///     for bit in 0..<8 { input[bit] = Float(sample >> bit & 1) }
///   }
///
///   func label(of sample: Int) -> Int32 { Int32(sample.nonzeroBitCount % 2) }
/// }
/// ```
public protocol SampleSource: Sendable, CustomStringConvertible {
  /// The number of samples, at least 1.
  var count: Int { get }

  /// The shape of one sample, each length at least 1: [channels, height, width] of an image, or [features].
  var shape: [Int] { get }

  /// What a model is to answer for each sample.
  var target: SampleTarget { get }

  /// The names of the classes, one a class in order; nil where they have none, and for sources of values.
  var classNames: [String]? { get }

  /// The names of the features, one a feature in order; nil where they have none, and for images.
  var featureNames: [String]? { get }

  /// What the channels or features of the data were brought to a common scale by, one mean and one deviation for each or for
  /// all of them: what `write` writes is (x − mean) ÷ deviation; nil where it writes x.
  var inputScale: Standardization? { get }

  /// What the values to answer were brought to a common scale by in the same way; nil where they are as they were.
  var targetScale: Standardization? { get }

  /// A hash of the data that the samples are made of, to compare what ranks and runs have read.
  ///
  /// It may take as long as reading all the data.
  var fingerprint: UInt64 { get }

  /// One line: number, shape, classes or values, and every treatment of the samples.
  ///
  /// It stands beside the fingerprint in the record of an experiment: sources with equal fingerprints whose
  /// samples differ must differ here.
  var description: String { get }

  /// The same samples without random changes, as they are evaluated; by default the source itself, for sources that make none.
  var withoutRandomChanges: any SampleSource { get }

  /// Writes a sample.
  ///
  /// - Parameters:
  ///   - sample: 0 ..< `count`.
  ///   - epoch: the epoch, from 0. It matters only if samples are changed at random; the changes are then a
  ///     function of a seed, the epoch and the sample, never of the rank or of the order of the calls.
  ///   - input: all the values of one sample, row-major in the order of `shape`; what they were does not
  ///     matter.
  func write(_ sample: Int, epoch: Int, into input: inout MutableSpan<Float>)

  /// The class of a sample, 0 ..< the number of classes; not to be asked of a source of values.
  ///
  /// - Parameter sample: 0 ..< `count`.
  func label(of sample: Int) -> Int32

  /// Writes what a model is to answer for a sample, as numbers.
  ///
  /// - Parameters:
  ///   - sample: 0 ..< `count`.
  ///   - targets: `target.count` numbers: the values, or by default 1 at the sample's class and 0 at the
  ///     others.
  func writeTargets(of sample: Int, into targets: inout MutableSpan<Float>)

  /// Lines that tell a log how samples are come by; by default none.
  var remarks: [String] { get }

  /// Lines that whoever trains should know before it begins, such as what was left out; by default none.
  var warnings: [String] { get }

  /// Says which samples will be written next, so that a source that reads them from files can begin.
  ///
  /// It changes no sample, and nothing depends on it but time. By default it does nothing.
  ///
  /// - Parameters:
  ///   - samples: those of this rank's next batch, in the order of their use.
  ///   - epoch: the epoch that they will be written for.
  func prepare(_ samples: [Int], epoch: Int)

  /// Why a sample that was written is not what it should be; asked for after each batch, and nil by default.
  ///
  /// A source that reads files while it is used may find one damaged, or gone.
  var failure: (any Error)? { get }
}

extension SampleSource {
  /// None.
  public var classNames: [String]? { nil }

  /// Itself.
  public var withoutRandomChanges: any SampleSource { self }

  /// None.
  public var featureNames: [String]? { nil }

  /// None.
  public var inputScale: Standardization? { nil }

  /// None.
  public var targetScale: Standardization? { nil }

  /// None.
  public var remarks: [String] { [] }

  /// None.
  public var warnings: [String] { [] }

  /// Does nothing.
  public func prepare(_ samples: [Int], epoch: Int) {}

  /// None.
  public var failure: (any Error)? { nil }

  /// Traps: a source of values has no labels, and a source of classes must implement this.
  public func label(of sample: Int) -> Int32 {
    switch target {
    case .classes: unreachable("\(Self.self) is a source of classes but does not implement label(of:)")
    case .values: unreachable("\(Self.self) has no label of sample \(sample): it is a source of values")
    }
  }

  /// Writes 1 at the sample's class and 0 at the others; a source of values must implement this.
  public func writeTargets(of sample: Int, into targets: inout MutableSpan<Float>) {
    guard case .classes(let classes) = target else {
      unreachable("\(Self.self) is a source of values but does not implement writeTargets(of:into:)")
    }
    writeOneHot(label(of: sample), of: sample, classes: classes, into: &targets)
  }

  /// Writes 1 at a sample's label and 0 at the other classes.
  func writeOneHot(
    _ label: Int32, of sample: Int, classes: Int, into targets: inout MutableSpan<Float>
  ) {
    require(targets.count == classes, "given room for \(targets.count) targets but \(classes) needed")
    require((0..<classes).contains(Int(label)), labelText(label, of: sample, classes: classes))
    for index in targets.indices { targets[index] = index == label ? 1 : 0 }
  }
}
