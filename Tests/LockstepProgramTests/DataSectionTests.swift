import Configurations
import Datasets
import Foundation
import LockstepProgram
import Mistakes
import Records
import Testing
import Training

/// What the section `data` makes of the samples, and what is known before they are read.
@Suite struct DataSectionTests {
  /// Calls `body` with a folder of 3 training and 2 test images of 4×4 pixels, pixel p of image i being 16 i + p.
  private func withImages(_ body: (_ folder: String) throws -> Void) throws {
    try withTemporaryDirectory { folder in
      for (name, count) in [("train", 3), ("t10k", 2)] {
        let images: [UInt8] =
          [0, 0, 8, 3, 0, 0, 0, UInt8(count), 0, 0, 0, 4, 0, 0, 0, 4] + (0..<UInt8(16 * count))
        let labels: [UInt8] = [0, 0, 8, 1, 0, 0, 0, UInt8(count)] + (0..<UInt8(count))
        try Data(images).write(to: URL(filePath: "\(folder)/\(name)-images-idx3-ubyte"))
        try Data(labels).write(to: URL(filePath: "\(folder)/\(name)-labels-idx1-ubyte"))
      }
      try body(folder)
    }
  }

  /// The data set of a section whose keys begin in line 4.
  private func dataset(_ keys: [String]) throws -> Dataset {
    let lines = ["model: {name: lenet, classes: 4}", "seed: 7", "data:"] + keys.map { "  \($0)" }
    return try Configuration.parse(lines.joined(separator: "\n"), source: "x.yaml").data.dataset
  }

  private func dataset(_ keys: String...) throws -> Dataset { try dataset(keys) }

  private func sample(_ index: Int, of source: any SampleSource, epoch: Int = 0) -> [Float] {
    var values = [Float](repeating: .nan, count: source.shape.reduce(1, *))
    var span = values.mutableSpan
    source.write(index, epoch: epoch, into: &span)
    return values
  }

  @Test("the images are read as they are: shape, number, classes and path")
  func plain() throws {
    try withImages { folder in
      let data = try dataset("name: idx", "path: \(folder)")
      let (train, test) = (try data.source(.train, true), try data.source(.test, false))
      #expect(train.count == 3 && test.count == 2 && train.shape == [1, 4, 4] && train.target == .classes(4))
      #expect(sample(1, of: train) == (16..<32).map { Float($0) / 255 })
      #expect(data.path == folder && train.label(of: 2) == 2)
      // Only the files tell how many there are.
      #expect(data.byteCount == nil)
    }
  }

  @Test(
    "normalize takes mean off and divides by std, also under the name deviation",
    arguments: ["std", "deviation"])
  func normalize(key: String) throws {
    try withImages { folder in
      let data = try dataset("name: idx", "path: \(folder)", "normalize: {mean: 0.25, \(key): 0.5}")
      let found = sample(1, of: try data.source(.train, false))
      for (value, pixel) in zip(found, 16..<32) {
        #expect(abs(value - (Float(pixel) / 255 - 0.25) / 0.5) < 1e-6)
      }
    }
  }

