import LockstepProgram
import Records
import Testing

/// The configurations in checkpoints of versions before experiments and machines were told apart.
@Suite struct OldConfigurationTests {
  /// A complete configuration as those versions wrote it: every key of every section, `pooling` for each model.
  private func text(model: String, data: String) -> String {
    """
    {"batch": {"microshards": 8, "size": 256}, "batch_norm": {"statistics": "global"}, "collectives": "exact", \
    "convolution": "auto", "data": \(data), "desync_check": {"every_steps": 100}, "epochs": 10, \
    "log": {"every_steps": 50}, "loss": {"label_smoothing": 0.0}, "model": \(model), \
    "optimizer": {"decay": "all", "learning_rate": 0.1, "momentum": 0.9, "name": "sgd", "nesterov": false, \
    "schedule": {"name": "constant", "warmup_epochs": 0}, "weight_decay": 0.0}, "precision": "float32", \
    "reduction": {"overlap": "auto"}, "seed": 0, "threads": 1}
    """
  }

  static let models = [
    ("lenet", ""), ("mlp", ""), ("vgg11", ""),
    ("resnet18", #", "stem": "imagenet", "zero_init_residual": false"#),
    ("resnet34", #", "stem": "small", "zero_init_residual": true"#),
    ("resnet50", #", "stem": "imagenet", "zero_init_residual": false"#),
    ("densenet", #", "stem": "imagenet""#),
    ("densenet121", #", "stem": "small""#),
  ]

  @Test("are read for every model, whatever it does with pooling", arguments: models)
  func readsModel(name: String, more: String) throws {
    let model = #"{"classes": 10, "initialization": "default", "name": "\#(name)", "pooling": "max"\#(more)}"#
    let data = #"{"name": "glyphs", "shuffle": true, "test_samples": 2000, "train_samples": 12000}"#
    let configuration = try Configuration.parse(text(model: model, data: data), source: "old.safetensors")
    #expect(configuration.model.name == name)
    #expect(configuration.json["model.pooling"]?.description == (name == "lenet" ? #""max""# : nil))
    let json = configuration.json.description
    #expect(try Configuration.parse(json, source: "new.safetensors").json.description == json)
  }

  @Test("say deviation where std is said now")
  func deviation() throws {
    let model = #"{"classes": 10, "initialization": "he", "name": "lenet", "pooling": "average"}"#
    let data = """
      {"augment": {"crop_padding": 4, "flip": true}, "name": "fashion-mnist", \
      "normalize": {"deviation": 0.353, "mean": 0.286}, "path": "data/fashion-mnist", "resize": 96, "shuffle": true}
      """
    let configuration = try Configuration.parse(text(model: model, data: data), source: "old.safetensors")
    #expect(
      configuration.json["data"]?.description == """
        {"augment": {"crop_padding": 4, "flip": true}, "name": "fashion-mnist", \
        "normalize": {"mean": 0.286, "std": 0.353}, "path": "data/fashion-mnist", "resize": 96, "shuffle": true}
        """)
  }
}
