package import Records

/// How many of some numbers lie where, in buckets that grow with their distance from zero.
///
/// An octave has four buckets, and what is less than 2⁻³⁰ of the largest magnitude counts as zero. The bucket of a number is
/// found in its bits.
package struct Histogram {
  /// How many numbers are finite, their sum and that of their squares.
  package private(set) var count = 0
  package private(set) var sum = 0.0
  package private(set) var squares = 0.0
  /// The least and the largest; 0 of none.
  package private(set) var least: Float = 0
  package private(set) var largest: Float = 0
  /// The upper bounds of the buckets, ascending, and how many numbers lie in each: above the bound before.
  package private(set) var buckets: [(limit: Double, count: Int)] = []

  /// The bits of a fraction that do not choose the bucket.
  private static let shift: UInt32 = 21
  /// How many octaves below the largest magnitude are told apart.
  private static let octaves: UInt32 = 30

  /// Counts numbers; those that are not finite are left out.
  package init(_ numbers: some Collection<Float>) {
    let places = 1 << (31 - Int(Self.shift))
    var counts = [Int](repeating: 0, count: 2 * places)
    (least, largest) = (.infinity, -.infinity)
    for number in numbers where number.isFinite {
      let bits = number.bitPattern
      let place = Int(bits & 0x7FFF_FFFF) >> Int(Self.shift)
      counts[number.sign == .minus ? places - 1 - place : places + place] += 1
      count += 1
      sum += Double(number)
      squares += Double(number) * Double(number)
      least = min(least, number)
      largest = max(largest, number)
    }
    guard count > 0 else {
      (least, largest) = (0, 0)
      return
    }
    let greatest = max(least.magnitude, largest.magnitude).bitPattern >> Self.shift
    let floor = Int(max(greatest, Self.octaves * 4) - Self.octaves * 4) + 1
    var middle = 0
    for place in 0..<floor { middle += counts[places + place] + counts[places - 1 - place] }
    // Of a negative bucket the upper bound is the one that is nearer to zero.
    for place in (floor..<places).reversed() {
      append(-Self.magnitude(place), counts[places - 1 - place])
    }
    append(Self.magnitude(floor), middle)
    for place in floor..<places { append(Self.magnitude(place + 1), counts[places + place]) }
    while buckets.last?.count == 0 { buckets.removeLast() }
  }

  /// Adds a bucket; of those without a number, which lie between others, only the last is kept.
  private mutating func append(_ limit: Double, _ count: Int) {
    if count == 0 {
      guard let last = buckets.last else {
        // The lower bound of the first bucket that has any.
        buckets = [(limit, 0)]
        return
      }
      if last.count == 0 { buckets.removeLast() }
    }
    buckets.append((limit, count))
  }

  /// The least magnitude of a place.
  private static func magnitude(_ place: Int) -> Double {
    let bits = UInt32(place) << shift
    // Behind the largest number there is no finite bound.
    return bits >= 0x7F80_0000 ? Double(Float.greatestFiniteMagnitude) : Double(Float(bitPattern: bits))
  }

  /// The message, as TensorFlow's histogram.proto has it.
  package var message: ProtocolBuffer {
    var message = ProtocolBuffer()
    message.add(1, Double(least))
    message.add(2, Double(largest))
    message.add(3, Double(count))
    message.add(4, sum)
    message.add(5, squares)
    message.add(6, packed: buckets.map(\.limit))
    message.add(7, packed: buckets.map { Double($0.count) })
    return message
  }
}
