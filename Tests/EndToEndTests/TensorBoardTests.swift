import Foundation
import Testing

extension EndToEndTests {
  /// What the real TensorBoard reads of a run.
  @Suite(.enabled(if: TensorBoard.isInstalled, "needs a Python with tensorboard, named by LOCKSTEP_PYTHON"))
  struct TensorBoardTests {
    private static let training =
      ["train"] + SmallRun.arguments + ["--output", "run", "--set", "tensorboard.histograms_every_steps=5"]

    @Test(
      "the numbers of all steps and evaluations are those of metrics.jsonl, once each, also after a kill and a resume"
    )
    func numbers() throws {
      try withTemporaryDirectory { directory in
        let output = directory.appending(path: "run")
        // Killed behind a checkpoint: steps 5 to 8 are computed, and told, twice.
        let killed = try Program.run(
          ranks: 2,
          Self.training + ["--set", "checkpoint.every_steps=4", "--inject", "kill:rank=1,step=9"],
          in: directory)
        #expect(killed.status != 0)
        let before = try TensorBoard(output)
        #expect(before.scalars["loss/train"]?.map { Int($0[0]) } == Array(1...8))
        let resumed = try Program.run(ranks: 1, Self.training + ["--resume", "auto"], in: directory)
        #expect(resumed.status == 0, "\(resumed.errors)")
        let read = try TensorBoard(output)
        let metrics = try Metrics(of: output)
        let steps = metrics.events("step")
        #expect(steps.count == SmallRun.epochs * SmallRun.stepsPerEpoch)
        for (tag, key) in [
          ("loss/train", "loss"), ("accuracy/train", "accuracy"), ("learning_rate", "learning_rate"),
          ("seconds/step", "seconds"), ("images_per_second", "images_per_second"),
        ] {
          let told = steps.map { [$0.number("step"), $0.number(key).map { Double(Float($0)) }] }
          #expect(read.scalars[tag] == told, "\(tag)")
        }
        for split in ["train", "test"] {
          let told = metrics.events("evaluation").filter { $0.string("split") == split }
            .map { [$0.number("step"), $0.number("loss").map { Double(Float($0)) }] }
          #expect(told.count == 2 && read.scalars["loss/\(split == "train" ? "train_epoch" : split)"] == told)
        }
        #expect(read.scalars["macro_f1/test"]?.count == 2)
        #expect(read.images["confusion/test"]?.map { $0.step } == [6, 12])
        #expect(read.histograms["weights/0.weight"]?.map { $0.step } == [5, 10])
        #expect(read.histograms["gradients/0.weight"]?.map { $0.count } == [150, 150])
        let times = read.scalars.filter { $0.key.hasPrefix("layer_backward_seconds/") }
        #expect(
          times.count >= 5
            && times.values.allSatisfy { $0.map { $0[0] } == [5, 10] && $0.allSatisfy { $0[1] > 0 } })
      }
    }
  }
}

/// What TensorBoard's own reader finds in a run, by the script `read_events.py`.
private struct TensorBoard: Decodable {
  static let isInstalled: Bool = {
    let check = "import importlib.util, sys; sys.exit(not importlib.util.find_spec('tensorboard'))"
    let ending = try? RunningProgram(
      [PyTorch.python, "-c", check], in: nil, environment: PyTorch.environment
    )
    .wait()
    return ending?.status == 0
  }()

  struct Histogram: Decodable {
    let step: Int
    let count: Double
    let counts: [Double]

    init(from decoder: any Decoder) throws {
      var list = try decoder.unkeyedContainer()
      step = try list.decode(Int.self)
      _ = (try list.decode(Double.self), try list.decode(Double.self))
      count = try list.decode(Double.self)
      _ = (try list.decode(Double.self), try list.decode(Double.self), try list.decode([Double].self))
      counts = try list.decode([Double].self)
    }
  }

  struct Image: Decodable {
    let step, width, height: Int
    let isPNG: Bool

    init(from decoder: any Decoder) throws {
      var list = try decoder.unkeyedContainer()
      (step, width) = (try list.decode(Int.self), try list.decode(Int.self))
      (height, isPNG) = (try list.decode(Int.self), try list.decode(Bool.self))
    }
  }

  let scalars: [String: [[Double]]]
  let histograms: [String: [Histogram]]
  let images: [String: [Image]]

  init(_ output: URL) throws {
    let script = SmallRun.repository.appending(path: "Tests/EndToEndTests/read_events.py")
    let ending = try RunningProgram(
      [PyTorch.python, script.path, output.appending(path: "tensorboard").path], in: nil,
      environment: PyTorch.environment
    ).wait()
    try #require(ending.status == 0, "\(ending.errors)")
    self = try JSONDecoder().decode(Self.self, from: Data(ending.output.utf8))
  }
}
