package import Configurations
package import Records

/// Everything that defines a training run, as one reads it from a YAML file.
///
/// ```yaml
/// model: {name: lenet, classes: 10}
/// data: {name: fashion-mnist, path: data/fashion-mnist}
/// batch: {size: 256, microshards: 8}
/// optimizer: {name: sgd, learning_rate: 0.5, schedule: {name: cosine, warmup_epochs: 1}}
/// epochs: 10
/// seed: 0
/// ```
///
/// Only the names of model and data are required. The properties carry the names of the keys in Swift's spelling;
/// their initial values are the defaults. A null value counts as left out.
public struct Configuration: Equatable, Sendable {
  /// The model to train.
  public var model: Model

  /// The samples to train and to test with.
  public var data: Data

  /// How many samples make a step, and into how many parts they are cut.
  public var batch = Batch()

  /// What batch normalization takes its statistics over.
  public var batchNorm = BatchNorm()

  /// What training minimizes.
  public var loss = Loss()

  /// The update rule and its learning rate.
  public var optimizer = Optimizer()

  /// How often each training sample is used, at least once.
  public var epochs = 10

  /// What all random numbers of the run derive from, 0 to 2⁶³ − 1.
  public var seed = 0

  /// Threads in each rank, 1 to 256.
  public var threads = 1

  /// The type of activations, of their gradients and of weights where these meet.
  public var precision = Precision.float32

  /// By which algorithm convolutions are computed.
  public var convolution = Convolution.auto

  /// Who makes the sums over the ranks.
  public var collectives = Collectives.exact

  /// How sums over the ranks are made.
  public var reduction = Reduction()

  /// What the coordinator logs.
  public var log = Log()

  /// How often the replicas of all ranks are compared.
  public var desyncCheck = DesyncCheck()

  /// Creates a configuration in which all but model and data is left at its default.
  public init(model: Model, data: Data) {
    self.model = model
    self.data = data
  }
}

extension Configuration {
  enum Key: String, ConfigurationWord {
    case model, data, batch, loss, optimizer, epochs, seed, threads, precision, convolution, collectives
    case reduction, log
    case batchNorm = "batch_norm"
    case desyncCheck = "desync_check"
  }

  init(_ reader: ConfigurationReader<Key>) throws(ConfigurationError) {
    self.init(model: try Model(reader.section(.model)), data: try Data(reader.section(.data)))
    batch = try Batch(reader.section(.batch))
    batchNorm = try BatchNorm(reader.section(.batchNorm))
    loss = try Loss(reader.section(.loss))
    epochs = try reader.integer(.epochs) ?? epochs
    optimizer = try Optimizer(reader.section(.optimizer), epochs: epochs)
    seed = try reader.integer(.seed, in: 0...Int.max) ?? seed
    threads = try reader.integer(.threads, in: 1...256) ?? threads
    precision = try reader.word(.precision) ?? precision
    convolution = try reader.word(.convolution) ?? convolution
    collectives = try reader.word(.collectives) ?? collectives
    reduction = try Reduction(reader.section(.reduction))
    log = try Log(reader.section(.log))
    desyncCheck = try DesyncCheck(reader.section(.desyncCheck))
  }

  /// The complete configuration, defaults included, as one line of JSON with sorted keys.
  ///
  /// JSON is YAML: `parse(_:source:overrides:)` reads it back to an equal value. Equal configurations have equal
  /// texts, in every process and on every machine.
  public var canonicalJSON: String { json.description }

  var json: JSON {
    .section([
      Key.model: model.json, .data: data.json, .batch: batch.json, .batchNorm: batchNorm.json,
      .loss: loss.json, .optimizer: optimizer.json, .epochs: .integer(epochs), .seed: .integer(seed),
      .threads: .integer(threads), .precision: .word(precision), .convolution: .word(convolution),
      .collectives: .word(collectives), .reduction: reduction.json, .log: log.json,
      .desyncCheck: desyncCheck.json,
    ])
  }
}
