import DataParallel
import Execution
import Foundation
import MPI
import NeuralNetworks
import Reports
import Training

/// What training steps took: times of the slowest rank, kernels and allocations of rank 0, memory of the largest.
struct StepMeasurement {
  /// What is timed of a step, under the names of `metrics.jsonl`.
  static let phaseNames = ["data", "forward", "backward", "reduction", "update"]

  let configuration: Configuration
  /// What makes the steps slower than they need be, or inexact.
  let warnings: [String]
  let rankCount: Int
  let input: Shape
  let parameterCount: Int
  let stepCount: Int
  /// Whole steps, in seconds.
  let seconds: Spread
  /// By phase, its median in seconds.
  let phaseSeconds: [Double]
  /// Of the steps with measured kernels, by kind what one step took.
  let kernels: [(kind: KernelProfile.Kind, total: KernelProfile)]
  /// Allocations in one step on rank 0, the fewest; nil where they cannot be counted.
  let allocationCount: Int?
  /// The largest resident set that a rank ever had, in bytes; nil where the system does not tell.
  let peakByteCount: Int?

  var imagesPerSecond: Double { Double(configuration.recipe.batch.size) / seconds.median }

  /// Times steps of training, after some that are not counted, then measures the kernels in further ones.
  ///
  /// Every rank must call this with equal arguments.
  init(
    _ configuration: Configuration, stepCount: Int, ranks: MPIRanks, counter: AllocationCounter?
  ) throws {
    let runner = try StepRunner(configuration, ranks: ranks)
    var steps: [[Double]] = []
    var allocations: [Int] = []
    for _ in 0..<stepCount {
      counter?.begin()
      var times = try runner.step()
      if let count = counter?.end() { allocations.append(count) }
      try times.withUnsafeMutableBufferPointer { try ranks.world.allReduce($0, .maximum) }
      steps.append(times)
    }
    let profiledCount = min(stepCount, 5)
    runner.replica.executor.measuresKernels(true)
    for _ in 0..<profiledCount { _ = try runner.step() }

    self.configuration = configuration
    warnings = runner.replica.warnings
    rankCount = ranks.count
    input = runner.replica.executor.graph.inputShape
    parameterCount = runner.replica.executor.graph.parameterCount
    self.stepCount = stepCount
    seconds = Spread(steps.map { $0[0] })
    phaseSeconds = Self.phaseNames.indices.map { phase in Spread(steps.map { $0[1 + phase] }).median }
    kernels = Self.byKind(runner.replica.executor.kernelProfiles(), stepCount: profiledCount)
    allocationCount = allocations.min()
    let peak = try ranks.world.allReduce(Int64(Self.peakByteCount ?? 0), .maximum)
    peakByteCount = peak > 0 ? Int(peak) : nil
  }

  private static func byKind(
    _ profiles: [KernelProfile], stepCount: Int
  ) -> [(kind: KernelProfile.Kind, total: KernelProfile)] {
    KernelProfile.Kind.allCases.compactMap { kind in
      let chosen = profiles.filter { $0.kind == kind }
      guard var total = chosen.first else { return nil }
      total.seconds = chosen.reduce(0) { $0 + $1.seconds } / Double(stepCount)
      total.operations = chosen.reduce(0) { $0 + $1.operations }
      total.bytes = chosen.reduce(0) { $0 + $1.bytes }
      return (kind, total)
    }
  }

  /// The largest resident set that this process ever had, in bytes: the kernel's VmHWM.
  private static var peakByteCount: Int? {
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return nil }
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return line?.split(separator: " ").compactMap { Int($0) }.first.map { $0 * 1024 }
  }
}
