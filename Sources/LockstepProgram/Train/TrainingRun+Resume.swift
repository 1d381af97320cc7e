import DataParallel
import Foundation
import Mistakes
import Safetensors
import Training

extension TrainingRun {
  /// With what a run begins.
  enum Resume: Sendable {
    /// From its beginning.
    case never
    /// The newest whole checkpoint of the output directory, or the beginning where there is none.
    case auto
    /// A checkpoint, or the newest whole one of a run's output directory.
    case path(String)

    init(_ text: String) {
      self =
        switch text {
        case "never": .never
        case "auto": .auto
        default: .path(text)
        }
    }

    /// Whether the run begins from its beginning, whatever lies in the directory.
    var isNever: Bool {
      if case .never = self { true } else { false }
    }

    /// The text on the command line.
    var text: String {
      switch self {
      case .never: "never"
      case .auto: "auto"
      case .path(let path): path
      }
    }

    /// The output directory that the run goes on in, where none is given: that of the checkpoint, if it lies in one.
    var output: String? {
      guard case .path(let given) = self else { return nil }
      let path = given.count > 1 && given.hasSuffix("/") ? String(given.dropLast()) : given
      var isDirectory: ObjCBool = false
      let url = URL(fileURLWithPath: path)
      guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else { return nil }
      let directory = isDirectory.boolValue ? url : url.deletingLastPathComponent()
      let run =
        directory.lastPathComponent == "checkpoints" ? directory.deletingLastPathComponent() : directory
      guard FileManager.default.fileExists(atPath: run.appending(path: "checkpoints").path) else {
        return nil
      }
      return run.relativePath
    }
  }

  /// With what a run begins, on the coordinator.
  struct Start {
    /// The checkpoint to go on with; nil to begin.
    var checkpoint: Checkpoint?
    /// A line for each newer checkpoint that is damaged.
    var passedOver: [String] = []
  }

  /// Makes the output directory ready, and finds the checkpoint to go on with.
  ///
  /// The coordinator calls it.
  ///
  /// - Throws: a `UserError` if the directory or the checkpoint cannot be taken.
  static func prepare(_ output: OutputDirectory, _ options: Options) throws -> Start {
    var start = Start()
    switch options.resume {
    case .never:
      try output.prepare(overwrites: options.overwrites)
      unlink(output.injectedPath)
    case .auto:
      // What a run has left that wrote no checkpoint is begun anew.
      try output.prepare(overwrites: true) {
        start = try newest(in: CheckpointDirectory(path: output.checkpointsPath)) ?? Start()
        guard start.checkpoint == nil, FileManager.default.fileExists(atPath: output.trajectoryPath) else {
          return start.checkpoint != nil
        }
        throw UserMistake("\(output.path): holds a minimization, with which no training can go on")
      }
    case .path(let path):
      start = try checkpoint(at: path)
      try output.prepare(overwrites: false) {
        // Looked at again, now that nobody else writes there.
        start = try checkpoint(at: path)
        let directory = start.checkpoint?.model.path.map {
          URL(fileURLWithPath: $0).deletingLastPathComponent()
        }
        return directory?.resolvingSymlinksInPath().path
          == URL(fileURLWithPath: output.checkpointsPath).resolvingSymlinksInPath().path
      }
    }
    return start
  }

  /// The checkpoint that a path on the command line stands for; of a directory the newest whole one.
  private static func checkpoint(at path: String) throws -> Start {
    var isDirectory: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory.boolValue {
      for directory in ["\(path)/checkpoints", path] {
        if let start = try newest(in: CheckpointDirectory(path: directory)) { return start }
      }
    }
    return Start(checkpoint: try Checkpoint(contentsOf: CheckpointPath.resolve(path)))
  }

  /// The newest whole checkpoint of a directory; nil if it has none at all.
  ///
  /// - Throws: `UserMistake` if all that it has are damaged.
  private static func newest(in directory: CheckpointDirectory) throws -> Start? {
    let (checkpoint, passedOver) = directory.newestWhole()
    if checkpoint == nil, let first = passedOver.first {
      throw UserMistake(
        passedOver.count == 1 ? first : "\(first); nor is one of the \(passedOver.count - 1) before it whole")
    }
    return checkpoint.map { Start(checkpoint: $0, passedOver: passedOver) }
  }
}

extension StopReason {
  /// The reason that a signal is.
  init(_ request: StopSignals.Request) {
    self =
      switch request {
      case .terminate: .terminate
      case .interrupt: .interrupt
      case .userSignal: .userSignal
      case .launcher: .launcher
      }
  }
}
