import Execution
import Foundation
import Testing

/// Something that the user gets wrong, and what the message must tell.
struct Mistake: Sendable {
  let description: String
  /// The command line, started in a directory of its own.
  let arguments: [String]
  /// Parts of the message: the file, the key, the value, what would be right.
  let tells: [String]
  /// What is put into the environment.
  var variables: [String: String] = [:]
  /// Puts into the directory what the command line speaks of.
  let prepare: @Sendable (_ directory: URL) throws -> Void

  init(
    _ description: String, _ arguments: [String], tells: [String],
    prepare: @escaping @Sendable (_ directory: URL) throws -> Void = { _ in }
  ) {
    self.description = description
    self.arguments = arguments
    self.tells = tells
    self.prepare = prepare
  }

  /// A mistake in `lockstep train`.
  static func training(
    _ description: String, _ arguments: String..., tells: [String],
    prepare: @escaping @Sendable (_ directory: URL) throws -> Void = { _ in }
  ) -> Mistake {
    Mistake(
      description, ["train"] + SmallRun.arguments + ["--output", "out"] + arguments, tells: tells,
      prepare: prepare)
  }
}

extension EndToEndTests {
  /// A mistake of the user ends all ranks with status 2 and one line, and leaves nothing behind.
  @Suite struct MistakeTests {
    /// A mistake on its way.
    private struct Trial {
      let mistake: Mistake
      let ranks: Int?
      let directory: URL
      let before: [String]
      let program: RunningProgram
    }

    /// Makes each mistake on each number of ranks, all at the same time: mpirun takes a second to end a run that
    /// fails.
    private func check(_ mistakes: [Mistake], ranks: [Int?]) throws {
      try withTemporaryDirectory { root in
        let trials = try mistakes.flatMap { mistake in ranks.map { (mistake, $0) } }.map { mistake, ranks in
          let directory = root.appending(path: UUID().uuidString)
          try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
          try mistake.prepare(directory)
          return Trial(
            mistake: mistake, ranks: ranks, directory: directory, before: contents(of: directory),
            program: try Program.start(
              ranks: ranks, mistake.arguments, in: directory, variables: mistake.variables))
        }
        for trial in trials { try check(trial) }
      }
    }

