import DataParallel
import Datasets
import Execution
import MPI
import Minimization
import Mistakes
import NeuralNetworks
import Records
import Reports
import Training

/// The curvature of a checkpoint's training loss, and the gradients of its layers.
package enum Curvature {
  /// By what statistics batch normalizations normalize.
  package enum BatchNorm: String, Sendable {
    /// Those of each batch, as configured: the loss that training descends.
    case training
    /// The running ones: the loss of the network as it is evaluated, which knows no batches.
    case evaluation
  }

  /// What the command line says.
  struct Options: Sendable {
    /// The model file.
    var checkpointPath: String
    /// A configuration for files that tell none, such as those of PyTorch.
    var configurationPath: String?
    /// Changes of the configuration, each `KEY=VALUE`.
    var overrides: [String]
    /// How many training samples are taken, the first ones, ≥ 1; nil for all.
    var sampleCount: Int?
    /// The most products of Lanczos' method, ≥ 1.
    var stepLimit: Int
    /// The products for the trace, ≥ 2.
    var probeCount: Int
    /// By what statistics batch normalizations normalize.
    var batchNorm: BatchNorm
    /// Names the random vectors.
    var seed: UInt64
    /// Whether to print one JSON object.
    var printsJSON: Bool

    /// What must be the same on all ranks beside the configuration.
    fileprivate var entries: StartCheck.Entries {
      [
        ("--samples", "\(sampleCount.map(JSON.integer) ?? .null)"), ("--steps", "\(stepLimit)"),
        ("--probes", "\(probeCount)"), ("--batch-norm", batchNorm.rawValue), ("--seed", "\(seed)"),
        ("--json", "\(printsJSON)"),
      ]
    }
  }

  /// Prints extreme eigenvalues and trace of the Hessian, and the gradients of the layers.
  ///
  /// Every rank must call this, with the same options.
  static func examine(_ options: Options, ranks: MPIRanks) throws {
    let checkpoint = try OpenedCheckpoint(
      path: options.checkpointPath, configurationPath: options.configurationPath,
      overrides: options.overrides, split: .train, weights: .trained,
      options: options.entries, ranks: ranks, check: check)
    let (configuration, samples) = (checkpoint.configuration, checkpoint.samples)
    try ranks.agree {
      if let count = options.sampleCount, count > samples.count {
        throw UserMistake(
          "--samples \(count): more than the \(samples.count) training samples of "
            + configuration.data.source)
      }
    }
    // Named, since without it those of frozen parts would count: the curvature is that of all parameters.
    let replica = try checkpoint.replica(
      trains: true,
      statistics: options.batchNorm == .evaluation ? .running : configuration.recipe.statistics)
    let products = try products(of: replica, configuration, ranks: ranks)
    if ranks.isCoordinator {
      (replica.warnings + samples.warnings).forEach { printOnStandardError("warning: \($0)") }
    }
    let gradient = LossGradient(
      replica.executor,
      batches: Batches(
        sampleCount: options.sampleCount ?? samples.count, batchSize: configuration.recipe.batch.size),
      checksReplicas: ranks.count > 1, prepare: { replica.weigh($0, of: samples) }
    ) { sample, memory in
      replica.write(sample, of: samples, epoch: 0, to: memory)
    }
    let hessian = LossHessian(of: gradient, products)
    let heading = CurvatureHeading(
      path: checkpoint.path, model: configuration.model.name,
      sampleCount: gradient.batches.sampleCount, availableCount: samples.count,
      batchSize: configuration.recipe.batch.size,
      batchNorm: replica.executor.graph.buffers.isEmpty ? nil : options.batchNorm,
      statistics: configuration.recipe.statistics)
    // What takes long is announced.
    let graph = replica.executor.graph
    if !options.printsJSON {
      try heading.lines(
        parameterCount: graph.parameterCount, stepLimit: options.stepLimit, probeCount: options.probeCount,
        microshardByteCount: products.microshardByteCount
      )
      .forEach(ranks.printOnce)
    }
    let curvature = try examine(hessian, options, replica)
    try replica.requireWhole(samples)
    let report = CurvatureReport(heading: heading, curvature: curvature, graph: graph)
    if options.printsJSON {
      try ranks.printOnce("\(report.json)")
    } else {
      try report.lines.forEach(ranks.printOnce)
    }
  }

  /// Compiles the products with the Hessian of a replica's loss, whose sums travel beside the replica's own.
  private static func products(
    of replica: Replica, _ configuration: Configuration, ranks: MPIRanks
  ) throws -> HessianProducts {
    let sums = try ranks.makeSums(
      SumRequest(
        microshardCount: configuration.recipe.batch.microshards, threads: replica.machine.threads,
        sendsGradients: false, collectives: configuration.recipe.collectives,
        options: replica.machine.reduction))
    let products = try HessianProducts(of: replica.executor, reduction: sums.reduction)
    try StartCheck(ranks).requireEqual(sums: products.sums)
    // The ranks of a host need as much as this one, but for a microshard.
    try MemoryCheck(ranks).require(
      key: "batch.size", purpose: "a product with the Hessian",
      remedy: "take a smaller batch or model, or fewer ranks a host"
    ) { _ in products.byteCount }
    return products
  }

  /// Requires a precision whose rounding leaves something of the curvature.
  private static func check(_ configuration: Configuration, source: String) throws(UserMistake) {
    guard configuration.recipe.precision == .float32 else {
      throw UserMistake(
        "\(source): precision: \(configuration.recipe.precision.rawValue) is too coarse for products with the Hessian; "
          + "take float32, in which all checkpoints are")
    }
  }

  /// Examines the loss; what all ranks find alike and cannot go on with becomes a common failure.
  private static func examine(
    _ hessian: LossHessian, _ options: Options, _ replica: Replica
  ) throws -> LossCurvature {
    let message: String
    do {
      return try LossCurvature(
        hessian, stepLimit: options.stepLimit, probeCount: options.probeCount, seed: options.seed)
    } catch let error as ReplicaCheckFailure {
      let found = try replica.difference(of: error.hashes) ?? "the sum that compares them is damaged"
      message = "\(found); the memory or the processor of a host may be faulty"
    } catch let error as LossNotFinite {
      message = "\(options.checkpointPath): \(error)"
    } catch let error as OperatorError {
      message = "\(options.checkpointPath): the Hessian of the loss: \(error)"
    } catch let error as LinearAlgebraError {
      message = "\(options.checkpointPath): Lanczos' method: \(error)"
    }
    throw CommonFailure(message: replica.ranks.isCoordinator ? message : nil)
  }
}
