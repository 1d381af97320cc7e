import Mistakes
package import NeuralNetworks
import Records

/// How a run treats weights that were trained before: which it begins with, which of them it trains, and how fast.
///
/// Parts of a model are named by prefixes of dotted paths: `layer4` for all parameters below it, `fc.bias` for one.
///
/// ```swift
/// experiment.recipe.fineTuning.reset = ["fc"]
/// experiment.recipe.fineTuning.frozen = ["conv1", "bn1", "layer1"]
/// experiment.recipe.fineTuning.rates = [FineTuning.Rate("fc", factor: 10)]
/// ```
public struct FineTuning: Hashable, Sendable {
  /// The parameters that stay as they are: no gradient, no update, no weight decay, no slots.
  ///
  /// Batch normalizations among them normalize with the statistics of the batch and update their running statistics, as
  /// PyTorch's do with `requires_grad = False`; see ``freezesStatistics``.
  public var frozen: [String] = []

  /// Whether batch normalizations whose scale and shift are frozen normalize with their running statistics, which then stay as
  /// they are, too: PyTorch's `eval()` on them.
  public var freezesStatistics = false

  /// The parameters, and the running statistics beside them, that keep their fresh initialization whatever the initial weights
  /// hold, such as a head for other classes.
  public var reset: [String] = []

  /// Factors of the learning rate; the longest prefix counts, and 1 where there is none.
  public var rates: [Rate] = []

  /// The digest of the weights that the run begins with, 64 hexadecimal digits; nil for the initialization.
  ///
  /// `lockstep digest FILE` prints it, and `Trainer.begin(with:)` sees that the weights have it.
  public var initialWeights: String?

  /// A factor of the learning rate.
  public struct Rate: Hashable, Sendable {
    /// Which parameters.
    public var prefix: String
    /// The factor, > 0.
    public var factor: Double

    /// Makes a factor for all parameters under a prefix.
    public init(_ prefix: String, factor: Double) {
      (self.prefix, self.factor) = (prefix, factor)
    }
  }

  /// Trains all parameters from their initialization at one learning rate.
  public init() {}

  /// The factor of a parameter's learning rate.
  func rateFactor(of path: String) -> Double {
    rates.filter { Graph.isPath(path, under: $0.prefix) }.max { $0.prefix.count < $1.prefix.count }?.factor
      ?? 1
  }

  /// Where a prefix stands in a configuration.
  package struct Place: Hashable, Sendable {
    /// The dotted key: `model.freeze`, `model.reset`, `optimizer.rates`.
    package var key: String
    /// The position in the list of the key.
    package var index: Int
    /// The prefix.
    package var prefix: String

    /// A prefix at a position of a key's list.
    package init(key: String, index: Int, prefix: String) {
      (self.key, self.index, self.prefix) = (key, index, prefix)
    }
  }

  /// All prefixes.
  package var places: [Place] {
    [("model.freeze", frozen), ("model.reset", reset), ("optimizer.rates", rates.map(\.prefix))].flatMap {
      key, prefixes in
      prefixes.enumerated().map { Place(key: key, index: $0.offset, prefix: $0.element) }
    }
  }

  /// The prefixes that stand for no parameter of a model.
  package func strangers(in graph: Graph) -> [Place] {
    places.filter { graph.parameters(under: [$0.prefix]).isEmpty }
  }

  /// What contradicts itself for a model: the key, and what is wrong; nil if all fits.
  package func contradiction(in graph: Graph) -> (key: String, problem: String)? {
    let still = graph.parameters(under: frozen)
    if still.count == graph.parameters.count {
      return ("model.freeze", "all \(still.count) parameters are frozen; at least one must be trained")
    }
    if freezesStatistics, frozen.isEmpty {
      return (
        "model.freeze_statistics", "found true, but model.freeze, whose batch norms it is about, is left out"
      )
    }
    for rate in rates where still.isSuperset(of: graph.parameters(under: [rate.prefix])) {
      return ("optimizer.rates", "\(rate.prefix): all its parameters are frozen by model.freeze")
    }
    return nil
  }

  /// Requires that all prefixes stand for parameters of a model, and that something is left to train.
  func check(_ graph: Graph) throws(UserMistake) {
    if let place = strangers(in: graph).first {
      let names = graph.parameterPrefixes
      throw UserMistake(
        "\(place.key): found \(place.prefix), expected the beginning of parameters' names, such as "
          + names.prefix(8).joined(separator: ", ") + (names.count > 8 ? ", …" : ""))
    }
    for rate in rates where !(rate.factor > 0 && Float(rate.factor).isFinite) {
      throw UserMistake(
        "optimizer.rates.\(rate.prefix): found \(rate.factor), expected a number greater than 0")
    }
    if let (key, problem) = contradiction(in: graph) { throw UserMistake("\(key): \(problem)") }
  }

  /// What is frozen, for a log; nothing where nothing is.
  func lines(of graph: Graph) -> [String] {
    guard !frozen.isEmpty else { return [] }
    let still = graph.parameters(under: frozen)
    let count = still.reduce(0) { $0 + graph.parameters[$1].shape.count }
    return [
      "frozen: \(still.count) of \(graph.parameters.count) tensors, \(count) of \(graph.parameterCount) parameters, under "
        + frozen.joined(separator: ", ") + (freezesStatistics ? "; with their running statistics" : "")
    ]
  }

  // MARK: - Records

  /// What stands in the section `model` of a record; nothing where all is as usual, as in records from before.
  var modelMembers: [(key: String, value: JSON)] {
    func list(_ prefixes: [String]) -> JSON { .list(prefixes.map(JSON.text)) }
    return (frozen.isEmpty ? [] : [("freeze", list(frozen))])
      + (freezesStatistics ? [("freeze_statistics", .boolean(true))] : [])
      + (initialWeights.map { [("initial_weights", .text($0))] } ?? [])
      + (reset.isEmpty ? [] : [("reset", list(reset))])
  }

  /// What stands in the section `optimizer` of a record.
  var optimizerMembers: [(key: String, value: JSON)] {
    guard !rates.isEmpty else { return [] }
    return [
      ("rates", .object(rates.sorted { $0.prefix < $1.prefix }.map { ($0.prefix, .number($0.factor)) }))
    ]
  }
}
