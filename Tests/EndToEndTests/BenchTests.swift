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
