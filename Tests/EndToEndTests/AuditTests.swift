import Foundation
import Testing

extension EndToEndTests {
  /// `lockstep audit`: what was trained is found to be so on any ranks, and what was changed afterwards is named.
  @Suite struct AuditTests {
    private static let run = Result { try AuditedRun() }

    @Test("a run on three ranks is reproduced on others, whole and in part", arguments: [nil, 1, 2, 4])
    func reproduced(ranks: Int?) throws {
      let run = try Self.run.get()
      for (arguments, line) in [
        ([], "steps 0–40 reproduced: 40 losses, 8 states, 4 checkpoints are the same"),
        (
          ["--from", "15", "--to", "25"],
          "steps 15–25 reproduced: 10 losses, 2 states, 1 checkpoint are the same"
        ),
        (
          ["--from", "30", "--set", "threads=2"],
          "steps 30–40 reproduced: 10 losses, 2 states, 1 checkpoint are the same"
        ),
      ] {
        let ending = try run.run(["audit", "run"] + arguments, ranks: ranks)
        #expect(ending.status == 0, "\(ending.errors)")
        #expect(ending.errors == "")
        #expect(ending.output.split(separator: "\n").last.map(String.init) == line)
      }
    }

    @Test("so is a run that was resumed on other ranks in the middle of an epoch")
    func resumed() throws {
      let run = try withTemporaryDirectory { directory in
        for (ranks, part) in [(2, ["--max-steps", "13"]), (3, ["--resume", "auto", "--max-steps", "24"])] {
          let ending = try Program.run(ranks: ranks, AuditedRun.arguments + part, in: directory)
          try #require(ending.status == 0, "\(ending.errors)")
        }
        return try Program.run(ranks: 2, ["audit", "run"], in: directory)
      }
      #expect(run.status == 0, "\(run.errors)")
      #expect(run.output.contains("steps 0–24 reproduced: 24 losses, 6 states, 4 checkpoints are the same"))
    }

    /// What somebody may have changed afterwards, and what an audit says of it.
    struct Change: Sendable, CustomTestStringConvertible {
      let name: String
      var arguments: [String] = []
      let tells: [String]
      let make: @Sendable (_ run: URL) throws -> Void
      var testDescription: String { name }

      init(
        _ name: String, _ arguments: [String] = [], tells: [String],
        _ make: @escaping @Sendable (_ run: URL) throws -> Void
      ) {
        (self.name, self.arguments, self.tells, self.make) = (name, arguments, tells, make)
      }
    }

    private static let model20 = "checkpoints/step-00000020.safetensors"

