import Foundation
import Testing

extension EndToEndTests {
  /// Ranks that were not started alike are refused before anything is made: status 2, one line.
  @Suite struct StartCheckTests {
    private static let train = ["train"] + SmallRun.arguments + ["--output", "out"]

    /// Starts rank 0 and 1 differently, in a directory each, and checks that they are refused.
    private func refuse(
      _ first: [String], _ second: [String], tells: [String], in directories: (first: URL, second: URL)
    ) throws {
      let before = [directories.first, directories.second].map(contents)
      let ending = try Program.start([
        (command: [Program.binary.path] + first, directory: directories.first),
        (command: second, directory: directories.second),
      ]).wait()
      #expect(ending.status == 2)
      #expect(ending.output == "")
      #expect(ending.errorLines.count == 1, "\(ending.errors)")
      for part in ["lockstep: "] + tells + ["rank 1 on ", ", but rank 0 "] {
        #expect(ending.errors.contains(part), "\(part) in: \(ending.errors)")
      }
      #expect([directories.first, directories.second].map(contents) == before)
    }

    private func refuse(
      _ first: [String] = train, second: [String], program: [String] = [Program.binary.path], tells: [String]
    ) throws {
      try withTemporaryDirectory { directory in
        try refuse(first, program + second, tells: tells, in: (directory, directory))
      }
    }

    @Test("another configuration: file, key and both values are told")
    func configuration() throws {
      try refuse(
        Self.train + ["--set", "optimizer.learning_rate=0.05"],
        second: Self.train + ["--set", "optimizer.learning_rate=0.1"],
        tells: [
          SmallRun.configuration + ": optimizer.learning_rate: ", "has 0.1, but rank 0 has 0.05; all ranks",
        ])
      // A key that one rank alone has.
      try refuse(
        second: Self.train + ["--set", "data.resize=32"],
        tells: ["data.resize: ", "has 32, but rank 0 does not set it;"])
    }

    @Test(
      "each key that the bits depend on",
      arguments: [
        ("seed", "1"), ("epochs", "3"), ("batch.size", "32"), ("model.pooling", "\"average\""),
        ("model.initialization", "\"he\""), ("loss.label_smoothing", "0.1"), ("optimizer.momentum", "0.5"),
        ("data.train_samples", "332"), ("data.shuffle", "false"), ("batch_norm.statistics", "\"rank\""),
        ("convolution", "\"direct\""), ("collectives", "\"mpi\""),
      ])
    func experiment(key: String, value: String) throws {
      try refuse(second: Self.train + ["--set", "\(key)=\(value)"], tells: ["\(key): ", "has \(value), "])
    }

    @Test(
      "but what no bit depends on may differ from rank to rank",
      arguments: [
        ["threads=2"], ["log.every_steps=1"], ["desync_check.every_steps=1"], ["verify.every_steps=1"],
        ["reduction.overlap=off"],
        ["reduction.bucket_bytes=5000"], ["reduction.ranks_per_host=1"],
        ["threads=3", "log.every_steps=2", "desync_check.every_steps=5", "reduction={overlap: thread}"],
      ])
    func machine(changes: [String]) throws {
      try withTemporaryDirectory { directory in
        let changed = Self.train + changes.flatMap { ["--set", $0] }
        let commands = [Self.train, changed, Self.train].map {
          (command: [Program.binary.path] + $0, directory: directory)
        }
        let ending = try Program.start(commands).wait()
        try #require(ending.status == 0, "\(ending.errors)")
        #expect(try Bits(of: directory.appending(path: "out")) == Self.reference.get())
      }
    }

    private static let reference = Result { try Bits(ranks: 1) }

    @Test("other options of the command line", arguments: [["--max-steps", "3"], ["--overwrite"]])
    func options(more: [String]) throws {
      try refuse(second: Self.train + more, tells: ["command line: \(more[0]): "])
    }

    @Test("another binary")
    func binary() throws {
      try withTemporaryDirectory { directory in
        let copy = directory.appending(path: "copy/lockstep")
        try FileManager.default.createDirectory(
          at: copy.deletingLastPathComponent(), withIntermediateDirectories: false)
        try (Data(contentsOf: Program.binary) + [0]).write(to: copy)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: copy.path)
        try refuse(
          Self.train, [copy.path] + Self.train,
          tells: ["copy/lockstep: SHA-256 of the binary: ", "same program"],
          in: (directory, directory))
      }
    }

    @Test("other kernels, as a host with another processor chooses them")
    func instructionSet() throws {
      try refuse(
        second: Self.train, program: ["env", "DNNL_MAX_CPU_ISA=SSE41", Program.binary.path],
        tells: ["instruction set: ", "has sse41, "])
    }

    @Test("other data under the same path")
    func data() throws {
      try withTemporaryDirectory { directory in
        let directories = try ["0", "1"].map { name in
          let host = directory.appending(path: name)
          let data = host.appending(path: "data")
          try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
          for split in ["train", "t10k"] {
            try imageBytes(count: 40, side: 28).write(to: data.appending(path: "\(split)-images-idx3-ubyte"))
            // One label of one host's test split is another one.
            let first: UInt8 = name == "1" && split == "t10k" ? 1 : 0
            try labelBytes([first] + [UInt8](1..<40).map { $0 % 10 })
              .write(to: data.appending(path: "\(split)-labels-idx1-ubyte"))
          }
          return host
        }
        let arguments =
          Self.train + [
            "--set", "data={name: idx, path: data}", "--set", "batch={size: 16, microshards: 4}",
          ]
        try refuse(
          arguments, [Program.binary.path] + arguments,
          tells: ["data: fingerprint of the test split: ", "same data"], in: (directories[0], directories[1]))
      }
    }

    @Test("an evaluation of other samples, and of another checkpoint under the same path")
    func evaluation() throws {
      try withTemporaryDirectory { directory in
        let hosts = ["0", "1"].map { directory.appending(path: $0) }
        for (host, steps) in zip(hosts, ["1", "2"]) {
          try FileManager.default.createDirectory(at: host, withIntermediateDirectories: true)
          let training = try Program.run(
            ["train"] + SmallRun.arguments + ["--output", "run", "--max-steps", steps], in: host)
          try #require(training.status == 0, "\(training.errors)")
          let file = host.appending(path: "run/checkpoints/step-0000000\(steps).safetensors")
          try FileManager.default.moveItem(at: file, to: host.appending(path: "model.safetensors"))
        }
        let evaluate = ["evaluate", "model.safetensors"]
        try refuse(
          evaluate, [Program.binary.path] + evaluate + ["--set", "seed=3"],
          tells: ["model.safetensors: seed: ", "has 3, "], in: (hosts[0], hosts[0]))
        let ending = try Program.start(hosts.map { ([Program.binary.path] + evaluate, $0) }).wait()
        #expect(ending.status == 2 && ending.output == "" && ending.errorLines.count == 1, "\(ending.errors)")
        #expect(ending.errors.contains("model.safetensors: 0.weight differs among ranks 0 ("))
        #expect(ending.errors.contains("; all ranks need the same checkpoint"))
      }
    }

    @Test("how often the replicas are compared changes no bit", arguments: [1, 1000])
    func everySteps(steps: Int) throws {
      let bits = try Bits(ranks: 3, ["--set", "desync_check.every_steps=\(steps)"])
      #expect(bits == (try Self.reference.get()))
    }
  }
}
