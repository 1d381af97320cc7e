package import Records

/// The messages of TensorBoard's event files: event.proto, summary.proto and histogram.proto of TensorFlow, as far as a
/// training needs them.
package struct Event {
  /// When it happened, in seconds since 1970.
  private let wallTime: Double
  private let step: Int
  private var summary = ProtocolBuffer()

  /// Makes an event without values.
  package init(step: Int, wallTime: Double) {
    (self.step, self.wallTime) = (step, wallTime)
  }

  /// Whether there is nothing to tell.
  package var isEmpty: Bool { summary.bytes.isEmpty }

  /// The message.
  package var message: ProtocolBuffer {
    var event = head
    event.add(5, summary)
    return event
  }

  /// The message with which a file begins.
  package static func fileVersion(wallTime: Double) -> ProtocolBuffer {
    var event = Event(step: 0, wallTime: wallTime).head
    event.add(3, "brain.Event:2")
    return event
  }

  /// The message with which a part of a run begins; readers forget what they have read of a step and later ones.
  package static func restart(before step: Int, wallTime: Double) -> ProtocolBuffer {
    var log = ProtocolBuffer()
    log.add(1, 1)
    var event = Event(step: step, wallTime: wallTime).head
    event.add(7, log)
    return event
  }

  /// The step of a message that this type has made, and whether it has values of it; nil if it is none.
  package static func step(of event: ArraySlice<UInt8>) -> (step: Int, hasValues: Bool)? {
    guard event.count > 10, event.first == 1 << 3 | 1, event[event.startIndex + 9] == 2 << 3 else {
      return nil
    }
    var (value, shift) = (0, 0)
    for (index, byte) in zip(event.indices, event).dropFirst(10) {
      guard shift < 63 else { return nil }
      value |= Int(byte & 0x7F) << shift
      if byte & 0x80 == 0 {
        return (value, event.dropFirst(index + 1 - event.startIndex).first == 5 << 3 | 2)
      }
      shift += 7
    }
    return nil
  }

  /// Adds a number.
  package mutating func add(_ tag: String, _ value: Double) {
    add(tag) { $0.add(2, Float(value)) }
  }

  /// Adds the distribution of some numbers.
  package mutating func add(_ tag: String, _ histogram: Histogram) {
    add(tag) { $0.add(5, histogram.message) }
  }

  /// Adds an image.
  ///
  /// - Parameter png: the file of an image with three channels.
  package mutating func add(_ tag: String, png: [UInt8], width: Int, height: Int) {
    var image = ProtocolBuffer()
    image.add(1, height)
    image.add(2, width)
    image.add(3, 3)
    image.add(4, bytes: png)
    add(tag) { $0.add(4, image) }
  }

  private mutating func add(_ tag: String, _ fill: (inout ProtocolBuffer) -> Void) {
    var value = ProtocolBuffer()
    value.add(1, tag)
    fill(&value)
    summary.add(1, value)
  }

  /// Time and step.
  private var head: ProtocolBuffer {
    var event = ProtocolBuffer()
    event.add(1, wallTime)
    event.add(2, step)
    return event
  }
}
