import Foundation
import Records
import Reports
import Testing
import Training

/// The event files of TensorBoard, read back field by field.
@Suite struct TensorBoardFileTests {
  @Test("checksums are those of RFC 3720, appendix B.4; masked as TensorFlow does")
  func checksums() {
    #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(CRC32C.checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(CRC32C.checksum((0..<32).map(UInt8.init)) == 0x46DD_794E)
    #expect(CRC32C.checksum("123456789".utf8) == 0xE306_9283)
    let sum: UInt32 = 0xE306_9283
    #expect(CRC32C.masked("123456789".utf8) == (sum >> 15 | sum << 17) &+ 0xA282_EAD8)
  }

  @Test("a record is found again; one with a flipped bit, and one that is cut, is not")
  func records() throws {
    var event = Event(step: 300, wallTime: 1.5)
    event.add("loss", 0.25)
    let file = EventRecord.record(event.message) + EventRecord.record(event.message)
    let found = try #require(EventRecord.event(in: file, at: 0))
    #expect(Array(found) == event.message.bytes && Event.step(of: found)?.step == 300)
    #expect(Event.step(of: found)?.hasValues == true)
    #expect(EventRecord.event(in: file, at: file.count / 2).map(Array.init) == event.message.bytes)
    #expect(EventRecord.event(in: file, at: file.count) == nil)
    for place in 0..<file.count / 2 {
      var damaged = file
      damaged[place] ^= 1
      #expect(EventRecord.event(in: damaged, at: 0) == nil)
      #expect(EventRecord.event(in: Array(file[..<place]), at: 0) == nil)
    }
  }

  /// What a part of a run leaves: the tags and steps of all values, file after file.
  private func steps(in directory: String) throws -> [[String]] {
    try FileManager.default.contentsOfDirectory(atPath: directory).sorted().map { name in
      let file = [UInt8](try #require(FileManager.default.contents(atPath: "\(directory)/\(name)")))
      var (place, steps) = (0, [String]())
      while let event = EventRecord.event(in: file, at: place) {
        let (step, hasValues) = try #require(Event.step(of: event))
        let tags = Fields(event).messages(5).flatMap { Fields($0).messages(1) }.compactMap {
          Fields($0).text(1)
        }
        if hasValues { steps.append("\(step) \(tags.sorted().first ?? "")") }
        place = event.endIndex + 4
      }
      #expect(place == file.count)
      return steps
    }
  }

  @Test("a run that goes on begins a file, and what earlier ones have of later steps is cut off")
  func resume() throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "lockstep-\(UUID().uuidString)")
      .path
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let events = try SampleEvents()
    func run(_ position: TrainingPosition?, steps: ClosedRange<Int>, evaluatesAfter: Int) throws {
      let observer = try TensorBoardObserver(
        directory: directory, goingOnFrom: position, options: TensorBoardOptions(histograms: .never)
      ) { 1000 }
      for number in steps {
        var step = events.step
        step.step = number
        try observer.observe(.step(step))
        guard number == evaluatesAfter else { continue }
        var evaluation = events.evaluation
        evaluation.step = number
        try observer.observe(.evaluated(evaluation))
      }
    }
    try run(nil, steps: 1...5, evaluatesAfter: 4)
    #expect(
      try steps(in: directory) == [
        [
          "1 accuracy/train", "2 accuracy/train", "3 accuracy/train", "4 accuracy/train", "4 accuracy/test",
          "5 accuracy/train",
        ]
      ])
    var position = TrainingPosition()
    (position.step, position.epoch, position.batch) = (4, 1, 0)
    try run(position, steps: 5...6, evaluatesAfter: 6)
    #expect(
      try steps(in: directory) == [
        ["1 accuracy/train", "2 accuracy/train", "3 accuracy/train", "4 accuracy/train", "4 accuracy/test"],
        ["5 accuracy/train", "6 accuracy/train", "6 accuracy/test"],
      ])
    // Stopped before the evaluation, which will be made again.
    (position.step, position.epoch, position.batch) = (6, 1, 2)
    try run(position, steps: 7...7, evaluatesAfter: 7)
    #expect(
      try steps(in: directory).dropFirst() == [
        ["5 accuracy/train", "6 accuracy/train"], ["7 accuracy/train", "7 accuracy/test"],
      ])
    // Back to the first part, and from the beginning.
    (position.step, position.epoch, position.batch) = (2, 0, 2)
    try run(position, steps: 3...3, evaluatesAfter: 0)
    #expect(
      try steps(in: directory) == [["1 accuracy/train", "2 accuracy/train"], [], [], ["3 accuracy/train"]])
    try run(nil, steps: 1...1, evaluatesAfter: 0)
    #expect(try steps(in: directory) == [["1 accuracy/train"]])
  }

  @Test("the numbers of a step")
  func step() throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "lockstep-\(UUID().uuidString)")
      .path
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let observer = try TensorBoardObserver(directory: directory) { 1234.5 }
    try observer.observe(.step(SampleEvents().step))
    let name = try #require(try FileManager.default.contentsOfDirectory(atPath: directory).first)
    #expect(name == "events.out.tfevents.0000001234.lockstep")
    let file = [UInt8](try #require(FileManager.default.contents(atPath: "\(directory)/\(name)")))
    let first = try #require(EventRecord.event(in: file, at: 0))
    #expect(Fields(first).text(3) == "brain.Event:2")
    let second = try #require(EventRecord.event(in: file, at: first.endIndex + 4))
    #expect(Fields(Fields(second).messages(7)[0]).messages(1) == [[1]] && Event.step(of: second)?.step == 0)
    let event = try #require(EventRecord.event(in: file, at: second.endIndex + 4))
    #expect(Fields(event).double(1) == 1234.5 && Event.step(of: event)?.step == 50)
    var values: [String: Float] = [:]
    for value in Fields(event).messages(5).flatMap({ Fields($0).messages(1) }) {
      values[Fields(value).text(1) ?? ""] = Fields(value).float(2)
    }
    #expect(
      values == [
        "loss/train": 0.1, "accuracy/train": 0.75, "learning_rate": 0.05, "images_per_second": 512,
        "seconds/step": 0.5, "seconds/data": 0.125, "seconds/forward": 0.25, "seconds/backward": 0.03125,
        "seconds/reduction": 0.015625, "seconds/update": 0.0625,
      ])
  }
}

