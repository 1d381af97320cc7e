import Foundation
import Testing

/// The program as its user meets it: the built binary, started under mpirun, and what it prints and leaves behind.
///
/// One run at a time, so that each has the cores it expects.
@Suite(
  .serialized,
  .enabled(
    if: ProcessInfo.processInfo.environment["OMPI_COMM_WORLD_RANK"] == nil,
    "starts mpirun itself, so needs to be started without"))
struct EndToEndTests {}

/// A configuration of a training that takes about a second: LeNet on few glyphs.
///
/// With 333 samples in batches of 64, the last batch of an epoch has 13: of its eight microshards one is full, one is
/// short and six are empty.
enum SmallRun {
  static let stepsPerEpoch = 6
  static let epochs = 2
  static let trainSamples = 333
  static let testSamples = 100

  static let arguments = [
    configuration, "--set", "data.train_samples=\(trainSamples)", "--set", "data.test_samples=\(testSamples)",
    "--set", "batch={size: 64, microshards: 8}", "--set", "epochs=\(epochs)",
  ]

  /// The configuration file that ships with the program.
  static let configuration = repository.appending(path: "configs/lenet-glyphs.yaml").path

  /// The root of the repository.
  static let repository = URL(filePath: #filePath).appending(path: "../../..").standardized
}

/// Calls `body` with the path of a new directory, which is removed afterwards.
func withTemporaryDirectory<Result>(_ body: (_ directory: URL) throws -> Result) throws -> Result {
  let directory = FileManager.default.temporaryDirectory
    .appending(path: "lockstep-\(UUID().uuidString)").resolvingSymlinksInPath()
  try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: directory) }
  return try body(directory)
}

/// The paths of all files and directories below a directory, sorted.
func contents(of directory: URL) -> [String] {
  (FileManager.default.subpaths(atPath: directory.path) ?? []).sorted()
}
