import Foundation
import Testing

extension EndToEndTests {
  /// `launch/track-mlflow`, with MLflow's own client.
  @Suite struct MLflowTests {
    private static let script = SmallRun.repository.appending(path: "launch/track-mlflow").path

    static let isInstalled: Bool = {
      let check = "import mlflow, sqlalchemy, alembic"
      let ending = try? RunningProgram(
        [PyTorch.python, "-c", check], in: nil, environment: PyTorch.environment
      ).wait()
      return ending?.status == 0
    }()

    private func track(_ arguments: [String], in directory: URL) throws -> RunningProgram.Ending {
      try RunningProgram(
        [Self.script] + arguments + ["--python", PyTorch.python], in: directory,
        environment: PyTorch.environment
      ).wait(seconds: 120)
    }

    @Test(
      "a run is in the store once, with every step",
      .enabled(if: isInstalled, "needs a Python with mlflow, named by LOCKSTEP_PYTHON"))
    func run() throws {
      try withTemporaryDirectory { directory in
        let training = try Program.run(["train"] + SmallRun.arguments + ["--output", "run"], in: directory)
        #expect(training.status == 0)
        for _ in 0..<2 {
          let tracked = try track(["run", "--store", "store.db"], in: directory)
          #expect(tracked.status == 0, "\(tracked.errors)")
        }
        let read = """
          import json, mlflow
          client = mlflow.MlflowClient("sqlite:///store.db")
          runs = client.search_runs([client.get_experiment_by_name("lockstep").experiment_id])
          losses = client.get_metric_history(runs[0].info.run_id, "train/loss")
          print(json.dumps([[len(runs)], [m.step for m in losses], [m.value for m in losses]]))
          """
        let ending = try RunningProgram(
          [PyTorch.python, "-c", read], in: directory, environment: PyTorch.environment
        ).wait()
        let found = try JSONDecoder().decode([[Double]].self, from: Data(ending.output.utf8))
        let steps = try Metrics(of: directory.appending(path: "run")).events("step")
        #expect(
          found == [[1], steps.compactMap { $0.number("step") }, steps.compactMap { $0.number("loss") }])
      }
    }

    @Test("what is no run, and a Python without MLflow, are told")
    func mistakes() throws {
      try withTemporaryDirectory { directory in
        let none = try track(["run"], in: directory)
        #expect(none.status == 2)
        #expect(none.errors == "track-mlflow: run: has no metrics.jsonl and manifest.json of a training\n")
        for name in ["metrics.jsonl", "manifest.json"] {
          try Data().write(to: directory.appending(path: name))
        }
        let ending = try RunningProgram(
          [Self.script, ".", "--python", "/bin/false"], in: directory, environment: Program.environment
        ).wait()
        #expect(
          ending.status == 2 && ending.errors.hasPrefix("track-mlflow: --python /bin/false: has no mlflow; "))
      }
    }
  }
}
