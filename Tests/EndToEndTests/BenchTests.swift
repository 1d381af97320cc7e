import Foundation
import Testing

extension EndToEndTests {
  /// `lockstep bench`.
  @Suite struct BenchTests {
    @Test(
      "bench allreduce checks and times each count, and writes the documented rows", arguments: [1, 2, 3])
    func rows(ranks: Int) throws {
      try withTemporaryDirectory { directory in
        let counts = [1, 1000, 70_001]
        let ending = try Program.run(
          ranks: ranks,
          ["bench", "allreduce", "--json", "rows.jsonl"] + counts.flatMap { ["--count", "\($0)"] },
          in: directory)
        #expect(ending.status == 0)
        for count in counts { #expect(ending.output.contains("\n\(count) floats  ours ")) }
        let text = try String(contentsOf: directory.appending(path: "rows.jsonl"), encoding: .utf8)
        let rows = try text.split(separator: "\n").map { line in
          try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: NSNumber])
        }
        #expect(rows.map { $0["count"]?.intValue } == counts)
        for row in rows {
          #expect(
            Set(row.keys) == [
              "count", "ranks", "hosts", "ours_seconds", "mpi_seconds", "memcpy_seconds",
            ])
          #expect(row["ranks"]?.intValue == ranks)
          #expect(row["hosts"]?.intValue == 1)
          #expect((row["ours_seconds"]?.doubleValue ?? 0) > 0)
        }
      }
    }

    @Test("bench step writes the documented members", arguments: [1, 2, 3])
    func step(ranks: Int) throws {
      try withTemporaryDirectory { directory in
        let ending = try Program.run(
          ranks: ranks,
          [
            "bench", "step", SmallRun.configuration, "--steps", "3", "--json", "step.json",
            "--set", "batch={size: 60, microshards: 8}", "--set", "model.pooling=average",
          ], in: directory)
        #expect(ending.status == 0 && ending.errors == "")
        let text = try String(contentsOf: directory.appending(path: "step.json"), encoding: .utf8)
        let object = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(
          Set(object.keys) == [
            "model", "input", "parameters", "batch", "microshards", "ranks", "threads", "precision", "steps",
            "seconds_median", "seconds_minimum", "seconds_maximum", "images_per_second", "seconds_by_phase",
            "kernels",
            "allocations_per_step", "peak_memory_bytes", "instruction_set",
          ])
        func number(_ key: String) throws -> Double {
          let number = try #require(object[key] as? NSNumber)
          return number.doubleValue
        }
        #expect(try number("ranks") == Double(ranks) && number("batch") == 60 && number("steps") == 3)
        #expect(try number("seconds_minimum") <= number("seconds_median"))
        #expect(try number("seconds_median") <= number("seconds_maximum"))
        #expect(abs(try number("images_per_second") * number("seconds_median") - 60) < 1e-6)
        let phases = try #require(object["seconds_by_phase"] as? [String: Double])
        #expect(Set(phases.keys) == ["data", "forward", "backward", "reduction", "update"])
        let longest = try number("seconds_maximum")
        #expect(phases.values.reduce(0, +) < 2 * longest)
        let kernels = try #require(object["kernels"] as? [String: [String: Double]])
        #expect(Set(kernels.keys) == ["convolution", "batch_norm", "pooling", "linear", "other"])
        for (kind, kernel) in kernels {
          #expect(Set(kernel.keys) == ["seconds", "gflop_per_second", "gbyte_per_second"])
          #expect((kernel["gflop_per_second"] ?? 0 > 0) == ["convolution", "linear"].contains(kind))
          #expect(kernel["seconds"] ?? 0 > 0 && kernel["gbyte_per_second"] ?? 0 > 0)
        }
        #expect(object["allocations_per_step"] is NSNull && ending.output.contains("not counted"))
        #if os(Linux)
          #expect(try number("peak_memory_bytes") > 1e6)
        #endif
      }
    }

    #if os(Linux)
      @Test("lockstep-allocations counts what a step allocates; what it computes stays", arguments: [1, 3])
      func allocations(ranks: Int) throws {
        try withTemporaryDirectory { directory in
          let benchmark = try Program.run(
            binary: Program.countingBinary, ranks: ranks,
            ["bench", "step", SmallRun.configuration, "--steps", "3", "--json", "step.json"], in: directory)
          try #require(benchmark.status == 0, "\(benchmark.errors)")
          let file = directory.appending(path: "step.json")
          let measured = try Metrics.Event(try String(contentsOf: file, encoding: .utf8))
          let count = try #require(measured.integer("allocations_per_step"))
          // oneDNN makes about five for each of its kernels; Swift's would come by the thousand.
          #expect((20..<1000).contains(count))
          #expect(benchmark.output.contains("allocations in a step: \(count)\n"))

          let output = directory.appending(path: "run")
          let training = try Program.run(
            binary: Program.countingBinary, ranks: ranks,
            ["train"] + SmallRun.arguments + ["--output", output.path])
          try #require(training.status == 0, "\(training.errors)")
          #expect(try Bits(of: output) == Bits(ranks: 1))
        }
      }

      @Test(
        "lockstep itself takes the malloc of the C library, or another one that LD_PRELOAD names",
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/nm"), "needs nm"))
      func malloc() throws {
        func defined(in binary: URL) throws -> Set<String> {
          let ending = try RunningProgram(
            ["/usr/bin/nm", "--defined-only", binary.path], in: nil, environment: Program.environment
          ).wait()
          try #require(ending.status == 0, "\(ending.errors)")
          let symbols = ending.output.split(separator: "\n").compactMap { $0.split(separator: " ").last }
          return Set(symbols.map(String.init))
        }
        let names: Set = [
          "malloc", "calloc", "realloc", "memalign", "aligned_alloc", "posix_memalign", "free",
        ]
        #expect(try defined(in: Program.binary).isDisjoint(with: names))
        #expect(try defined(in: Program.countingBinary).isSuperset(of: names.subtracting(["free"])))
      }
    #endif

    @Test(
      "what bench step cannot do is told in one line",
      arguments: [
        ["--steps", "0"], ["--json", "none/step.json"], ["--set", "batch={size: 4, microshards: 1}"],
        ["--set", "data.resize=4"],
      ])
    func stepMistakes(arguments: [String]) throws {
      try withTemporaryDirectory { directory in
        let ending = try Program.run(
          ranks: 2, ["bench", "step", SmallRun.configuration] + arguments, in: directory)
        #expect(ending.status == 2)
        #expect(ending.errorLines.count == 1)
        #expect(ending.errors.hasPrefix("lockstep: "))
        #expect(ending.output.isEmpty)
      }
    }

    @Test("bench step times a configuration in turn with changed ones", arguments: [1, 2])
    func against(ranks: Int) throws {
      try withTemporaryDirectory { directory in
        let changes = ["batch_norm.statistics=microshard", "collectives=mpi"]
        let ending = try Program.run(
          ranks: ranks,
          ["bench", "step", SmallRun.configuration, "--steps", "3", "--json", "rows.jsonl"]
            + changes.flatMap { ["--against", $0] }, in: directory)
        #expect(ending.status == 0, "\(ending.errors)")
        let text = try String(contentsOf: directory.appending(path: "rows.jsonl"), encoding: .utf8)
        let rows = try text.split(separator: "\n").map { line in
          try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
        #expect(rows.map { $0["change"] as? String } == [nil] + changes)
        #expect(rows.first?["ratio_median"] as? Double == 1)
        #expect(rows.allSatisfy { ($0["seconds_median"] as? Double ?? 0) > 0 })
      }
    }

    @Test(
      "what bench cannot do is told in one line",
      arguments: [["--count", "0"], ["--count", "many"], ["--json", "none/rows.jsonl"]])
    func mistakes(arguments: [String]) throws {
      try withTemporaryDirectory { directory in
        let ending = try Program.run(ranks: 2, ["bench", "allreduce"] + arguments, in: directory)
        #expect(ending.status == 2)
        #expect(ending.errorLines.count == 1)
        #expect(ending.errors.hasPrefix("lockstep: "))
        #expect(ending.output.isEmpty)
      }
    }
  }
}