    private func check(_ trial: Trial) throws {
      let ending = try trial.program.wait()
      let told =
        "\(trial.mistake.description), \(trial.ranks.map { "\($0) ranks" } ?? "no mpirun"): \(ending.errors)"
      #expect(ending.status == 2, "\(told)")
      #expect(ending.output == "", "\(told)")
      #expect(ending.errorLines.count == 1 && ending.errors.hasSuffix("\n"), "\(told)")
      #expect(ending.errors.hasPrefix("lockstep: "), "\(told)")
      for part in trial.mistake.tells { #expect(ending.errors.contains(part), "\(told)") }
      #expect(contents(of: trial.directory) == trial.before, "\(told)")
    }

    @Test("in the command line")
    func commandLine() throws { try check(commandLines, ranks: [nil, 1, 3]) }

    @Test("in the configuration")
    func configuration() throws { try check(configurations, ranks: [1, 3]) }

    @Test("in a model that is written layer by layer")
    func sequentialModel() throws { try check(sequentialModels, ranks: [1, 3]) }

    @Test("in the data")
    func dataSet() throws { try check(dataSets, ranks: [1, 3]) }

    @Test("in a folder of images")
    func imageFolder() throws {
      try check(imageFolders, ranks: [1, 3])
      try check(drawnFolders, ranks: [nil])
    }

    @Test("in arrays and tables")
    func arrays() throws { try check(arraysAndTables, ranks: [1, 3]) }

    @Test("in a minimization")
    func minimization() throws { try check(minimizations, ranks: [1, 3]) }

    @Test("in the output directory")
    func output() throws { try check(outputs, ranks: [1, 3]) }

    @Test("in the checkpoint")
    func checkpoint() throws { try check(checkpoints, ranks: [1, 3]) }

    @Test("in the number of ranks, of which there are more than microshards")
    func ranks() throws {
      let tells = ["batch.microshards", "2 microshards", "3 ranks"]
      try check(
        [
          .training("in training", "--set", "batch.microshards=2", tells: tells + [SmallRun.configuration]),
          evaluation(
            "in evaluation", "--set", "batch={size: 8, microshards: 2}", tells: tells + ["model.safetensors"]
          ) { _ in },
          minimizationOfTable(
            "in minimization", "data.microshards=2",
            tells: ["c.yaml: data.microshards", "2 blocks", "3 ranks"]),
        ], ranks: [3])
    }

    @Test(
      "in the precision, which the processor does not compute in",
      // What a processor does not have, it cannot be limited to.
      arguments: KernelLibrary.instructionSet.hasPrefix("avx512")
        ? ["AVX2": "avx2", "AVX512_CORE": "avx512_core"] : ["AVX2": "avx2"])
    func precision(limit: String, told: String) throws {
      func mistake(_ command: [String]) -> Mistake {
        var mistake = Mistake(
          "bfloat16 \(command[0])", command + ["--set", "precision=bfloat16"],
          tells: [SmallRun.configuration + ": precision: bfloat16", "in use is \(told);", "take float32"])
        mistake.variables = ["DNNL_MAX_CPU_ISA": limit]
        return mistake
      }
      try check(
        [
          mistake(["train"] + SmallRun.arguments + ["--output", "out"]),
          mistake(["bench", "step", SmallRun.configuration]),
        ], ranks: [1, 3])
      try check([mistake(["summary", SmallRun.configuration])], ranks: [nil])
    }

    @Test(
      "in the convolution, whose algorithm has no such precision",
      .enabled(if: KernelLibrary.supports(.bfloat16), "needs AVX-512 BF16 or AMX"))
    func winograd() throws {
      try check(
        [
          .training(
            "Winograd", "--set", "precision=bfloat16", "--set", "convolution=winograd",
            tells: [SmallRun.configuration, "convolution: winograd", "bfloat16", "take auto or direct"])
        ], ranks: [1, 3])
    }

    @Test("before MPI runs, is left to the first rank, together with the status", arguments: [0, 1])
    func firstRank(rank: Int) throws {
      // mpirun ends all ranks as soon as it hears a status: a rank that is faster than the first must not have one.
      let ending = try RunningProgram(
        [Program.binary.path, "digest", "none"], in: nil,
        environment: Program.environment.merging(["OMPI_COMM_WORLD_RANK": "\(rank)"]) { $1 }
      ).wait()
      #expect(ending.status == (rank == 0 ? 2 : 0))
      #expect(ending.errorLines.count == (rank == 0 ? 1 : 0))
    }

    @Test("is told, whichever rank ends first")
    func messageIsNeverLost() throws {
      let mistakes: [Mistake] = [
        Mistake("before MPI", ["digest", "none"], tells: ["none"]),
        .training("on all ranks", "--set", "seed=x", tells: ["seed", "x"]),
      ]
      try check(Array(repeating: mistakes, count: 6).flatMap(\.self), ranks: [4])
    }

    @Test(
      "in an output directory without permission to write",
      .enabled(if: geteuid() != 0, "needs a user other than root, who may write everywhere"))
    func permission() throws {
      try check(
        [
          .training("closed", "--output", "closed/out", tells: ["closed/out", "Permission denied"]) {
            directory in
            try FileManager.default.createDirectory(
              at: directory.appending(path: "closed"), withIntermediateDirectories: false,
              attributes: [.posixPermissions: 0o555])
          }
        ], ranks: [3])
    }
  }
}

// MARK: - Command lines, configurations, output directories

private let commandLines: [Mistake] = [
  Mistake("an unknown option", ["train", SmallRun.configuration, "--outptu", "out"], tells: ["--outptu"]),
  Mistake("an unknown subcommand", ["trian", SmallRun.configuration], tells: ["trian"]),
  Mistake("no configuration", ["train"], tells: ["<config>"]),
  Mistake(
    "no number", ["train", SmallRun.configuration, "--max-steps", "all"], tells: ["--max-steps", "all"]),
  Mistake(
    "less than no steps", ["train", SmallRun.configuration, "--max-steps=-1"], tells: ["--max-steps -1", "0"]),
  Mistake(
    "no minutes", ["train", SmallRun.configuration, "--max-minutes", "0"],
    tells: ["--max-minutes 0", "above 0"]),
  Mistake(
    "a run to resume nowhere", ["train", SmallRun.configuration, "--resume", "auto"],
    tells: ["--resume auto", "--output"]),
  Mistake(
    "a run to resume and to replace",
    ["train", SmallRun.configuration, "--output", "x", "--overwrite", "--resume", "auto"],
    tells: ["--overwrite", "--resume auto"]),
  Mistake(
    "no run to resume", ["train", SmallRun.configuration, "--resume", "nowhere"],
    tells: ["nowhere", "No such file"]),
  Mistake("no such split", ["evaluate", "x", "--split", "dev"], tells: ["dev", "validation"]),
  Mistake("the curvature of no samples", ["curvature", "x", "--samples", "0"], tells: ["--samples 0", "1"]),
  Mistake("no steps of Lanczos", ["curvature", "x", "--steps", "0"], tells: ["--steps 0", "1"]),
  Mistake("one probe", ["curvature", "x", "--probes", "1"], tells: ["--probes 1", "2"]),
  Mistake(
    "no such batch norm", ["curvature", "x", "--batch-norm", "none"], tells: ["--batch-norm", "none"]),
  Mistake("a negative seed", ["curvature", "x", "--seed=-1"], tells: ["--seed", "-1"]),
  Mistake(
    "a digest of nothing", ["digest", "none.safetensors"], tells: ["none.safetensors", "No such file"]),
  Mistake("a summary of nothing", ["summary", "none.yaml"], tells: ["none.yaml", "no such file"]),
]

/// Lists of lists, each of nine aliases of the one before it: nine to the ninth of texts.
let growingAliases: String = {
  var text = "l0: &l0 [x]\n"
  for level in 1...9 {
    let aliases = Array(repeating: "*l\(level - 1)", count: 9).joined(separator: ", ")
    text += "l\(level): &l\(level) [\(aliases)]\n"
  }
  return text
}()

private let configurations: [Mistake] = [
  Mistake("a missing file", ["train", "none.yaml"], tells: ["none.yaml", "no such file"]),
  Mistake("a misspelled key in the file", ["train", "c.yaml"], tells: ["c.yaml:3", "sede", "\"seed\""]) {
    try Data("model: {name: lenet}\ndata: {name: glyphs}\nsede: 1\n".utf8)
      .write(to: $0.appending(path: "c.yaml"))
  },
  .training(
    "a misspelled key", "--set", "optimizer.lerning_rate=0.1",
    tells: ["optimizer.lerning_rate", "\"learning_rate\""]),
  .training("a wrong type", "--set", "epochs=many", tells: ["epochs", "many", "integer"]),
  .training(
    "out of range", "--set", "optimizer.momentum=1.5", tells: ["optimizer.momentum", "1.5", "less than 1"]),
  .training(
    "a batch too small", "--set", "batch.size=7", tells: ["batch.size", "7", "batch.microshards (8)"]),
  .training(
    "a number that is in its range only before it is rounded", "--set", "optimizer.momentum=0.99999999",
    tells: ["optimizer.momentum", "0.99999999", "less than 1, also as float32, where it is 1.0"]),
  .training(
    "a batch that no memory holds", "--set", "batch.size=1000000000",
    tells: ["batch.size: a step needs at least ", " a rank × ", " are free there; take a smaller batch"]),
  Mistake(
    "a batch that no memory holds, in a benchmark",
    ["bench", "step", SmallRun.configuration, "--set", "batch.size=1000000000"],
    tells: ["batch.size: a step needs at least ", " are free there"]),
  .training(
    "more samples than any memory holds", "--set", "data.train_samples=2147483647",
    tells: [
      SmallRun.configuration + ": data: the data set needs 1.7 TB a rank × ", " are free there; take fewer",
    ]),
  .training(
    "a model too large to be counted", "--set", "model.classes=100000000",
    tells: [SmallRun.configuration, "layer 15.weight", "100000000×84", "too many elements"]),
  Mistake(
    "a text whose aliases grow without end", ["train", "c.yaml"],
    tells: ["c.yaml:", "stand for more than 100000 values"]
  ) {
    try Data(growingAliases.utf8).write(to: $0.appending(path: "c.yaml"))
  },
  Mistake(
    "a checkpoint in place of a configuration", ["train", "c.yaml"],
    tells: ["c.yaml: is a safetensors file; expected a configuration in YAML"]
  ) {
    try Data([2, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x7D]).write(to: $0.appending(path: "c.yaml"))
  },
  Mistake(
    "a pipe in place of a configuration", ["train", "c.yaml"], tells: ["c.yaml: is a named pipe, not a file"]
  ) {
    mkfifo($0.appending(path: "c.yaml").path, 0o600)
  },
  .training("no override", "--set", "epochs", tells: ["epochs", "="]),
  .training(
    "an override without a value", "--set", "optimizer.learning_rate=",
    tells: ["--set optimizer.learning_rate=", "optimizer.learning_rate: has no value"]),
  .training(
    "a section without a value", "--set", "optimizer=",
    tells: ["--set optimizer=", "optimizer: has no value"]),
  Mistake(
    "a key without a value in the file", ["train", "c.yaml"],
    tells: ["c.yaml:4: optimizer.learning_rate: has no value"]
  ) {
    let text = """
      model: {name: lenet}
      data: {name: glyphs, train_samples: 16, test_samples: 4}
      optimizer:
        learning_rate:
        momentum: 0.9
      """
    try Data(text.utf8).write(to: $0.appending(path: "c.yaml"))
  },
  Mistake(
    "a section without a value in the file", ["summary", "c.yaml"], tells: ["c.yaml:3: batch: has no value"]
  ) {
    try Data("model: {name: lenet}\ndata: {name: glyphs}\nbatch:\nepochs: 1\n".utf8)
      .write(to: $0.appending(path: "c.yaml"))
  },
  .training(
    "images too small for the model", "--set", "data.resize=4",
    tells: [SmallRun.configuration, "model: ", "layer 0: a 5×5 kernel", "1×4×4"]),
  Mistake(
    "images too small in summary", ["summary", SmallRun.configuration, "--set", "data.resize=4"],
    tells: [SmallRun.configuration, "model: ", "layer 0: a 5×5 kernel", "1×4×4"]),
  Mistake(
    "images too small in bench", ["bench", "step", SmallRun.configuration, "--set", "data.resize=4"],
    tells: [SmallRun.configuration, "model: ", "layer 0: a 5×5 kernel", "1×4×4"]),
  .training(
    "smoothing of a loss that has none", "--set", "loss={name: squared, label_smoothing: 0.1}",
    tells: ["loss.label_smoothing", "cross_entropy", "squared"]),
  .training(
    "a key of another update rule", "--set", "optimizer={name: adamw, momentum: 0.9}",
    tells: ["optimizer.momentum"]),
  .training(
    "betas out of range", "--set", "optimizer={name: adamw, betas: [0.9, 1]}",
    tells: ["optimizer.betas", "1"]),
  .training(
    "too few classes", "--set", "model.classes=9",
    tells: [SmallRun.configuration + ":7: model: ", "9 outputs", "10 classes"]),
]

private let outputs: [Mistake] = [
  .training("another run", tells: ["out", "metrics.jsonl", "--overwrite"]) { directory in
    let output = directory.appending(path: "out")
    try FileManager.default.createDirectory(at: output, withIntermediateDirectories: false)
    try Data("{}\n".utf8).write(to: output.appending(path: "metrics.jsonl"))
  },
  .training("a run that has only its checkpoints", tells: ["out", "checkpoints", "--overwrite"]) {
    try FileManager.default.createDirectory(
      at: $0.appending(path: "out/checkpoints"), withIntermediateDirectories: true)
  },
  .training("a file", tells: ["out", "is a file", "directory"]) {
    try Data().write(to: $0.appending(path: "out"))
  },
  .training("a path below a file", "--output", "file/out", tells: ["file/out", "Not a directory"]) {
    try Data().write(to: $0.appending(path: "file"))
  },
  .training(
    "a place where no directory can be made", "--output", "/dev/null/out",
    tells: [
      "/dev/null/out",
      "Not a directory",
    ]),
]
