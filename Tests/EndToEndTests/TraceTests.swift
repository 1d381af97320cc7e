import Foundation
import Testing

extension EndToEndTests {
  /// The timeline of a training.
  @Suite struct TraceTests {
    /// A slice of the timeline, in seconds.
    private struct Slice {
      let rank, thread: Int
      let name, category: String
      let begin, end: Double
      let step: Int?

      init?(_ event: [String: Any]) {
        guard event["ph"] as? String == "X", let process = event["pid"] as? Int,
          let thread = event["tid"] as? Int,
          let name = event["name"] as? String, let category = event["cat"] as? String,
          let time = event["ts"] as? Double, let duration = event["dur"] as? Double
        else { return nil }
        (rank, self.thread, self.name, self.category) = (process - 1, thread, name, category)
        (begin, end) = (1e-6 * time, 1e-6 * (time + duration))
        step = (event["args"] as? [String: Any])?["step"] as? Int
      }
    }

    /// The timeline of a run on some ranks, and the metrics of the run.
    private func trace(
      ranks: Int, steps: String, _ arguments: [String] = []
    ) throws -> (slices: [Slice], names: [String], metrics: Metrics) {
      try withTemporaryDirectory { directory in
        let ending = try Program.run(
          ranks: ranks,
          ["train"] + SmallRun.arguments
            + ["--output", "run", "--trace", "trace.json", "--trace-steps", steps] + arguments, in: directory)
        try #require(ending.status == 0, "\(ending.errors)")
        let file = try Data(contentsOf: directory.appending(path: "trace.json"))
        let object = try #require(try JSONSerialization.jsonObject(with: file) as? [String: Any])
        let events = try #require(object["traceEvents"] as? [[String: Any]])
        let names = events.filter {
          $0["name"] as? String == "process_name" || $0["name"] as? String == "thread_name"
        }
        .compactMap { ($0["args"] as? [String: Any])?["name"] as? String }
        let slices = events.compactMap(Slice.init)
        #expect(slices.count == events.filter { $0["ph"] as? String == "X" }.count)
        return (slices, names, try Metrics(of: directory.appending(path: "run")))
      }
    }

    @Test(
      "the phases of a step add up to the seconds of the log, whatever the threads and the number of ranks",
      arguments: [(1, 1), (2, 1), (3, 2)])
    func sums(ranks: Int, threads: Int) throws {
      let (slices, _, metrics) = try trace(ranks: ranks, steps: "2:8", ["--set", "threads=\(threads)"])
      let phases = slices.filter { $0.category == "phase" }
      #expect(Set(phases.compactMap(\.step)) == Set(2...8) && Set(phases.map(\.rank)) == Set(0..<ranks))
      for event in metrics.events("step") {
        let step = try #require(event.integer("step"))
        guard (2...8).contains(step) else { continue }
        for (name, seconds) in try #require(event.object("phase_seconds")) {
          let own = phases.filter { $0.rank == 0 && $0.step == step && $0.name == name }
          let sum = own.reduce(0) { $0 + $1.end - $1.begin }
          // Each slice is told to the nanosecond.
          #expect(
            abs(sum - seconds) <= 1e-6 + 2e-9 * Double(own.count), "step \(step): \(name): \(sum), \(seconds)"
          )
        }
      }
    }

    @Test(
      "slices of a thread follow each other or lie within one another; a sum ends nowhere before it has begun everywhere"
    )
    func order() throws {
      let (slices, names, _) = try trace(ranks: 2, steps: "2:8")
      #expect(names.filter { $0.hasPrefix("rank 0 on ") || $0.hasPrefix("rank 1 on ") }.count == 2)
      for (_, thread) in Dictionary(grouping: slices, by: \.thread) {
        var open: [Slice] = []
        for slice in thread.sorted(by: { ($0.begin, $1.end) < ($1.begin, $0.end) }) {
          while let last = open.last, last.end <= slice.begin + 1.5e-9 { open.removeLast() }
          if let last = open.last { #expect(slice.end <= last.end + 1.5e-9, "\(slice) in \(last)") }
          open.append(slice)
        }
      }
      // Clocks of one host are one clock; what differs is what the comparison of clocks may be wrong by.
      let tolerance = 2e-3
      let sums = slices.filter { $0.category == "sum" }
      let steps = slices.filter { $0.category == "step" }
      #expect(steps.count == 14 && Set(steps.map(\.name)).count == 7)
      for step in steps where step.rank == 0 {
        for sum in sums where sum.rank == 0 && sum.begin >= step.begin && sum.end <= step.end {
          let other = try #require(steps.first { $0.name == step.name && $0.rank == 1 })
          let twin = try #require(
            sums.first {
              $0.rank == 1 && $0.name == sum.name && $0.begin >= other.begin && $0.end <= other.end
            })
          #expect(max(sum.begin, twin.begin) <= min(sum.end, twin.end) + tolerance, "\(sum), \(twin)")
        }
      }
      #expect(sums.contains { $0.name == "bucket 1" } && sums.contains { $0.name == "metrics" })
      // Of LeNet every layer with parameters has both gradients, on all microshards, wherever these are.
      let kernels = Set(slices.filter { $0.category == "operation" }.map(\.name))
      for microshard in 0..<5 { #expect(kernels.contains("0 backward weights, \(microshard)"), "\(kernels)") }
      #expect(slices.contains { $0.name == "evaluating test data" && $0.category == "work" })
      #expect(slices.contains { $0.name == "checkpoint" && $0.category == "work" })
      #expect(slices.contains { $0.name == "writing checkpoint 6" && $0.rank == 0 })
    }

    @Test("recording changes no bit")
    func bits() throws {
      let (_, _, metrics) = try trace(ranks: 2, steps: "1:12")
      #expect(metrics.events.last?.string("digest") == (try Bits(ranks: 1)).digest)
    }

    @Test(
      "steps that are none, a file that cannot be made",
      arguments: [
        (
          ["--trace", "t", "--trace-steps", "0:3"],
          "--trace-steps 0:3: expected two steps such as 3:7, the first from 1 on"
        ),
        (["--trace-steps", "1:3"], "--trace-steps 1:3: needs --trace FILE"),
        (["--trace", "nowhere/t"], "nowhere/t: cannot be written: No such file or directory"),
      ])
    func mistakes(arguments: [String], message: String) throws {
      try withTemporaryDirectory { directory in
        let ending = try Program.run(
          ranks: 2, ["train"] + SmallRun.arguments + ["--output", "run"] + arguments, in: directory)
        #expect(ending.status == 2 && ending.errors.contains(message), "\(ending.errors)")
      }
    }
  }
}
