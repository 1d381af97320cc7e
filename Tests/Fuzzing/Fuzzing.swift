import Configurations
import Datasets
import Foundation
import Images
import LockstepProgram
import Mistakes
import Records
import Safetensors
import Training

/// Gives a reader any bytes: it must refuse them by an error of one line, or read them, soon and in little memory.
///
/// libFuzzer calls this for each input; `launch/fuzz` builds, links and starts it. A trap, an error that is no user's, a
/// line break in a message, a slow input or much memory end the process, and the input is kept.
///
/// - Returns: 0.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = [UInt8](UnsafeBufferPointer(start: data, count: count))
  do {
    try FuzzedReader.chosen.read(bytes)
  } catch let error as any UserError {
    require(!"\(error)".contains("\n"), "more than one line: \(error)")
  } catch {
    unreachable("not an error of the user: \(error)")
  }
  return 0
}

/// Writes the seeds of the chosen reader into the directory `LOCKSTEP_FUZZ_SEEDS`, before libFuzzer looks there.
///
/// - Returns: 0.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(_: UnsafeMutableRawPointer?, _: UnsafeMutableRawPointer?) -> CInt {
  guard let directory = ProcessInfo.processInfo.environment["LOCKSTEP_FUZZ_SEEDS"] else { return 0 }
  for (index, seed) in FuzzedReader.chosen.seeds.enumerated() {
    let written = FileManager.default.createFile(
      atPath: "\(directory)/seed-\(index)", contents: Data(seed))
    require(written, "\(directory)/seed-\(index): cannot be written")
  }
  return 0
}

/// The readers of files that others may have written.
enum FuzzedReader: String, CaseIterable {
  case safetensors, state, idx, gzip, cifar, npy, npz, csv, yaml, json, image

  /// The reader that the environment names.
  static let chosen: FuzzedReader = {
    let name = ProcessInfo.processInfo.environment["LOCKSTEP_FUZZ_READER"] ?? ""
    guard let reader = FuzzedReader(rawValue: name) else { unreachable("no reader is named \"\(name)\"") }
    return reader
  }()

  /// Where inputs lie for readers of files.
  private static let directory: String = {
    let shared = FileManager.default.fileExists(atPath: "/dev/shm") ? "/dev/shm" : NSTemporaryDirectory()
    let path = "\(shared)/lockstep-fuzz-\(ProcessInfo.processInfo.processIdentifier)"
    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    atexit { try? FileManager.default.removeItem(atPath: FuzzedReader.directory) }
    return path
  }()

  /// Puts the bytes into a file.
  private func file(_ name: String, _ bytes: [UInt8]) -> String {
    let path = "\(Self.directory)/\(name)"
    guard let file = fopen(path, "w") else { unreachable("\(path): cannot be written") }
    fwrite(bytes, 1, bytes.count, file)
    fclose(file)
    return path
  }

