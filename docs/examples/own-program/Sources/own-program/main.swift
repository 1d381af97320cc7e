// Every command of lockstep, and an own model that configurations name:
//
//     swift build -c release -Xcc -march=native
//     mpirun -n 2 .build/release/own-program train wide-mlp.yaml --output runs/wide
//     .build/release/own-program evaluate runs/wide
import LockstepProgram
import NeuralNetworks

/// A multilayer perceptron with two hidden layers.
struct WideMLP: Layer {
  var classes: Int
  var width: Int

  func callAsFunction(_ x: Symbol) -> Symbol {
    Sequential(
      Flatten(), Linear(width), BatchNorm(), Activation.relu, Linear(width), BatchNorm(), Activation.relu,
      Linear(classes)
    )(x)
  }
}

var program = LockstepProgram()
program.registry.models["wide-mlp"] = { options in
  WideMLP(
    classes: try options.integer("classes", default: 10, in: 2...1000),
    width: try options.integer("width", default: 128, in: 1...4096))
}
program.main()