    static let changes = [
      Change("a digit of a loss", tells: ["step 13: the log says loss ", ", recomputed "]) {
        try changeDigit(of: $0, "loss", in: "\"step\", \"step\": 13,")
      },
      Change(
        "a digit of a loss outside of the range", ["--from", "30"],
        tells: ["step 13: the log says loss ", ", recomputed "]
      ) {
        try changeDigit(of: $0, "loss", in: "\"step\", \"step\": 13,")
      },
      Change("a digit of a learning rate", tells: ["step 12: the log says learning_rate "]) {
        try changeDigit(of: $0, "learning_rate", in: "\"step\", \"step\": 12,")
      },
      Change("a digit of a hash", tells: ["step 15: the log says state_hash ", ", recomputed "]) {
        try changeDigit(of: $0, "state_hash", in: "\"step\", \"step\": 15,")
      },
      Change("a digit of a link", tells: ["step 25: the log says chain ", "give "]) {
        try changeDigit(of: $0, "chain", in: "\"step\", \"step\": 25,")
      },
      Change("a line less", tells: ["metrics.jsonl:", "step 18 follows step 16: step 17 is missing"]) {
        try changeLine(of: $0, "\"step\", \"step\": 17,") { $0 = [] }
      },
      Change("a line twice", tells: ["metrics.jsonl:", "step 17 follows step 17: expected step 18"]) {
        try changeLine(of: $0, "\"step\", \"step\": 17,") { $0 += $0 }
      },
      Change("a line that is no JSON", tells: ["metrics.jsonl:2: is no JSON: byte 7"]) {
        try changeLine(of: $0, "\"step\", \"step\": 1,") { $0[0].removeFirst() }
      },
      Change(
        "a loss in a log whose chain was taken away", tells: ["step 13: the log says loss "]
      ) { run in
        try changeDigit(of: run, "loss", in: "\"step\", \"step\": 13,")
        let file = run.appending(path: "metrics.jsonl")
        let text = try String(contentsOf: file, encoding: .utf8)
        try Data(text.replacing(#/, "state_hash": "\w+", "chain": "\w+"/#, with: "").utf8).write(to: file)
      },
      Change(
        "an evaluation",
        tells: ["step 16 (end of epoch 2, evaluation of test): the log says accuracy ", ", recomputed "]
      ) {
        try changeDigit(of: $0, "accuracy", in: "\"split\": \"test\", \"epoch\": 2,")
      },
      Change("an evaluation less", tells: ["step 16: the log has no evaluation \"test\""]) {
        try changeLine(of: $0, "\"split\": \"test\", \"epoch\": 2,") { $0 = [] }
      },
      Change("an end of an epoch too many", tells: ["step 17: the log tells of the end of an epoch"]) {
        try changeLine(of: $0, "\"step\", \"step\": 17,") {
          $0.append(#"{"event": "epoch", "epoch": 3, "step": 17, "loss": 0.1, "accuracy": 1.0}"#)
        }
      },
      Change("the digest", tells: ["step 40: the log says digest ", ", recomputed "]) {
        try changeDigit(of: $0, "digest", in: "\"end\"")
      },
      Change(
        "the hash of a checkpoint's event", tells: ["step 20: the log says state_hash of the checkpoint "]
      ) {
        try changeDigit(of: $0, "state_hash", in: "\"checkpoint\", \"step\": 20,")
      },
      Change(
        "a weight",
        tells: [
          "step 20: run/\(model20): tensor 0.weight is not the recomputed one: 1 of 150 elements differs, by at most "
        ]
      ) {
        try changeElement(7, of: "0.weight", in: $0.appending(path: model20))
      },
      Change(
        "a weight of the checkpoint to begin with", ["--from", "20"],
        tells: ["step 20: the log says state_hash ", ", the checkpoint has "]
      ) {
        try changeElement(7, of: "0.weight", in: $0.appending(path: model20))
      },
      Change(
        "a momentum",
        tells: ["step 20: run/\(model20): tensor momentum_buffer/0.weight is not the recomputed one"]
      ) {
        try changeElement(
          7, of: "momentum_buffer/0.weight", in: $0.appending(path: "checkpoints/step-00000020.state"))
      },
      Change("a bit of a checkpoint", tells: ["step 20: run/\(model20): is damaged"]) { try flipLastBit($0) },
      Change(
        "the seed of the manifest",
        tells: ["run/manifest.json: was made with other data: the fingerprint of the train split is "]
      ) {
        try changeManifest(of: $0, "\"seed\": 0", to: "\"seed\": 1")
      },
      Change(
        "a key of the manifest", tells: ["step 2: the log says learning_rate ", ", recomputed "]
      ) {
        try changeManifest(of: $0, "\"learning_rate\": 0.1", to: "\"learning_rate\": 0.2")
      },
      Change(
        "a key of the manifest, from a checkpoint on", ["--from", "20"],
        tells: [
          "\(model20): is of another experiment than the manifest: optimizer.learning_rate is 0.1, but 0.2 there"
        ]
      ) {
        try changeManifest(of: $0, "\"learning_rate\": 0.1", to: "\"learning_rate\": 0.2")
      },
    ]

    private static func changeManifest(of run: URL, _ old: String, to new: String) throws {
      let file = run.appending(path: "manifest.json")
      let text = try String(contentsOf: file, encoding: .utf8)
      try #require(text.contains(old))
      try Data(text.replacing(old, with: new).utf8).write(to: file)
    }

    private static func flipLastBit(_ run: URL) throws {
      let file = run.appending(path: model20)
      var data = try Data(contentsOf: file)
      data[data.count - 1] ^= 1
      try data.write(to: file)
    }

    @Test("what was changed is named", arguments: changes)
    func changed(_ change: Change) throws {
      let run = try Self.run.get()
      // A start of several ranks takes longer; what is told is the same.
      let ranks = change.arguments.isEmpty ? nil : 2
      let ending = try run.run(["audit", "run"] + change.arguments, ranks: ranks, changed: change.make)
      #expect(ending.status == 1)
      #expect(ending.errorLines.count == 1, "\(ending.errors)")
      for text in change.tells { #expect(ending.errors.contains(text), "\(ending.errors)") }
      #expect(!ending.output.contains("reproduced"))
    }

    @Test("a damaged checkpoint is passed over where the audit begins")
    func damaged() throws {
      let ending = try Self.run.get().run(["audit", "run", "--from", "25"], changed: Self.flipLastBit)
      #expect(ending.status == 0, "\(ending.errors)")
      #expect(ending.errorLines.count == 1)
      #expect(ending.errors.contains("warning: run/\(Self.model20): is damaged"))
      #expect(ending.errors.contains("an earlier checkpoint is taken"))
      #expect(ending.output.contains("from the checkpoint of step 10 "))
      #expect(
        ending.output.contains("steps 25–40 reproduced: 15 losses, 3 states, 2 checkpoints are the same"))
    }

    @Test("other data are named by split and fingerprints")
    func otherData() throws {
      try withTemporaryDirectory { directory in
        for (name, changed) in [("data", 0), ("same", 0), ("other", 1)] {
          try IDXFiles.write(to: directory.appending(path: name), firstPixel: UInt8(changed))
        }
        let training = try Program.run(
          ranks: 2,
          [
            "train", SmallRun.configuration, "--set", "data={name: idx, path: data}", "--set",
            "batch={size: 16, microshards: 8}", "--set", "epochs=1", "--output", "run",
          ], in: directory)
        try #require(training.status == 0, "\(training.errors)")
        try FileManager.default.removeItem(at: directory.appending(path: "data"))
        let same = try Program.run(["audit", "run", "--set", "data.path=same"], in: directory)
        #expect(same.status == 0, "\(same.errors)")
        #expect(same.output.contains("steps 0–3 reproduced: 3 losses"))
        let other = try Program.run(ranks: 2, ["audit", "run", "--set", "data.path=other"], in: directory)
        #expect(other.status == 1)
        #expect(other.errorLines.count == 1)
        #expect(
          other.errors.contains(
            "run/manifest.json: was made with other data: the fingerprint of the train split is "))
        #expect(other.errors.contains(", but other has "))
      }
    }

    @Test(
      "what cannot be audited is a mistake",
      arguments: [
        (["run", "--to", "41"], "--to 41: the log ends with step 40"),
        (["run", "--from", "40"], "--from 40: expected a step before 40"),
        (["run", "--from", "-1"], "--from"),
        (["run", "--set", "seed=1"], "--set seed=1: is another experiment (the run had 0)"),
        (["run/checkpoints"], "run/checkpoints: holds no metrics.jsonl"),
        (["none"], "none: holds no metrics.jsonl"),
      ])
    func mistakes(arguments: [String], message: String) throws {
      let ending = try Self.run.get().run(["audit"] + arguments, ranks: 2)
      #expect(ending.status == 2)
      #expect(ending.errorLines.count == 1, "\(ending.errors)")
      #expect(ending.errors.contains(message), "\(ending.errors)")
    }
  }
}

/// A data set of 48 training and 16 test images of noise in ten classes, as IDX files.
private enum IDXFiles {
  static func write(to directory: URL, firstPixel: UInt8) throws {
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    for (split, count) in [("train", 48), ("t10k", 16)] {
      var pixels = (0..<count * 784).map { UInt8(truncatingIfNeeded: $0 &* $0 &* 2_654_435 >> 9) }
      pixels[0] = firstPixel
      let images = header(8, [count, 28, 28]) + pixels
      let labels = header(8, [count]) + (0..<count).map { UInt8($0 % 10) }
      try Data(images).write(to: directory.appending(path: "\(split)-images-idx3-ubyte"))
      try Data(labels).write(to: directory.appending(path: "\(split)-labels-idx1-ubyte"))
    }
  }

  private static func header(_ type: UInt8, _ shape: [Int]) -> [UInt8] {
    [0, 0, type, UInt8(shape.count)]
      + shape.flatMap { extent in (0..<4).reversed().map { UInt8(extent >> (8 * $0) & 255) } }
  }
}
