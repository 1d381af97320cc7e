import Foundation
import Safetensors
import Testing

extension EndToEndTests {
  /// The bytes of checkpoints: they hold what a run computes with, and nothing of where and how it was computed.
  @Suite struct CheckpointFileTests {
    /// Every file of every checkpoint of a run, by its name.
    private typealias Files = [String: Data]

    /// Trains the small run with further arguments, and reads its checkpoints.
    private static func files(ranks: Int?, _ changes: [String]) throws -> Files {
      try withTemporaryDirectory { directory in
        let training = try Program.run(
          ranks: ranks,
          ["train"] + SmallRun.arguments + ["--output", "run"] + changes.flatMap { ["--set", $0] },
          in: directory)
        try #require(training.status == 0, "\(training.errors)")
        let checkpoints = directory.appending(path: "run/checkpoints")
        let names = contents(of: checkpoints)
        return try Dictionary(
          uniqueKeysWithValues: names.map { ($0, try Data(contentsOf: checkpoints.appending(path: $0))) })
      }
    }

    private static let adamW = "optimizer={name: adamw, learning_rate: 0.002}"
    private static let references = [[], [adamW]].map { rule in Result { try files(ranks: 1, rule) } }

    @Test(
      "ranks, threads, logging, checks and the way of the sums leave the same bytes",
      arguments: [0, 1],
      [
        (2, []), (nil, ["threads=2"]), (1, ["log.every_steps=1"]), (3, ["desync_check.every_steps=1"]),
        (nil, ["verify.every_steps=1"]), (3, ["verify.every_steps=1", "threads=2"]),
        (3, ["reduction={overlap: off, bucket_bytes: 5000}"]),
        (4, ["reduction={overlap: thread, ranks_per_host: 2}", "threads=2", "log={every_steps: 7}"]),
      ] as [(Int?, [String])])
    func sameBytes(rule: Int, run: (ranks: Int?, changes: [String])) throws {
      let reference = try Self.references[rule].get()
      let steps = ["step-00000006", "step-00000012"]
      let names = ["best", "latest"] + steps.flatMap { ["\($0).safetensors", "\($0).state"] }
      #expect(reference.keys.sorted() == names)
      let files = try Self.files(ranks: run.ranks, run.changes + (rule == 1 ? [Self.adamW] : []))
      #expect(files.keys.sorted() == names)
      for name in names { #expect(files[name] == reference[name], "\(name)") }
    }

    @Test(
      "what the bits depend on leaves others", arguments: ["seed=1", "loss.label_smoothing=0.1", "epochs=3"])
    func otherBytes(change: String) throws {
      let (files, reference) = (try Self.files(ranks: 1, [change]), try Self.references[0].get())
      let name = "step-00000006.safetensors"
      #expect(files[name] != nil && files[name] != reference[name])
    }

    @Test("the state of an update rule has its slots, each under the name of its parameter")
    func slots() throws {
      for (reference, slots) in zip(Self.references, [["momentum_buffer"], ["exp_avg", "exp_avg_sq"]]) {
        let files = try reference.get()
        let model = try tensorFile(files, "step-00000012.safetensors")
        let state = try tensorFile(files, "step-00000012.state")
        let parameters = model.tensors.filter {
          ["weight", "bias"].contains($0.name.split(separator: ".").last.map(String.init))
        }
        let expected = parameters.flatMap { name, tensor in slots.map { "\($0)/\(name) \(tensor)" } }
        #expect(Set(state.tensors.map { "\($0.name) \($0.tensor)" }) == Set(expected))
        for (name, tensor) in state.tensors {
          let values = try #require(tensor.elements(as: Float.self))
          #expect(values.allSatisfy(\.isFinite) && values.contains { $0 != 0 }, "\(name)")
          if name.hasPrefix("exp_avg_sq/") { #expect(values.allSatisfy { $0 >= 0 }, "\(name)") }
        }
        #expect(state.metadata["lockstep.step"] == "12")
      }
    }

    private func tensorFile(_ files: Files, _ name: String) throws -> TensorFile {
      try withTemporaryDirectory { directory in
        let file = directory.appending(path: name)
        try #require(files[name]).write(to: file)
        return try TensorFile(contentsOf: file.path)
      }
    }
  }
}
