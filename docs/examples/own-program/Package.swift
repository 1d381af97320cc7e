// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "own-program",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "Lockstep", path: "../../..")],
  targets: [
    .executableTarget(
      name: "own-program",
      dependencies: ["LockstepProgram", "NeuralNetworks"].map { .product(name: $0, package: "Lockstep") })
  ]
)
