import Datasets
import Foundation
import Testing

@Suite("NumPy's arrays")
struct NumPyTests {
  /// A case of Golden/arrays.json, which Golden/make_arrays.py wrote with NumPy.
  struct GoldenCase: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let layout: String
    let shape: [Int]
    /// All samples, those for training first: single-precision numbers, the least significant byte first.
    let inputs: Data
    let targets: [[Double]]
    let isClasses: Bool
    /// The number of samples for training.
    let train: Int
    let files: [String: Data]

    var testDescription: String { name }

    /// The values of all samples.
    var values: [Float] {
      stride(from: 0, to: inputs.count, by: 4).map { place in
        Float(
          bitPattern: (0..<4).reduce(0) { $0 | UInt32(inputs[inputs.startIndex + place + $1]) << (8 * $1) })
      }
    }
  }

  /// A case that is refused by a message with these words.
  struct RefusedCase: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let words: [String]
    let files: [String: Data]

    var testDescription: String { name }
  }

  struct Golden: Decodable {
    let reading: [GoldenCase]
    let refused: [RefusedCase]
  }

  static func golden() throws -> Golden {
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(
      path: "Golden/arrays.json")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Golden.self, from: Data(contentsOf: url))
  }

  /// Writes the files of a case, and calls `body` with what `data.path` would be.
  static func with(_ files: [String: Data], _ body: (String) throws -> Void) throws {
    try withTemporaryDirectory { directory in
      for (name, data) in files { try writeFile([UInt8](data), to: "\(directory)/\(name)") }
      try body(files["data.npz"] == nil ? directory : "\(directory)/data.npz")
    }
  }

  static func source(_ samples: NumPySamples) -> any SampleSource {
    switch samples {
    case .images(let images): images
    case .numbers(let numbers): numbers
    }
  }

  @Test("every type, order and layout gives NumPy's numbers", arguments: try golden().reading)
  func reading(golden: GoldenCase) throws {
    let valueCount = golden.shape.reduce(1, *)
    let (all, layout) = (golden.values, try #require(ArrayLayout(rawValue: golden.layout)))
    #expect(all.count == golden.targets.count * valueCount)
    try Self.with(golden.files) { path in
      for split in [DatasetSplit.train, .test] {
        let source = Self.source(try NumPySamples.load(path: path, split: split, layout: layout))
        let first = split == .train ? 0 : golden.train
        #expect(source.count == (split == .train ? golden.train : golden.targets.count - golden.train))
        #expect(source.shape == golden.shape)
        for sample in 0..<source.count {
          let place = (first + sample) * valueCount
          #expect(values(of: source, sample: sample) == Array(all[place..<(place + valueCount)]))
          let target = golden.targets[first + sample]
          if golden.isClasses {
            #expect([Double(source.label(of: sample))] == target)
          } else {
            #expect(targets(of: source, sample: sample) == target.map { Float($0) })
          }
        }
        if golden.isClasses {
          #expect(source.target == .classes(Int(golden.targets.joined().max() ?? 0) + 1))
        }
      }
    }
  }

  @Test("what is no data set is refused by name", arguments: try golden().refused)
  func refused(golden: RefusedCase) throws {
    try Self.with(golden.files) { path in
      let error = #expect(throws: DatasetError.self) { try NumPySamples.load(path: path, split: .train) }
      try expectOneLine(error, naming: path, golden.words)
    }
  }

  @Test("the first samples only, and the same data under any layout that is said")
  func count() throws {
    let golden = try #require(Self.golden().reading.first { $0.name == "channels last" })
    try Self.with(golden.files) { path in
      let all = Self.source(try NumPySamples.load(path: path, split: .train))
      let some = Self.source(try NumPySamples.load(path: path, split: .train, layout: .nhwc, count: 2))
      #expect(some.count == 2 && all.count == 5)
      #expect(values(of: some, sample: 1) == values(of: all, sample: 1))
      #expect(all.fingerprint != some.fingerprint)
      for (layout, count, words) in [
        (ArrayLayout.nhw, nil, "but data.layout is nhw, of 3 dimensions"),
        (.auto, 6, "has 5 samples, fewer than the 6"),
      ] {
        let error = #expect(throws: DatasetError.self) {
          try NumPySamples.load(path: path, split: .train, layout: layout, count: count)
        }
        try expectOneLine(error, naming: "x_train.npy", words)
      }
    }
  }

  @Test("numbers are normalized by channel")
  func normalization() throws {
    let golden = try #require(Self.golden().reading.first { $0.name == "<f4" })
    try Self.with(golden.files) { path in
      guard case .numbers(let numbers) = try NumPySamples.load(path: path, split: .test) else {
        Issue.record("float32 makes no images of bytes")
        return
      }
      let normalization = Normalization(mean: [1, 2, 3], deviation: [2, 4, 8])
      let (plain, normalized) = (
        values(of: numbers, sample: 1), values(of: numbers.normalized(by: normalization), sample: 1)
      )
      let area = plain.count / 3
      for (index, value) in normalized.enumerated() {
        let channel = index / area
        #expect(value == (plain[index] - normalization.mean[channel]) / normalization.deviation[channel])
      }
    }
  }

  @Test("every cut of a file, and every inverted byte of its arrays, is noticed")
  func damage() throws {
    for name in ["channels first", "compressed", "64-bit sizes"] {
      let golden = try #require(Self.golden().reading.first { $0.name == name })
      let bytes = [UInt8](try #require(golden.files["data.npz"]))
      try withTemporaryDirectory { directory in
        let path = "\(directory)/data.npz"
        func load(_ bytes: [UInt8]) throws {
          try writeFile(bytes, to: path)
          for split in [DatasetSplit.train, .test] { _ = try NumPySamples.load(path: path, split: split) }
        }
        try load(bytes)
        for length in stride(from: 0, to: bytes.count, by: 3) {
          let error = #expect(throws: DatasetError.self, "\(name) cut to \(length)") {
            try load(Array(bytes.prefix(length)))
          }
          try expectOneLine(error, naming: path)
        }
        // Names, times and unused fields of the directory may be anything: that nothing else is read is what matters.
        for position in stride(from: 0, to: bytes.count, by: 5) {
          var flipped = bytes
          flipped[position] ^= 0xFF
          do {
            try load(flipped)
            for split in [DatasetSplit.train, .test] {
              let source = Self.source(try NumPySamples.load(path: path, split: split))
              let first = split == .train ? 0 : golden.train
              let count = golden.shape.reduce(1, *)
              #expect(
                values(of: source, sample: 0)
                  == Array(golden.values[(first * count)..<((first + 1) * count)]),
                "byte \(position) of \(name)")
            }
          } catch let error as DatasetError {
            try expectOneLine(error, naming: path)
          }
        }
      }
    }
  }
}