  /// Reads the bytes as the program would.
  func read(_ bytes: [UInt8]) throws {
    switch self {
    case .safetensors:
      let model = try Checkpoint.readFile(file("model.safetensors", bytes))
      _ = try (model.stateTensors(), model.implausibility)
    case .state:
      _ = file("model.state", bytes)
      _ = try Checkpoint(contentsOf: file("model.safetensors", bytes)).state()
    case .idx:
      // The first byte chooses between images and labels.
      _ = try IDXFile(
        path: file("images", Array(bytes.dropFirst())), dimensionCount: bytes.first == 0x69 ? 3 : 1)
    case .gzip:
      _ = try IDXFile(path: file("images.gz", [0x1F, 0x8B] + bytes), dimensionCount: 3)
    case .cifar:
      // The first byte chooses the set, and whether the last record is made whole.
      let kind = bytes.first.map { $0 & 1 == 0 } == true ? CIFAR.ten : .hundred
      var content = Array(bytes.dropFirst())
      let record = kind == .ten ? 3073 : 3074
      if let choice = bytes.first, choice & 2 == 0, content.count % record > 0 {
        content += [UInt8](repeating: 0, count: record - content.count % record)
      }
      _ = file(kind == .ten ? "test_batch.bin" : "test.bin", content)
      _ = try ImageDataset.loadCIFAR(directory: Self.directory, split: .test, kind: kind)
    case .npy:
      // The same bytes as inputs and as targets of both splits.
      for name in ["x_train", "y_train", "x_test", "y_test"] { _ = file("\(name).npy", bytes) }
      let layouts = ArrayLayout.allCases
      let layout = layouts[Int(bytes.last ?? 0) % layouts.count]
      _ = try NumPySamples.load(path: Self.directory, split: .train, layout: layout)
    case .npz:
      let path = file("data.npz", bytes)
      for split in [DatasetSplit.train, .test] { _ = try NumPySamples.load(path: path, split: split) }
    case .csv:
      let path = file("table.csv", bytes)
      // What is no table of numbers may be one of classes.
      if case .failure(let error) = Result(catching: { try NumberTable(path: path) }) {
        require(!"\(error)".contains("\n"), "more than one line: \(error)")
      }
      _ = try TableSamples(path: path, test: .fraction(0.5, seed: 0), standardized: .features).load(.test)
    case .yaml:
      let text = String(decoding: bytes, as: UTF8.self)
      // What is wrong for one program may be right for the other.
      if case .failure(let error) = Result(catching: {
        try MinimizationConfiguration.parse(text, source: "x.yaml")
      }) {
        require(!"\(error)".contains("\n"), "more than one line: \(error)")
      }
      let configuration = try Configuration.parse(text, source: "x.yaml")
      _ = try configuration.graph(input: configuration.sampleShape())
    case .json:
      // What was read is written and read again to the same.
      let text = try JSON(parsing: bytes).description
      let again = try JSON(parsing: text.utf8).description
      require(again == text, "is not read back: \(text)")
    case .image:
      do {
        // An image of many pixels takes its time and memory, and is right all the same.
        let header = try bytes.withUnsafeBufferPointer { try ImageHeader($0) }
        guard header.width * header.height < 1 << 20 else { return }
        _ = try bytes.withUnsafeBufferPointer { try DecodedImage($0) }
      } catch let error as ImageError {
        throw DatasetError.brokenImage(file: "x.jpg", problem: error.description)
      }
    }
  }

  /// Inputs to begin with: small ones that are right.
  var seeds: [[UInt8]] {
    switch self {
    case .safetensors, .state:
      [Self.model, Self.bytes(#"{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}"#)]
    case .image:
      [
        (try? ImageEncoding.jpeg([UInt8](0..<192), width: 8, height: 8, channels: 3)) ?? [],
        (try? ImageEncoding.png([UInt8](0..<64), width: 4, height: 4, channels: 4)) ?? [],
      ]
    case .idx: [[0x69] + Self.images, [0, 0, 0, 8, 1, 0, 0, 0, 2, 3, 4]]
    case .gzip: [Array(Self.gzippedImages.dropFirst(2))]
    case .cifar:
      [[0, 3] + [UInt8](repeating: 7, count: 3072), [1, 3, 9] + [UInt8](repeating: 7, count: 3072)]
    case .npy: [Self.array("<f4", [2, 1], [0, 0, 0, 0, 0, 0, 128, 63]), Self.array("|u1", [3], [0, 1, 2])]
    case .npz: [Self.archive]
    case .csv:
      [
        "a,\"b\"\n1,-2e3\r\n\n.5,+7\n", "1 2\t3\n4 5 6", "\u{FEFF}1\t2\n",
        "\"a \"\"b\"\"\";c\n\"1\";x\n2;y\n",
      ].map { Array($0.utf8) }
    case .yaml:
      [
        "model: {name: lenet, classes: 10}\ndata: {name: glyphs, resize: 32, normalize: {mean: 0.1, std: 0.3}}\n"
          + "optimizer: {momentum: 0.9, schedule: {name: cosine, warmup_epochs: 1}}\nepochs: 2\n",
        "model:\n  name: sequential\n  layers: &a\n  - {convolution: 3, kernel: 3}\n  - relu\n  - flatten\n"
          + "  - {residual: [{linear: 4}]}\n  - {repeat: 2, layers: [{linear: 3}]}\ndata: {name: glyphs}\n",
        "objective: {name: quadratic, matrix: [[2, 0], [0, 4]]}\nmethod: {name: newton}\nstart: [1, 2]\n",
        "a: &a [1, 2]\nb: [*a, *a]\n? [c]\n: \"d\"\n",
      ].map { Array($0.utf8) }
    case .json:
      [
        #"{"event": "step", "loss": 2.0906545906901899e-1, "a": [1, -2, null, true], "b": "\u00e9\n\"\\"}"#,
        "[[[]]]",
      ].map {
        Array($0.utf8)
      }
    }
  }

  /// A header with its length, and nothing behind it.
  private static func bytes(_ header: String) -> [UInt8] {
    withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) } + Array(header.utf8)
  }

