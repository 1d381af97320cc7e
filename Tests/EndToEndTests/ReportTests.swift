import Foundation
import Testing

extension EndToEndTests {
  /// `lockstep report`.
  @Suite struct ReportTests {
    private static func report(_ arguments: [String], in directory: URL) throws -> RunningProgram.Ending {
      try Program.run(ranks: nil, ["report"] + arguments, in: directory)
    }

    private static func train(_ output: String, _ arguments: [String] = [], ranks: Int = 2, in directory: URL)
      throws
    {
      let ending = try Program.run(
        ranks: ranks, ["train"] + SmallRun.arguments + ["--output", output] + arguments, in: directory)
      try #require(ending.status == 0, "\(ending.errors)")
    }

    /// The labels of the plots of a page.
    private static func plots(_ page: String) -> [String] {
      page.matches(of: /<svg [^>]*aria-label="([^"]*)"/).map { String($0.1) }
    }

    @Test("a run's page has its numbers, every plot and the manifest")
    func oneRun() throws {
      try withTemporaryDirectory { directory in
        try Self.train("run", ["--set", "optimizer.clip_norm=1"], in: directory)
        let ending = try Self.report(["run"], in: directory)
        try #require(ending.status == 0, "\(ending.errors)")
        #expect(ending.output == "run/report.html\n")
        let page = try String(contentsOf: directory.appending(path: "run/report.html"), encoding: .utf8)
        #expect(
          Self.plots(page) == [
            "Loss of each step", "Loss after each epoch", "Accuracy after each epoch", "Learning rate",
            "Norm of the gradient", "Time of a step by phase", "Images a second",
            "Where the time of the ranks of run went", "Confusion matrix of run",
          ])
        let metrics = try Metrics(of: directory.appending(path: "run"))
        let digest = try #require(metrics.events.last?.string("digest"))
        #expect(page.contains(digest.prefix(16)))
        let test = try #require(metrics.events("evaluation").last { $0.string("split") == "test" })
        #expect(page.contains(String(format: "%.4f", try #require(test.number("loss")))))
        for text in ["model.name", "\"lenet\"", "program_sha256", "2 ranks × 1 thread"] {
          #expect(page.contains(text.replacing("\"", with: "")), "\(text)")
        }
        #expect(!page.contains("://"))
        // The run's directory is still that of a run.
        #expect(try Program.run(ranks: nil, ["audit", "run"], in: directory).status == 0)
      }
    }

    @Test("seeds of an experiment are one curve, another experiment is another; what differs is told")
    func severalRuns() throws {
      try withTemporaryDirectory { directory in
        for seed in 0..<3 {
          try Self.train("a/seed-\(seed)", ["--set", "seed=\(seed)"], ranks: 1, in: directory)
        }
        try Self.train("b/seed-0", ["--set", "optimizer.learning_rate=0.01"], ranks: 1, in: directory)
        let ending = try Self.report(
          ["a/seed-0", "a/seed-1", "a/seed-2", "b/seed-0", "--output", "all.html", "--title", "Two <arms>"],
          in: directory)
        try #require(ending.status == 0, "\(ending.errors)")
        let page = try String(contentsOf: directory.appending(path: "all.html"), encoding: .utf8)
        #expect(page.contains("<h1>Two &lt;arms&gt;</h1>"))
        #expect(page.contains(">a, 3 seeds</text>") && page.contains(">b/seed-0</text>"))
        let rows = page.matches(of: /<th scope="row">([a-z_.]+)<\/th>/).map { String($0.1) }
        #expect(rows.contains("seed") && rows.contains("optimizer.learning_rate"))
        #expect(page.contains("band f0"))
      }
    }

    @Test("a run that is interrupted and goes on, and one that is at work, have their pages")
    func interrupted() throws {
      try withTemporaryDirectory { directory in
        try Self.train("run", ["--max-steps", "4"], in: directory)
        try Self.train("run", ["--resume", "auto"], ranks: 3, in: directory)
        #expect(try Self.report(["run"], in: directory).status == 0)
        let path = directory.appending(path: "run/report.html")
        #expect(
          try String(contentsOf: path, encoding: .utf8).contains(
            "run went on after step 4; an interruption changes no bit."))
        // Cut in the middle of a line, as the file of a run at work may be read.
        let log = directory.appending(path: "run/metrics.jsonl")
        let text = try String(contentsOf: log, encoding: .utf8)
        try Data(text.prefix(text.count / 2).utf8).write(to: log)
        #expect(try Self.report(["run"], in: directory).status == 0)
        #expect(try String(contentsOf: path, encoding: .utf8).contains("has not ended"))
      }
    }

    @Test("what is no run, and a file that cannot be written, is told in one line")
    func mistakes() throws {
      try withTemporaryDirectory { directory in
        try FileManager.default.createDirectory(
          at: directory.appending(path: "broken"), withIntermediateDirectories: true)
        try Data("{".utf8).write(to: directory.appending(path: "broken/sweep.json"))
        for (arguments, words) in [
          (["nowhere"], "nowhere: holds no metrics.jsonl"), (["broken"], "broken/sweep.json"),
        ] {
          let ending = try Self.report(arguments, in: directory)
          #expect(ending.status == 2 && ending.errorLines.count == 1, "\(ending.errors)")
          #expect(ending.errors.contains(words), "\(ending.errors)")
        }
        try Self.train("run", ["--max-steps", "1"], ranks: 1, in: directory)
        let ending = try Self.report(["run", "--output", "nowhere/page.html"], in: directory)
        #expect(ending.status == 2 && ending.errors.contains("nowhere/page.html"), "\(ending.errors)")
      }
    }

    private static let chromium: String? = ["chromium", "chromium-browser", "google-chrome"].lazy
      .compactMap { name in
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(name)" }
          .first { FileManager.default.isExecutableFile(atPath: $0) }
      }.first

    @Test(
      "a browser shows a page without complaint, every plot in it with a size",
      .enabled(if: chromium != nil, "needs chromium"))
    func browser() throws {
      try withTemporaryDirectory { directory in
        try Self.train("run", in: directory)
        #expect(try Self.report(["run"], in: directory).status == 0)
        let path = directory.appending(path: "run/report.html")
        // The browser itself counts, behind the page's own content.
        let script = """
          <script>
            const sizes = [...document.querySelectorAll("svg")].map(s => s.getBoundingClientRect())
            const wide = document.documentElement.scrollWidth > document.documentElement.clientWidth
            document.title = `plots ${sizes.filter(s => s.width > 100 && s.height > 30).length} of ${sizes.length} wide ${wide}`
          </script></body>
          """
        let page = try String(contentsOf: path, encoding: .utf8)
        try Data(page.replacing("</body>", with: script).utf8).write(to: path)
        for width in [1280, 400] {
          let ending = try RunningProgram(
            [
              try #require(Self.chromium), "--headless", "--no-sandbox", "--disable-gpu",
              "--enable-logging=stderr",
              "--window-size=\(width),900", "--user-data-dir=\(directory.path)/profile", "--dump-dom",
              "file://\(path.path)",
            ], in: directory, environment: ProcessInfo.processInfo.environment
          ).wait(seconds: 120)
          #expect(!ending.allErrors.contains("CONSOLE"), "\(ending.allErrors)")
          #expect(
            ending.output.contains("<title>plots 8 of 8 wide false</title>"), "\(ending.output.prefix(600))")
        }
      }
    }
  }
}
