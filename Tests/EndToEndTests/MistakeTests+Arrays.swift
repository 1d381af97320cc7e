import Foundation

/// Data sets in NumPy's arrays and in tables, each damaged in one way.
let arraysAndTables: [Mistake] = [
  arrays(
    "nothing where the arrays should be", path: "none", tells: ["none: no such file or directory", ".npz"]),
  arrays("a folder without arrays", tells: ["data: has none of y_test.npy"]) {
    try FileManager.default.removeItem(at: $0.appending(path: "y_test.npy"))
  },
  arrays("objects, which may hold code", tells: ["y_train.npy: holds Python objects, which may hold code"]) {
    try npy("|O", [40], Data(count: 8)).write(to: $0.appending(path: "y_train.npy"))
  },
  arrays("images of another type", tells: ["x_train.npy: is float64; expected uint8, uint16 or float32"]) {
    for split in ["train", "test"] {
      try npy("<f8", [40, 2, 2], Data(count: 40 * 4 * 8)).write(to: $0.appending(path: "x_\(split).npy"))
    }
  },
  arrays(
    "labels from 1", tells: ["y_train.npy: has labels from 1 to 4, but classes count from 0; subtract 1"]
  ) {
    for split in ["train", "test"] {
      try npy("|u1", [40], Data((0..<40).map { $0 % 4 + 1 })).write(to: $0.appending(path: "y_\(split).npy"))
    }
  },
  arrays("an array that ends early", tells: ["x_test.npy: truncated: 31359 bytes found, 31360 expected"]) {
    try npy("|u1", [40, 28, 28], Data(count: 31359)).write(to: $0.appending(path: "x_test.npy"))
  },
  arrays(
    "an array larger than any memory",
    tells: ["x_train.npy: truncated: 31360 bytes found, 4503599627370496000 expected"]
  ) {
    try npy("|u1", [4_503_599_627_370_496, 1000, 1], Data(count: 31360)).write(
      to: $0.appending(path: "x_train.npy"))
  },
  arrays(
    "an archive that is none", path: "data/x_train.npy",
    tells: ["x_train.npy: is a NumPy file; expected an archive"]),
  arrays("resized features", tells: ["data.resize: belongs to images of type uint8"]) {
    for split in ["train", "test"] {
      try npy("<f4", [40, 1, 28, 28], Data(count: 40 * 28 * 28 * 4)).write(
        to: $0.appending(path: "x_\(split).npy"))
    }
  }.with("--set", "data.resize=32"),
  arrays(
    "a layout that does not fit", tells: ["x_train.npy: has the shape 40×28×28, but data.layout is nchw"]
  )
  .with("--set", "data.layout=nchw"),
  arrays("more classes than outputs", tells: ["model: has 3 outputs, too few for npz, which has 4 classes"])
    .with("--set", "model.classes=3"),
  table("no table", "", tells: ["t.csv: has no rows of numbers"]),
  table(
    "a missing number", "a,b,c\n1,2,0\n1,nan,1\n", tells: ["t.csv: row 3, column 2: 'nan' is not a number"]),
  table("a missing class", "1,2,x\n1,3,\n", tells: ["t.csv: row 2, column 3: '' is no target"]),
  table(
    "classes from 1", "1,2,1\n1,3,2\n",
    tells: ["t.csv: column 3 has classes from 1 to 2, but classes count from 0"]),
  table(
    "no classes", "1,2,0.5\n1,3,1\n",
    tells: ["t.csv: row 1, column 3: '0.5' is no class", "data.task: regression"]),
  table("one class", "1,2,x\n1,3,x\n", tells: ["t.csv: column 3 has one class only, 'x'"]),
  table(
    "two columns of one name", "a,a,y\n1,2,0\n1,3,1\n",
    tells: ["t.csv: row 1: columns 1 and 2 have the same name, 'a'"]),
  table("a comment", "# by hand\n1,2,0\n1,3,1\n", tells: ["t.csv: row 1 begins with '#'"]),
  table(
    "a target that is not there", "a,b,y\n1,2,0\n1,3,1\n",
    tells: ["t.csv: data.target: found z, expected one of a, b, y"]
  )
  .with("--set", "data.target=z"),
  table("two places of tests", "1,2,0\n1,3,1\n", tells: ["data.test_fraction: found together with test_path"])
    .with("--set", "data.test_path=t.csv", "--set", "data.test_fraction=0.5"),
  table(
    "all rows for testing", "1,2,0\n1,3,1\n",
    tells: ["data.test_fraction: ", "greater than 0 and less than 1"]
  )
  .with("--set", "data.test_fraction=1"),
  table(
    "standardized classes", "1,2,0\n1,3,1\n",
    tells: ["data.standardize: found all, but classes cannot be standardized"]
  )
  .with("--set", "data.standardize=all"),
  table(
    "a constant feature", "1,2,0\n1,3,1\n1,4,0\n1,5,1\n", tells: ["t.csv: column 1 cannot be standardized"]
  )
  .with("--set", "data.standardize=features"),
  table(
    "a regression with the loss of classes", "1,2,0\n1,3,1\n",
    tells: ["loss: cross_entropy needs classes, but csv has 1 target value a sample; take squared"]
  ).with("--set", "data.task=regression"),
]

