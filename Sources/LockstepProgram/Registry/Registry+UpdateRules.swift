import Configurations
import Optimizers

extension Registry {
  /// The update rules that come with Lockstep.
  static let standardUpdateRules: [String: UpdateRuleMaker] = [
    "sgd": { options in
      let momentum = try options.number("momentum", default: 0, .fraction)
      let isNesterov = try options.boolean("nesterov", default: false)
      guard !isNesterov || momentum > 0 else {
        throw options.error("nesterov", "found true, expected false, or an optimizer.momentum greater than 0")
      }
      return SGD(
        momentum: momentum, isNesterov: isNesterov,
        weightDecay: try options.number("weight_decay", default: 0, .notNegative),
        decay: try options.word("decay", default: WeightDecayScope.all))
    },
    "adamw": { options in
      let betas = try options.numbers("betas", default: [0.9, 0.999], .fraction)
      return AdamW(
        betas: (betas[0], betas[1]), epsilon: try options.number("epsilon", default: 1e-8, .positive),
        weightDecay: try options.number("weight_decay", default: 0.01, .notNegative),
        decay: try options.word("decay", default: WeightDecayScope.all))
    },
  ]
}