  /// A checkpoint's file of two numbers, of a type each.
  private static let model: [UInt8] =
    bytes(
      #"{"__metadata__":{"lockstep.step":"3","lockstep.epoch":"0","lockstep.batch":"1","lockstep.epoch_loss_sum":"#
        + #""1.5","lockstep.epoch_correct":"2","lockstep.epoch_samples":"4"},"#
        + #""w":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]},"#
        + #""n":{"dtype":"I64","shape":[],"data_offsets":[4,12]}}"#) + [UInt8](repeating: 1, count: 12)

  /// An array in NumPy's format.
  private static func array(_ type: String, _ shape: [Int], _ elements: [UInt8]) -> [UInt8] {
    let lengths = shape.map { "\($0), " }.joined()
    let header = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(lengths)), }\n"
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8) + elements
  }

  /// A zip file of four stored arrays.
  private static let archive: [UInt8] = {
    func bytes(_ number: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }
    var (file, directory): ([UInt8], [UInt8]) = ([], [])
    let names = ["x_train", "y_train", "x_test", "y_test"]
    for name in names {
      let content =
        name.hasPrefix("x") ? array("|u1", [2, 2, 2], [UInt8](0..<8)) : array("|u1", [2], [0, 1])
      let checksum = Int(
        content.reduce(~0 as UInt32) { sum, byte in
          (0..<8).reduce(sum ^ UInt32(byte)) { sum, _ in sum >> 1 ^ (sum & 1 == 1 ? 0xEDB8_8320 : 0) }
        } ^ ~0)
      let member = name + ".npy"
      let sizes =
        bytes(0, 2) + bytes(0, 2) + bytes(0, 4) + bytes(checksum, 4) + bytes(content.count, 4)
        + bytes(content.count, 4) + bytes(member.utf8.count, 2) + bytes(0, 2)
      directory +=
        bytes(0x0201_4B50, 4) + bytes(20, 2) + bytes(20, 2) + sizes + bytes(0, 10) + bytes(file.count, 4)
        + Array(member.utf8)
      file += bytes(0x0403_4B50, 4) + bytes(20, 2) + sizes + Array(member.utf8) + content
    }
    return file + directory + bytes(0x0605_4B50, 4) + bytes(0, 4) + bytes(4, 2) + bytes(4, 2)
      + bytes(directory.count, 4) + bytes(file.count, 4) + bytes(0, 2)
  }()

  /// Two images of 2×3 pixels in IDX.
  private static let images: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3] + [UInt8](0..<12)

  /// The same by `gzip -9 -n`.
  private static let gzippedImages: [UInt8] = [
    0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 2, 3, 0x63, 0x60, 0xE0, 0x60, 0x66, 0x60, 0x60, 0x60, 0x82, 0x62,
    0x66, 6, 0x46, 0x26, 0x66, 0x16, 0x56, 0x36, 0x76, 0x0E, 0x4E, 0x2E, 0x6E, 0, 0x78, 0x1E, 0x23,
    0x84, 0x1C, 0, 0, 0,
  ]
}
