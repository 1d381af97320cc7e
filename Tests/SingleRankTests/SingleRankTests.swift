import Datasets
import Execution
import Foundation
import NeuralNetworks
import Optimizers
import Testing
import Training

/// Training without MPI: neither this target nor the program that it starts depends on MPI or DataParallel.
///
/// The bundle of all tests is linked with MPI by other targets. What the library needs by itself is therefore seen in a
/// program of its own, `single-rank`.
@Suite struct SingleRankTests {
  /// LeNet on 256 glyphs, as the program trains it.
  private static func experiment(epochs: Int) -> Experiment {
    var experiment = Experiment(
      model: LeNet(classes: 10), trainingData: SyntheticGlyphs.generate(seed: 0, split: .train, count: 256),
      testData: SyntheticGlyphs.generate(seed: 0, split: .test, count: 64))
    experiment.recipe.batch = Batch(size: 64, microshards: 4)
    experiment.recipe.updateRule = SGD(momentum: 0.9)
    experiment.recipe.epochs = epochs
    return experiment
  }

  /// Keeps the losses of the epochs.
  private final class Losses: TrainingObserver {
    var values: [Double] = []
    func observe(_ event: TrainingEvent) {
      if case .epoch(let epoch) = event { values.append(epoch.training.loss) }
    }
  }

  @Test("LeNet learns, and twice the same")
  func learns() throws {
    var digests: Set<String> = []
    for threads in [1, 2] {
      var machine = Machine()
      machine.threads = threads
      let losses = Losses()
      let trainer = try Trainer(Self.experiment(epochs: 15), on: machine, observers: [losses])
      digests.insert(try trainer.run().digest)
      #expect(losses.values.count == 15)
      #expect(try #require(losses.values.last) < 0.3 * losses.values[0], "\(losses.values)")
      #expect(try trainer.evaluate(try #require(trainer.experiment.testData)).accuracy > 0.6)
    }
    #expect(digests.count == 1)
  }

  /// A binary that was built together with these tests, beside their bundle.
  private static func binary(_ name: String) -> URL {
    let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL
    let tests = bundle ?? Bundle.main.executableURL ?? URL(filePath: CommandLine.arguments[0])
    return tests.resolvingSymlinksInPath().deletingLastPathComponent().appending(path: name)
  }

  @Test("a program of its own trains it to the same digest")
  func program() throws {
    let (process, pipe) = (Process(), Pipe())
    process.executableURL = Self.binary("single-rank")
    process.standardOutput = pipe
    try process.run()
    let output = try #require(try pipe.fileHandleForReading.readToEnd())
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    let digest = try Trainer(Self.experiment(epochs: 1)).run().digest
    #expect(String(decoding: output, as: UTF8.self) == "digest \(digest)\n")
  }

  @Test("that program names no MPI library that it needs, unlike lockstep")
  func links() throws {
    func names(_ library: String, _ binary: String) throws -> Bool {
      try Data(contentsOf: Self.binary(binary), options: .alwaysMapped).range(of: Data(library.utf8)) != nil
    }
    #expect(try names("libdnnl", "single-rank") && names("libdnnl", "lockstep"))
    #expect(try names("libmpi", "lockstep"), "the control: what is linked with MPI names its library")
    #expect(try !names("libmpi", "single-rank"))
    #expect(try !names("MPI_Allreduce", "single-rank"))
  }
}
