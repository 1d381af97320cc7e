// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "own-model",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "Lockstep", path: "../../..")],
  targets: [
    .executableTarget(
      name: "own-model",
      dependencies: ["DataParallel", "Datasets", "NeuralNetworks", "Optimizers", "Training"].map {
        .product(name: $0, package: "Lockstep")
      })
  ]
)
