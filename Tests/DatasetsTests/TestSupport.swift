import Datasets
import Foundation
import Testing

/// A temporary directory for one test, removed afterwards.
func withTemporaryDirectory(_ body: (String) throws -> Void) throws {
  let url = FileManager.default.temporaryDirectory.appending(component: "lockstep-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: url) }
  try body(url.path)
}

/// The bytes of an IDX file of unsigned bytes.
func idx(_ dimensions: [Int], _ elements: [UInt8], type: UInt8 = 8) -> [UInt8] {
  let sizes = dimensions.flatMap { size in
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: size >> $0) }
  }
  return [0, 0, type, UInt8(dimensions.count)] + sizes + elements
}

func writeFile(_ bytes: [UInt8], to path: String) throws {
  try Data(bytes).write(to: URL(fileURLWithPath: path))
}

/// The gzip command's compression of some bytes: a writer independent of the reader under test.
func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
  let input = FileManager.default.temporaryDirectory.appending(component: "lockstep-\(UUID().uuidString)")
  try Data(bytes).write(to: input)
  defer { try? FileManager.default.removeItem(at: input) }
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = ["gzip", "-c", input.path]
  let output = Pipe()
  process.standardOutput = output
  try process.run()
  let compressed = try output.fileHandleForReading.readToEnd() ?? Data()
  process.waitUntilExit()
  try #require(process.terminationStatus == 0)
  return [UInt8](compressed)
}

/// A sample as `write` gives it, in the order of the source's shape.
func values(of source: some SampleSource, sample: Int, epoch: Int = 0) -> [Float] {
  var values = [Float](repeating: .nan, count: source.shape.reduce(1, *))
  var span = values.mutableSpan
  source.write(sample, epoch: epoch, into: &span)
  return values
}

/// What a model is to answer for a sample, as numbers.
func targets(of source: some SampleSource, sample: Int) -> [Float] {
  var targets = [Float](repeating: .nan, count: source.target.count)
  var span = targets.mutableSpan
  source.writeTargets(of: sample, into: &span)
  return targets
}

/// A sample of a dataset that is not normalized, as bytes.
func bytes(of dataset: ImageDataset, sample: Int) -> [UInt8] {
  values(of: dataset, sample: sample).map { UInt8(($0 * 255).rounded()) }
}

/// The 64-bit FNV-1a hash, written from its definition.
func fnv1a(_ bytes: [UInt8]) -> UInt64 {
  bytes.reduce(14_695_981_039_346_656_037) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
}

/// Expects an error whose description is one line that names the file and has all the words.
func expectOneLine(
  _ error: DatasetError?, naming file: String, _ words: String...,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  try expectOneLine(error, naming: file, words, sourceLocation: sourceLocation)
}

func expectOneLine(
  _ error: DatasetError?, naming file: String, _ words: [String],
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let description = try #require(error, sourceLocation: sourceLocation).description
  #expect(!description.contains("\n"), sourceLocation: sourceLocation)
  for word in [file] + words {
    #expect(description.contains(word), sourceLocation: sourceLocation)
  }
}
