import Mistakes

/// A sum over the microshards of a batch that a plan needs: what is summed and how large it is.
public struct BatchSum: Hashable, Sendable {
  /// How two summands become one, and of what type the numbers are.
  public enum Kind: Hashable, Sendable {
    /// The element-wise sum of `Float`s: a bucket of gradients.
    case gradients
    /// The element-wise sum of `Double`s: losses, counts, the sums of a batch normalization's backward pass.
    case sums
    /// Moments as `Double`s: a count, then means, then sums of squared deviations, merged by Chan's formula.
    case moments
  }

  /// How summands are merged.
  public var kind: Kind
  /// The number of elements of a summand; for moments 1 + 2 · channels.
  public var count: Int
  /// What is summed, for messages: a layer's path or `bucket 3`.
  public var name: String

  /// Describes a sum of `count` elements.
  public init(kind: Kind, count: Int, name: String) {
    require(kind != .moments || count % 2 == 1, "moments need 1 + 2 · channels elements, given \(count)")
    self.kind = kind
    self.count = count
    self.name = name
  }

  /// The bytes of one element.
  public var elementByteCount: Int { kind == .gradients ? 4 : 8 }

  /// The bytes of one summand.
  public var byteCount: Int { count * elementByteCount }

  /// Merges the summand at `source` into the one at `target`: one step of the canonical tree.
  ///
  /// - Parameters:
  ///   - source: the right summand, of ``byteCount`` bytes.
  ///   - target: the left summand, which receives the result.
  ///   - elements: the part of the elements to merge; all, for moments.
  public func merge(
    _ source: UnsafeRawPointer, into target: UnsafeMutableRawPointer, elements: Range<Int>? = nil
  ) {
    let range = elements ?? 0..<count
    switch kind {
    case .gradients, .sums:
      let left = target + elementByteCount * range.lowerBound
      add(left, source + elementByteCount * range.lowerBound, to: left, count: range.count)
    case .moments:
      require(range == 0..<count, "moments cannot be merged in parts, given \(range) of \(count)")
      mergeMoments(
        source.assumingMemoryBound(to: Double.self), into: target.assumingMemoryBound(to: Double.self),
        channels: count / 2)
    }
  }

  /// Adds elements of two summands: target ← first + second; the target may be one of them.
  ///
  /// The order of the summands is that of a merge: `first` is the left one. Moments cannot be added so.
  public func add(
    _ first: UnsafeRawPointer, _ second: UnsafeRawPointer, to target: UnsafeMutableRawPointer, count: Int
  ) {
    switch kind {
    case .gradients: addFloats(first, second, to: target, count: count)
    case .sums:
      let (left, right) = (
        first.assumingMemoryBound(to: Double.self), second.assumingMemoryBound(to: Double.self)
      )
      let result = target.assumingMemoryBound(to: Double.self)
      for index in 0..<count { result[index] = left[index] + right[index] }
    case .moments: unreachable("\(name): moments cannot be added in parts, given \(count) elements")
    }
  }
}

/// target ← first + second, 16 at a time; the target may be one of them.
private func addFloats(
  _ first: UnsafeRawPointer, _ second: UnsafeRawPointer, to target: UnsafeMutableRawPointer, count: Int
) {
  var index = 0
  while index + 16 <= count {
    let sum =
      first.loadUnaligned(fromByteOffset: 4 * index, as: SIMD16<Float>.self)
      + second.loadUnaligned(fromByteOffset: 4 * index, as: SIMD16<Float>.self)
    target.storeBytes(of: sum, toByteOffset: 4 * index, as: SIMD16<Float>.self)
    index += 16
  }
  while index < count {
    let sum =
      first.load(fromByteOffset: 4 * index, as: Float.self)
      + second.load(fromByteOffset: 4 * index, as: Float.self)
    target.storeBytes(of: sum, toByteOffset: 4 * index, as: Float.self)
    index += 1
  }
}

/// Chan, Golub, LeVeque: "Updating Formulae and a Pairwise Algorithm for Computing Sample Variances", 1979,
/// equation 2.1.
///
/// An empty side leaves the other as it is.
private func mergeMoments(
  _ right: UnsafePointer<Double>, into left: UnsafeMutablePointer<Double>, channels: Int
) {
  let rightCount = right[0]
  guard rightCount > 0 else { return }
  let leftCount = left[0]
  guard leftCount > 0 else {
    left.update(from: right, count: 1 + 2 * channels)
    return
  }
  let count = leftCount + rightCount
  let weight = rightCount / count
  let (leftMeans, leftSquares) = (left + 1, left + 1 + channels)
  let (rightMeans, rightSquares) = (right + 1, right + 1 + channels)
  left[0] = count
  for channel in 0..<channels {
    let difference = rightMeans[channel] - leftMeans[channel]
    leftMeans[channel] += difference * weight
    leftSquares[channel] += rightSquares[channel] + difference * difference * (leftCount * weight)
  }
}