  @Test("normalize needs both numbers, in one spelling")
  func wrongNormalize() throws {
    func mistake(_ normalize: String) throws -> String {
      try #require(throws: ConfigurationError.self) {
        try Configuration.parse(
          "model: {name: lenet}\ndata:\n  name: glyphs\n  normalize: \(normalize)\n", source: "x.yaml")
      }.description
    }
    #expect(try mistake("{std: 1}") == "x.yaml:4: data.normalize.mean: missing; expected a number")
    #expect(
      try mistake("{mean: 1}") == "x.yaml:4: data.normalize.std: missing; expected a number greater than 0")
    #expect(
      try mistake("{mean: 0, std: 1, deviation: 1}")
        == "x.yaml:4: data.normalize.deviation: found together with std, expected one of them")
    #expect(
      try mistake("{mean: 0, sdt: 1}") == #"x.yaml:4: data.normalize.sdt: unknown key; did you mean "std"?"#)
  }

  @Test("as many samples as are asked for, the first ones")
  func prefix() throws {
    try withImages { folder in
      let data = try dataset("name: idx", "path: \(folder)", "train_samples: 2", "test_samples: 1")
      let (train, test) = (try data.source(.train, true), try data.source(.test, false))
      #expect(train.count == 2 && test.count == 1 && sample(1, of: train)[0] == 16 / 255)
      #expect(data.byteCount == 3 * (28 * 28 + 4))
    }
  }

  @Test(
    "more samples than there are are refused with file, line and key", arguments: [DatasetSplit.train, .test])
  func tooMany(split: DatasetSplit) throws {
    try withImages { folder in
      let data = try dataset("name: idx", "path: \(folder)", "\(split.rawValue)_samples: 4")
      let error = try #require(throws: (any Error).self) { try data.source(split, false) }
      let count = split == .train ? 3 : 2
      #expect(error is any UserError)
      #expect(
        "\(error)"
          == "x.yaml:6: data.\(split.rawValue)_samples: found 4, expected at most the \(count) samples in \(folder)"
      )
    }
  }

  @Test("resize changes the shape that is known before anything is read, and that of the samples")
  func resize() throws {
    try withImages { folder in
      let data = try dataset("name: idx", "path: \(folder)", "resize: 8")
      #expect(data.shape == [1, 8, 8])
      #expect(try data.source(.test, false).shape == [1, 8, 8])
    }
  }

  @Test(
    "shape and bytes are known of every set, resized or not",
    arguments: [
      (["name: glyphs"], [1, 28, 28], 14_000 * 788),
      (["name: glyphs", "resize: 32"], [1, 32, 32], 14_000 * 788),
      (["name: glyphs", "train_samples: 5", "test_samples: 3"], [1, 28, 28], 8 * 788),
      (["name: fashion-mnist", "path: x"], [1, 28, 28], 70_000 * 788),
      (["name: mnist", "path: x", "resize: 96"], [1, 96, 96], 70_000 * 788),
      (["name: cifar10", "path: x"], [3, 32, 32], 60_000 * 3_076),
      (["name: cifar100", "path: x", "train_samples: 10", "test_samples: 10"], [3, 32, 32], 20 * 3_076),
    ])
  func known(keys: [String], shape: [Int], byteCount: Int) throws {
    let dataset = try dataset(keys)
    #expect(dataset.shape == shape && dataset.byteCount == byteCount)
  }

  @Test("random changes are made where they are asked for, and only in training")
  func augment() throws {
    try withImages { folder in
      let data = try dataset("name: idx", "path: \(folder)", "augment: {crop_padding: 2}")
      let (plain, changed) = (try data.source(.train, false), try data.source(.train, true))
      #expect(sample(0, of: plain) == (0..<16).map { Float($0) / 255 })
      let epochs = (0..<20).map { sample(0, of: changed, epoch: $0) }
      #expect(Set(epochs).count > 1 && epochs == (0..<20).map { sample(0, of: changed, epoch: $0) })
    }
  }

  @Test("means and deviations may be lists, one number for each channel")
  func normalizeByChannel() throws {
    try withImages { folder in
      let data = try dataset("name: idx", "path: \(folder)", "normalize: {mean: [0.25], std: [0.5]}")
      let one = try dataset("name: idx", "path: \(folder)", "normalize: {mean: 0.25, std: 0.5}")
      #expect(try sample(1, of: data.source(.train, false)) == sample(1, of: one.source(.train, false)))
      for (normalize, channels) in [("imagenet", 3), ("{mean: [0, 0], std: 1}", 2)] {
        let wrong = try dataset("name: idx", "path: \(folder)", "normalize: \(normalize)")
        let error = try #require(throws: ConfigurationError.self) { try wrong.source(.train, false) }
        #expect(
          error.description
            == "x.yaml:6: data.normalize: has numbers of \(channels) channels, but the images have 1; expected one "
            + "number, or one for each channel")
      }
    }
  }

  @Test("imagenet stands for its means and deviations, and is recorded as them")
  func imagenet() throws {
    func json(_ normalize: String) throws -> String {
      try Configuration.parse(
        "model: {name: lenet}\ndata: {name: cifar10, path: x, normalize: \(normalize)}", source: "x.yaml"
      ).experimentRecord.description
    }
    #expect(
      try json("imagenet") == json("{mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225]}"))
  }

  @Test("rectangles, a shorter side and a crop at the center")
  func rectangles() throws {
    try withImages { folder in
      func shape(_ keys: String...) throws -> [[Int]?] {
        let data = try dataset(["name: idx", "path: \(folder)"] + keys)
        return [data.shape, try data.source(.train, true).shape]
      }
      #expect(try shape("resize: [6, 8]") == [[1, 6, 8], [1, 6, 8]])
      #expect(try shape("resize: {shorter_side: 9}") == [[1, 9, 9], [1, 9, 9]])
      #expect(try shape("resize: {shorter_side: 9}", "center_crop: [3, 5]") == [[1, 3, 5], [1, 3, 5]])
      #expect(try shape("center_crop: [3, 2]") == [[1, 3, 2], [1, 3, 2]])
      // Only the files tell that they are too small.
      let small = try dataset("name: idx", "path: \(folder)", "center_crop: 5")
      let error = try #require(throws: ConfigurationError.self) { try small.source(.train, false) }
      #expect(
        error.description
          == "x.yaml:6: data.center_crop: is larger than the images of \(folder), 4×4 pixels; set data.resize, too"
      )
      let larger = try #require(throws: ConfigurationError.self) {
        try dataset("name: idx", "path: \(folder)", "resize: [6, 8]", "center_crop: [7, 8]")
      }
      #expect(
        larger.description
          == "x.yaml:7: data.center_crop: found 7×8, larger than the 6×8 pixels that data.resize leaves")
    }
  }

  @Test("classes have the names that are given, as many as there are")
  func classNames() throws {
    try withImages { folder in
      let data = try dataset("name: idx", "path: \(folder)", "classes: [a, b, c, d]", "train_samples: 2")
      #expect(try data.source(.train, true).classNames == ["a", "b", "c", "d"])
      let wrong = try dataset("name: idx", "path: \(folder)", "classes: [a, b]")
      let error = try #require(throws: ConfigurationError.self) { try wrong.source(.train, false) }
      #expect(error.description == "x.yaml:6: data.classes: found 2 names, but \(folder) has 4 classes")
    }
  }

  @Test("glyphs are drawn from the seed of the run")
  func glyphs() throws {
    func fingerprint(_ seed: Int) throws -> UInt64 {
      try Configuration.parse(
        "model: {name: lenet}\ndata: {name: glyphs, train_samples: 4}\nseed: \(seed)", source: "x.yaml"
      ).experiment().trainingData.fingerprint
    }
    #expect(try fingerprint(7) == fingerprint(7))
    #expect(try fingerprint(7) != fingerprint(8))
    #expect(try dataset("name: glyphs").path == nil)
  }

  @Test("a folder that is missing is named")
  func missing() throws {
    let error = try #require(throws: (any Error).self) {
      try dataset("name: mnist", "path: /nowhere").source(.train, false)
    }
    #expect(error is any UserError && "\(error)".contains("/nowhere"))
  }
}
