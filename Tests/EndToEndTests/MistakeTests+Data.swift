import Datasets
import Foundation

/// Data sets in MNIST's form, each damaged in one way.
let dataSets: [Mistake] = [
  idx("no directory", tells: ["none", "no such directory"]) { _ in }.reading("none"),
  idx("an empty directory", tells: ["data", "train-images-idx3-ubyte"]) {
    for name in contents(of: $0) { try FileManager.default.removeItem(at: $0.appending(path: name)) }
  },
  idx("no test images", tells: ["data", "t10k-images-idx3-ubyte"]) {
    try FileManager.default.removeItem(at: $0.appending(path: "t10k-images-idx3-ubyte"))
  },
  idx("a wrong magic number", tells: ["train-images-idx3-ubyte", "0x00000801", "0x00000803"]) {
    try imageBytes(count: 40, side: 28, magic: [0, 0, 8, 1]).write(to: $0.appending(path: trainImages))
  },
  idx("a truncated file", tells: ["train-images-idx3-ubyte", "truncated"]) {
    try imageBytes(count: 40, side: 28).dropLast(5).write(to: $0.appending(path: trainImages))
  },
  idx("more images than labels", tells: ["train-labels-idx1-ubyte", "40 labels", "41 images"]) {
    try imageBytes(count: 41, side: 28).write(to: $0.appending(path: trainImages))
  },
  idx("a label that is no class", tells: ["t10k-labels-idx1-ubyte", "label 10", "0 to 9"]) {
    try labelBytes([UInt8](0...39).map { $0 % 11 }).write(to: $0.appending(path: "t10k-labels-idx1-ubyte"))
  },
  idx("images too small for the model", tells: [SmallRun.configuration, "model: ", "layer 4", "5×5", "6×"]) {
    for name in [trainImages, "t10k-images-idx3-ubyte"] {
      try imageBytes(count: 40, side: 10).write(to: $0.appending(path: name))
    }
  },
  idx(
    "images too small for the first layer",
    tells: [SmallRun.configuration, "model: ", "layer 0", "5×5", "1×4×4"]
  ) {
    for name in [trainImages, "t10k-images-idx3-ubyte"] {
      try imageBytes(count: 40, side: 4).write(to: $0.appending(path: name))
    }
  },
  idx("test images of another size", tells: [SmallRun.configuration + ": data: ", "1×32×32", "1×28×28"]) {
    try imageBytes(count: 40, side: 32).write(to: $0.appending(path: "t10k-images-idx3-ubyte"))
  },
  cifar("a truncated file of CIFAR", tells: ["data_batch_2.bin", "truncated", "9218 bytes", "3073"]) {
    try Data(repeating: 1, count: 3 * 3073 - 1).write(to: $0.appending(path: "data_batch_2.bin"))
  },
  cifar("a file of CIFAR without images", tells: ["test_batch.bin", "0 bytes"]) {
    try Data().write(to: $0.appending(path: "test_batch.bin"))
  },
  cifar("a label that CIFAR-10 has not", tells: ["data_batch_5.bin", "label 77", "0 to 9"]) {
    try Data(repeating: 77, count: 3073).write(to: $0.appending(path: "data_batch_5.bin"))
  },
  cifar("no files of CIFAR", tells: ["data", "data_batch_1.bin"]) {
    try FileManager.default.removeItem(at: $0.appending(path: "data_batch_1.bin"))
  },
  cifar(
    "too few classes for CIFAR-10",
    tells: [SmallRun.configuration + ":7: model: has 9 outputs", "cifar10", "10 classes"]
  ) { _ in }
  .with("--set", "model.classes=9"),
  idx(
    "more samples than there are",
    tells: ["--set data.train_samples=41: data.train_samples: ", "found 41", "the 40 samples"]
  ) {
    _ in
  }
  .with("--set", "data.train_samples=41"),
]

private let trainImages = "train-images-idx3-ubyte"

/// A run on 40 images in a directory `data`, damaged by a body.
private func idx(
  _ description: String, tells: [String], damage: @escaping @Sendable (_ data: URL) throws -> Void
) -> Mistake {
  Mistake(
    description,
    [
      "train", SmallRun.configuration, "--output", "out", "--set", "data={name: idx, path: data}",
      "--set", "batch={size: 16, microshards: 4}", "--max-steps", "1",
    ], tells: tells
  ) { directory in
    let data = directory.appending(path: "data")
    try FileManager.default.createDirectory(at: data, withIntermediateDirectories: false)
    for prefix in ["train", "t10k"] {
      try imageBytes(count: 40, side: 28).write(to: data.appending(path: "\(prefix)-images-idx3-ubyte"))
      try labelBytes([UInt8](0..<40).map { $0 % 10 })
        .write(to: data.appending(path: "\(prefix)-labels-idx1-ubyte"))
    }
    try damage(data)
  }
}

/// A run on CIFAR-10 with two images in each file, damaged by a body.
private func cifar(
  _ description: String, tells: [String], damage: @escaping @Sendable (_ data: URL) throws -> Void
) -> Mistake {
  Mistake(
    description,
    [
      "train", SmallRun.configuration, "--output", "out", "--set", "data={name: cifar10, path: data}",
      "--set", "batch={size: 8, microshards: 4}", "--max-steps", "1",
    ], tells: tells
  ) { directory in
    let data = directory.appending(path: "data")
    try FileManager.default.createDirectory(at: data, withIntermediateDirectories: false)
    for name in (1...5).map({ "data_batch_\($0).bin" }) + ["test_batch.bin"] {
      try Data(repeating: 1, count: 2 * 3073).write(to: data.appending(path: name))
    }
    try damage(data)
  }
}

extension Mistake {
  fileprivate func reading(_ path: String) -> Mistake { with("--set", "data={name: idx, path: \(path)}") }

  fileprivate func with(_ more: String...) -> Mistake {
    Mistake(description, arguments + more, tells: tells, prepare: prepare)
  }
}

/// An IDX file of square images.
func imageBytes(count: Int, side: Int, magic: [UInt8] = [0, 0, 8, 3]) -> Data {
  Data(magic) + [count, side, side].map(bigEndian).joined() + Data(repeating: 7, count: count * side * side)
}

/// An IDX file of labels.
func labelBytes(_ labels: [UInt8]) -> Data {
  Data([0, 0, 8, 1]) + bigEndian(labels.count) + labels
}

private func bigEndian(_ number: Int) -> [UInt8] {
  withUnsafeBytes(of: UInt32(number).bigEndian) { Array($0) }
}
