// An own model, update rule, sample source and observer, trained from values on all ranks:
//
//     swift build -c release -Xcc -march=native && mpirun -n 2 .build/release/own-model
//
// The digest at the end is the same on 1, 2, 3, … ranks, up to one for each of the 8 microshards.
import DataParallel
import Datasets
import NeuralNetworks
import Optimizers
import Training

/// A residual network for points of a plane: 2 → 32 → 32 + 32 → classes.
struct SpiralNet: Layer {
  var classes: Int

  func callAsFunction(_ x: Symbol) -> Symbol {
    let y = relu(BatchNorm(name: "bn1")(Linear(32, name: "fc1")(x)))
    let z = relu(BatchNorm(name: "bn2")(Linear(32, name: "fc2")(y)))
    return Linear(classes, name: "fc3")(y + z)
  }
}

/// Points on the arms of a spiral, of which each arm is a class.
struct Spiral: SampleSource {
  let count: Int
  let arms = 3
  /// Where on its arm the first point lies: other points for training than for testing.
  let offset: Float

  var shape: [Int] { [2] }
  var target: SampleTarget { .classes(arms) }
  var description: String { "\(count) points on \(arms) arms of a spiral, offset \(offset)" }
  /// Nothing is read: the description says it all.
  var fingerprint: UInt64 { UInt64(count) }

  func label(of sample: Int) -> Int32 { Int32(sample % arms) }

  /// The arm is a rational curve, so that no processor rounds a sine differently.
  func write(_ sample: Int, epoch: Int, into input: inout MutableSpan<Float>) {
    let along = (Float(sample / arms) + offset) / Float(count / arms)  // 0 … 1
    let t = 4 * along - 2
    let (cosine, sine) = ((1 - t * t) / (1 + t * t), 2 * t / (1 + t * t))
    let (c, s): (Float, Float) = [(1, 0), (-0.5, 0.866), (-0.5, -0.866)][sample % arms]
    input[0] = (0.2 + along) * (c * cosine - s * sine)
    input[1] = (0.2 + along) * (s * cosine + c * sine)
  }
}

/// Steps of one size in the direction of the sign of a running mean of the gradients.
///
/// Bernstein et al. 2018, "signSGD: Compressed Optimisation for Non-Convex Problems", arXiv:1802.04434, algorithm 2 (Signum).
struct Signum: UpdateRule {
  var beta: Float = 0.9

  var name: String { "signum" }
  var slots: [ParameterSlot] { [ParameterSlot(name: "momentum", shape: .parameter)] }

  func update(_ parameter: inout ParameterUpdate, _ step: UpdateStep) {
    let rate = Float(step.learningRate)
    for index in parameter.values.indices {
      let mean = beta * parameter.slots[0, index] + (1 - beta) * parameter.gradients[index]
      parameter.slots[0, index] = mean
      parameter.values[index] -= mean == 0 ? 0 : (mean > 0 ? rate : -rate)
    }
  }
}

/// Prints a line an epoch.
final class EpochPrinter: TrainingObserver {
  func observe(_ event: TrainingEvent) {
    switch event {
    case .started(let start):
      print("\(start.modelName): \(start.parameterCount) parameters on \(start.ranks) ranks")
    case .epoch(let epoch):
      print("epoch \(epoch.epoch): loss \(epoch.training.loss), test accuracy \(epoch.test?.accuracy ?? 0)")
    case .ended(let end): print("digest \(end.digest)")
    default: break
    }
  }
}

var experiment = Experiment(
  model: SpiralNet(classes: 3), trainingData: Spiral(count: 3000, offset: 0),
  testData: Spiral(count: 600, offset: 0.5))
experiment.initialization = .he
experiment.recipe.batch = Batch(size: 64, microshards: 8)
experiment.recipe.updateRule = Signum()
experiment.recipe.schedule = LearningRateSchedule(baseLearningRate: 0.003, curve: .cosine(final: 0))
experiment.recipe.epochs = 5

try withRanks { ranks in
  let observers: [any TrainingObserver] = ranks.isCoordinator ? [EpochPrinter()] : []
  let trainer = try Trainer(experiment, ranks: ranks, observers: observers)
  try trainer.run()
}