/// How numbers are distributed.
@Suite struct HistogramTests {
  /// The count of numbers above one bound and up to the next, by the definition.
  private func counts(_ numbers: [Float], _ limits: [Double]) -> [Int] {
    limits.indices.map { index in
      let below = index == 0 ? -Double.infinity : limits[index - 1]
      return numbers.filter { Double($0) > below && Double($0) <= limits[index] }.count
    }
  }

  @Test("every number is in one bucket, between its bounds")
  func buckets() {
    var random = SystemRandomNumberGenerator()
    for scale in [Float(1e-30), 1e-3, 1, 1e30] {
      // Off the bounds themselves, which are powers of two and quarters between them.
      let numbers = (0..<2000).map { _ in
        scale * Float.random(in: -1...1, using: &random) * Float.random(in: 0.001...1, using: &random)
      }
      let histogram = Histogram(numbers)
      let limits = histogram.buckets.map(\.limit)
      #expect(histogram.buckets.map(\.count) == counts(numbers, limits))
      #expect(zip(limits, limits.dropFirst()).allSatisfy { $0 < $1 } && limits.count <= 2 * 121)
      #expect(histogram.count == 2000 && histogram.buckets.reduce(0) { $0 + $1.count } == 2000)
      #expect(histogram.least == numbers.min() && histogram.largest == numbers.max())
      let sum = numbers.reduce(0) { $0 + Double($1) }
      #expect(abs(histogram.sum - sum) <= 1e-9 * Double(scale) * 2000)
      #expect(histogram.squares == numbers.reduce(0) { $0 + Double($1) * Double($1) })
    }
  }

  @Test("zeros, one number, none, and numbers that are not finite")
  func edges() {
    // The first bucket is an empty one, which says where the next begins.
    #expect(Histogram([0, -0, 0]).buckets.map(\.count) == [0, 3])
    #expect(Histogram([Float]()).buckets.isEmpty && Histogram([Float]()).count == 0)
    #expect(Histogram([.nan, .infinity, -.infinity, 3]).count == 1)
    #expect(
      Histogram([Float.greatestFiniteMagnitude, -.greatestFiniteMagnitude]).buckets.reduce(0) {
        $0 + $1.count
      } == 2)
    let one = Histogram([Float(-3.3)])
    #expect(
      one.buckets.map(\.count) == [0, 1] && one.buckets[0].limit < -3.3 && one.buckets[1].limit >= -3.3)
  }
}

/// The fields of a message in the wire format.
private struct Fields {
  private var fields: [(number: Int, bytes: ArraySlice<UInt8>)] = []

  init(_ message: ArraySlice<UInt8>) {
    var rest = message
    func integer() -> Int {
      var (value, shift) = (0, 0)
      while let byte = rest.popFirst() {
        value |= Int(byte & 0x7F) << shift
        shift += 7
        if byte & 0x80 == 0 { break }
      }
      return value
    }
    while !rest.isEmpty {
      let key = integer()
      let begin = rest.startIndex
      let count: Int
      switch key & 7 {
      case 0:
        _ = integer()
        fields.append((key >> 3, message[begin..<rest.startIndex]))
        continue
      case 1: count = 8
      case 5: count = 4
      default: count = integer()
      }
      fields.append((key >> 3, rest.prefix(count)))
      rest = rest.dropFirst(count)
    }
  }

  func messages(_ number: Int) -> [ArraySlice<UInt8>] { fields.filter { $0.number == number }.map(\.bytes) }
  func text(_ number: Int) -> String? { messages(number).first.map { String(decoding: $0, as: UTF8.self) } }
  func float(_ number: Int) -> Float? {
    messages(number).first.map { Float(bitPattern: $0.reversed().reduce(0) { $0 << 8 | UInt32($1) }) }
  }
  func double(_ number: Int) -> Double? {
    messages(number).first.map { Double(bitPattern: $0.reversed().reduce(0) { $0 << 8 | UInt64($1) }) }
  }
}
