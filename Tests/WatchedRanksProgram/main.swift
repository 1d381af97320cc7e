// Trains LeNet on several ranks, of which the last is slow or hangs where the first argument says; the second is the timeout
// of the watchdog, the third the directory of the flight records, if there is to be one. WatchdogTests starts it.

import DataParallel
import Datasets
import Execution
import Foundation
import NeuralNetworks
import Optimizers
import Training

/// Where the last rank lingers.
enum Fault: String {
  case none, slowStart, slowSamples, hungSample, hungEvaluation, left, stopRequested
}

/// Glyphs of which each takes its time in the first epoch.
struct LingeringSource: SampleSource {
  let glyphs: any SampleSource
  let seconds: Double

  var count: Int { glyphs.count }
  var shape: [Int] { glyphs.shape }
  var target: SampleTarget { glyphs.target }
  var fingerprint: UInt64 { glyphs.fingerprint }
  var description: String { glyphs.description }
  func label(of sample: Int) -> Int32 { glyphs.label(of: sample) }
  func write(_ sample: Int, epoch: Int, into input: inout MutableSpan<Float>) {
    if epoch == 0 { Thread.sleep(forTimeInterval: seconds) }
    glyphs.write(sample, epoch: epoch, into: &input)
  }
}

/// An observer that never comes back after an epoch.
final class Sleeper: TrainingObserver {
  func observe(_ event: TrainingEvent) {
    if case .epoch = event { Thread.sleep(forTimeInterval: 1000) }
  }
}

let fault = Fault(rawValue: CommandLine.arguments[1]) ?? .none
let timeout = Double(CommandLine.arguments[2]) ?? 1
let directory = CommandLine.arguments.dropFirst(3).first

try withRanks { ranks in
  let isLast = ranks.rank == ranks.count - 1
  if isLast, fault == .left { return }
  ranks.watch(WatchdogOptions(timeoutSeconds: timeout, directory: directory))
  if ranks.isCoordinator, fault == .stopRequested { FlightRecorder.stopRequested() }
  if isLast, fault == .slowStart { Thread.sleep(forTimeInterval: 2 * timeout) }
  let glyphs = SyntheticGlyphs.generate(seed: 0, split: .train, count: 16)
  let seconds = [Fault.slowSamples: 0.4 * timeout, .hungSample: 1000, .stopRequested: 1000][fault]
  var experiment = Experiment(
    model: LeNet(classes: 10),
    trainingData: isLast ? seconds.map { LingeringSource(glyphs: glyphs, seconds: $0) } ?? glyphs : glyphs,
    testData: SyntheticGlyphs.generate(seed: 0, split: .test, count: 16))
  experiment.recipe.batch = Batch(size: 16, microshards: 4)
  experiment.recipe.epochs = 3
  var machine = Machine()
  machine.watchdogSeconds = timeout
  let trainer = try Trainer(
    experiment, on: machine, ranks: ranks,
    observers: isLast && fault == .hungEvaluation ? [Sleeper()] : [])
  let end = try trainer.run()
  if ranks.isCoordinator { print("digest \(end.digest)") }
}
