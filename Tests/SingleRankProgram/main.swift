// Trains LeNet on one rank: a program that links neither MPI nor DataParallel, which SingleRankTests look at from outside.

import Datasets
import NeuralNetworks
import Optimizers
import Training

var experiment = Experiment(
  model: LeNet(classes: 10), trainingData: SyntheticGlyphs.generate(seed: 0, split: .train, count: 256))
experiment.recipe.batch = Batch(size: 64, microshards: 4)
experiment.recipe.updateRule = SGD(momentum: 0.9)
experiment.recipe.epochs = 1
let end = try Trainer(experiment).run()
print("digest \(end.digest)")
