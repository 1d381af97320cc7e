import Execution
import NeuralNetworks
import Records
import Reports

/// Of what `lockstep curvature` tells the curvature.
struct CurvatureHeading {
  /// The checkpoint.
  var path: String
  /// The name of the model.
  var model: String
  /// The samples that are taken, of all training samples.
  var sampleCount: Int
  var availableCount: Int
  var batchSize: Int
  /// Nil for a model without batch normalization.
  var batchNorm: Curvature.BatchNorm?
  /// Over what the configuration takes batch statistics.
  var statistics: BatchStatistics

  /// What is examined, how, and the memory that it takes.
  ///
  /// - Parameters:
  ///   - parameterCount: the parameters of the model.
  ///   - stepLimit: the vectors that Lanczos' method may keep.
  ///   - probeCount: the products for the trace.
  ///   - microshardByteCount: the memory of a microshard in the passes that make products.
  func lines(parameterCount: Int, stepLimit: Int, probeCount: Int, microshardByteCount: Int) -> [String] {
    let samples =
      sampleCount == availableCount
      ? "all \(sampleCount) training samples"
      : "the first \(sampleCount) of \(availableCount) training samples"
    let normalization =
      switch batchNorm {
      case .training: "batch norm in training mode, with \(statistics.rawValue) statistics of each batch"
      case .evaluation: "batch norm in evaluation mode, with running statistics"
      case nil: "no batch norm"
      }
    let memory = LossCurvature.byteCounts(parameterCount: parameterCount, stepLimit: stepLimit)
    let (lanczos, others) = (Summary.bytes(memory.lanczos), Summary.bytes(memory.others))
    let passes = LossCurvature.passCounts(stepLimit: stepLimit, probeCount: probeCount)
    return [
      "curvature of the training loss at \(path): \(model), \(parameterCount) parameters",
      "\(samples), in batches of \(batchSize); \(normalization)",
      "memory on each rank: \(lanczos) of vectors for Lanczos' method, \(others) of others, \(Summary.bytes(microshardByteCount)) for each microshard",
      "up to \(passes.products) exact products with the Hessian and \(passes.gradients) gradients, each a pass over the samples",
    ]
  }

  /// The same for programs.
  var members: [(key: String, value: JSON)] {
    let used = batchNorm.map { $0 == .evaluation ? "running" : statistics.rawValue }
    return [
      ("checkpoint", .text(path)), ("samples", .integer(sampleCount)), ("batch", .integer(batchSize)),
      ("batch_norm", batchNorm.map { JSON.text($0.rawValue) } ?? .null),
      ("statistics", used.map(JSON.text) ?? .null),
    ]
  }
}