/// A run on 40 images of four classes in a directory `data`, damaged by a body.
private func arrays(
  _ description: String, path: String = "data", tells: [String],
  damage: @escaping @Sendable (_ data: URL) throws -> Void = { _ in }
) -> Mistake {
  Mistake(
    description,
    [
      "train", SmallRun.configuration, "--output", "out", "--set", "data={name: npz, path: \(path)}",
      "--set", "batch={size: 16, microshards: 4}", "--max-steps", "1",
    ], tells: tells
  ) { directory in
    let data = directory.appending(path: "data")
    try FileManager.default.createDirectory(at: data, withIntermediateDirectories: false)
    for split in ["train", "test"] { try writeArrays(split, to: data) }
    try damage(data)
  }
}

/// A run of a multilayer perceptron on a table.
private func table(_ description: String, _ text: String, tells: [String]) -> Mistake {
  Mistake(
    description,
    [
      "train", SmallRun.configuration, "--output", "out", "--set", "data={name: csv, path: t.csv}",
      "--set", "model={name: sequential, layers: [{linear: 8}, relu, {linear: 2}]}",
      "--set", "batch={size: 4, microshards: 4}", "--max-steps", "1",
    ], tells: tells
  ) { directory in try Data(text.utf8).write(to: directory.appending(path: "t.csv")) }
}

extension Mistake {
  fileprivate func with(_ more: String...) -> Mistake {
    Mistake(description, arguments + more, tells: tells, prepare: prepare)
  }
}

/// A file as `numpy.save` writes it.
func npy(_ type: String, _ shape: [Int], _ elements: Data) -> Data {
  let lengths = shape.map { "\($0), " }.joined()
  var header = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(lengths)), }"
  header += String(repeating: " ", count: 127 - (10 + header.utf8.count) % 128) + "\n"
  let count = UInt16(header.utf8.count)
  return Data([0x93]) + Data("NUMPY".utf8) + [1, 0, UInt8(count & 255), UInt8(count >> 8)] + Data(header.utf8)
    + elements
}

/// Writes 40 images of 28×28 bytes of four classes, which can be told apart, as `x_SPLIT.npy` and `y_SPLIT.npy`.
func writeArrays(_ split: String, to directory: URL) throws {
  let labels = (0..<40).map { UInt8($0 * 7 % 4) }
  var pixels = Data()
  for (image, label) in labels.enumerated() {
    for pixel in 0..<784 {
      let noise = UInt8((image * 31 + pixel * 17) % 64)
      pixels.append(pixel % 4 == Int(label) ? 200 : noise)
    }
  }
  try npy("|u1", [40, 28, 28], pixels).write(to: directory.appending(path: "x_\(split).npy"))
  try npy("|u1", [40], Data(labels)).write(to: directory.appending(path: "y_\(split).npy"))
}
