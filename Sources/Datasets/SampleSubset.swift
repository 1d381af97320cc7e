import Mistakes
import Randomness

/// Some samples of a source, in its order.
///
/// Random changes are those of the source, by the samples' positions there.
public struct SampleSubset: SampleSource {
  private let base: any SampleSource
  private let positions: [UInt32]

  /// Chooses samples.
  ///
  /// - Parameters:
  ///   - base: the source.
  ///   - positions: ascending positions in it, at least one.
  public init(_ base: any SampleSource, positions: [UInt32]) {
    require(
      !positions.isEmpty && zip(positions, positions.dropFirst()).allSatisfy(<)
        && positions.allSatisfy { $0 < base.count },
      "\(positions.count) positions are no ascending ones of \(base.count) samples")
    (self.base, self.positions) = (base, positions)
  }

  /// The number of chosen samples.
  public var count: Int { positions.count }
  /// That of the source.
  public var shape: [Int] { base.shape }
  /// That of the source, whether or not all of its classes were chosen.
  public var target: SampleTarget { base.target }
  /// Those of the source.
  public var classNames: [String]? { base.classNames }
  /// Those of the source.
  public var featureNames: [String]? { base.featureNames }
  /// That of the source.
  public var inputScale: Standardization? { base.inputScale }
  /// That of the source.
  public var targetScale: Standardization? { base.targetScale }
  /// Those of the source.
  public var remarks: [String] { base.remarks }
  /// Those of the source.
  public var warnings: [String] { base.warnings }
  /// That of the source.
  public var failure: (any Error)? { base.failure }

  /// The 64-bit FNV-1a hash of the source's fingerprint as eight bytes and the positions as four each.
  public var fingerprint: UInt64 {
    var hash = FNV1a()
    hash.combine(base.fingerprint)
    for position in positions { hash.combine(position) }
    return hash.value
  }

  /// How many of which samples.
  public var description: String { "\(count) of \(base)" }

  /// The same samples of the source without random changes.
  public var withoutRandomChanges: any SampleSource {
    SampleSubset(base.withoutRandomChanges, positions: positions)
  }

  /// Writes a chosen sample.
  public func write(_ sample: Int, epoch: Int, into input: inout MutableSpan<Float>) {
    base.write(Int(positions[sample]), epoch: epoch, into: &input)
  }

  /// Lets the source begin with chosen samples.
  public func prepare(_ samples: [Int], epoch: Int) {
    base.prepare(samples.map { Int(positions[$0]) }, epoch: epoch)
  }

  /// The class of a chosen sample.
  public func label(of sample: Int) -> Int32 { base.label(of: Int(positions[sample])) }

  /// Writes the targets of a chosen sample.
  public func writeTargets(of sample: Int, into targets: inout MutableSpan<Float>) {
    base.writeTargets(of: Int(positions[sample]), into: &targets)
  }
}

extension SampleSource {
  /// Keeps back a part of the samples, drawn by a seed: for validation, without random changes.
  ///
  /// - Parameters:
  ///   - fraction: the share that is kept back, > 0, < 1; at least one sample, and at most all but one.
  ///   - seed: the seed of the run.
  /// - Returns: both parts in the order of this source, which must have two samples or more.
  public func split(validationFraction fraction: Double, seed: UInt64) -> (
    training: SampleSubset, validation: any SampleSource
  ) {
    require(fraction > 0 && fraction < 1, "\(fraction) is no share of the samples for validation")
    require(count > 1, "one sample cannot be split")
    var random = Philox(seed: seed, purpose: .split, 1)
    let order = random.permutation(count: count)
    let kept = min(max(Int((fraction * Double(count)).rounded()), 1), count - 1)
    return (
      SampleSubset(self, positions: order[kept...].sorted()),
      SampleSubset(self, positions: order[..<kept].sorted()).withoutRandomChanges
    )
  }
}
