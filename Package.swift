// swift-tools-version: 6.2
// Lockstep: a synchronous data-parallel trainer for CPU clusters.

import PackageDescription

// MARK: - Settings of every Swift target

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

// MARK: - Package

let package = Package(
  name: "Lockstep",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "MPI", targets: ["MPI"]),
    .library(name: "NeuralNetworks", targets: ["NeuralNetworks"]),
    .library(name: "Execution", targets: ["CanonicalTree", "Execution"]),
    .library(name: "DataParallel", targets: ["DataParallel"]),
    .library(name: "Optimizers", targets: ["Optimizers", "Records"]),
    .library(name: "Datasets", targets: ["Datasets"]),
    .library(name: "Training", targets: ["Mistakes", "Records", "Training"]),
    .library(name: "Reports", targets: ["Reports"]),
    .library(name: "LockstepProgram", targets: ["Configurations", "LockstepProgram"]),
    .executable(name: "lockstep", targets: ["lockstep"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
  ],
  targets: [
    // MARK: - C libraries
    .systemLibrary(
      name: "COpenMPI", pkgConfig: "ompi-c",
      providers: [.apt(["libopenmpi-dev", "openmpi-bin"]), .brew(["open-mpi"])]),
    .systemLibrary(
      name: "COneDNN",
      providers: [.apt(["libdnnl-dev"]), .brew(["onednn"])]),
    .systemLibrary(
      name: "CZlib", pkgConfig: "zlib",
      providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
    .systemLibrary(
      name: "CCrypto", pkgConfig: "libcrypto",
      providers: [.apt(["libssl-dev"]), .brew(["openssl"])]),
    .systemLibrary(
      name: "CLAPACK", pkgConfig: "lapacke",
      providers: [.apt(["liblapacke-dev"]), .brew(["lapack"])]),
    .systemLibrary(
      name: "CJPEG", pkgConfig: "libjpeg",
      providers: [.apt(["libjpeg62-turbo-dev"]), .brew(["jpeg-turbo"])]),
    .systemLibrary(
      name: "CPNG", pkgConfig: "libpng",
      providers: [.apt(["libpng-dev"]), .brew(["libpng"])]),
    .target(name: "CAllocations"),

    // MARK: - Foundations
    .target(name: "Mistakes"),
    .target(name: "Inputs"),
    .target(name: "Records", dependencies: ["Mistakes"]),
    .target(name: "CanonicalTree", dependencies: ["Mistakes"]),
    .target(name: "Randomness", dependencies: ["Mistakes"]),
    .target(name: "Images", dependencies: ["CJPEG", "CPNG", "Inputs", "Mistakes"]),
    .target(name: "Safetensors", dependencies: ["CCrypto", "Inputs", "Mistakes"]),
    .target(name: "MPI", dependencies: ["COpenMPI", "Mistakes"]),

    // MARK: - Models and their execution
    .target(name: "NeuralNetworks", dependencies: ["Mistakes", "Randomness"]),
    .target(
      name: "Execution",
      dependencies: ["CanonicalTree", "COneDNN", "Mistakes", "NeuralNetworks", "Randomness"]),
    .target(name: "ONNX", dependencies: ["Mistakes", "NeuralNetworks", "Records"]),
    .target(
      name: "DataParallel",
      dependencies: ["CanonicalTree", "Execution", "Inputs", "Mistakes", "MPI", "Records"]),

    // MARK: - Classical optimization
    .target(name: "Minimization", dependencies: ["CanonicalTree", "CLAPACK", "Mistakes", "Randomness"]),

    // MARK: - Training
    .target(
      name: "Optimizers", dependencies: ["Mistakes", "NeuralNetworks", "Records"],
      // What an update rule is shown must not outlive its call.
      swiftSettings: [.enableExperimentalFeature("Lifetimes")]),
    .target(name: "Datasets", dependencies: ["CZlib", "Images", "Inputs", "Mistakes", "Randomness"]),
    .target(
      name: "Training",
      dependencies: [
        "CanonicalTree", "Datasets", "Execution", "Images", "Inputs", "Mistakes", "NeuralNetworks",
        "Optimizers", "Randomness",
        "Records", "Safetensors",
      ]),

    // MARK: - The program
    .target(
      name: "Configurations",
      dependencies: ["Inputs", "Mistakes", "Records", .product(name: "Yams", package: "Yams")]),
    .target(
      name: "Reports",
      dependencies: ["Execution", "Images", "Mistakes", "Records", "Safetensors", "Training"]),
    .target(
      name: "LockstepProgram",
      dependencies: [
        "CanonicalTree", "Configurations", "DataParallel", "Datasets", "Execution", "Images", "Inputs", "MPI",
        "Minimization", "Mistakes", "NeuralNetworks", "ONNX", "Optimizers", "Randomness", "Records",
        "Reports",
        "Safetensors", "Training",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .executableTarget(name: "lockstep", dependencies: ["LockstepProgram"]),
    .executableTarget(name: "lockstep-allocations", dependencies: ["CAllocations", "LockstepProgram"]),

    // MARK: - Tests
    .testTarget(
      name: "CanonicalTreeTests", dependencies: ["CanonicalTree", "Execution", "Randomness"]),
    .testTarget(name: "MistakesTests", dependencies: ["Mistakes"]),
    .testTarget(name: "InputsTests", dependencies: ["Inputs"]),
    .testTarget(name: "ImagesTests", dependencies: ["Images"], exclude: ["Golden"]),
    .testTarget(name: "RecordsTests", dependencies: ["Records"]),
    .testTarget(name: "MPITests", dependencies: ["MPI"]),
    .testTarget(
      name: "DatasetsTests", dependencies: ["Datasets", "Images", "Randomness"], exclude: ["Golden"]),
    .testTarget(name: "SafetensorsTests", dependencies: ["Safetensors"]),
    .testTarget(
      name: "OptimizersTests", dependencies: ["NeuralNetworks", "Optimizers", "Records", "Safetensors"],
      exclude: ["Golden"]),
    .testTarget(
      name: "ReportsTests",
      dependencies: ["Datasets", "Execution", "NeuralNetworks", "Records", "Reports", "Training"]),
    .testTarget(
      name: "MinimizationTests", dependencies: ["Minimization", "Randomness"], exclude: ["Golden"]),
    .testTarget(name: "NeuralNetworksTests", dependencies: ["NeuralNetworks"]),
    .testTarget(name: "ONNXTests", dependencies: ["NeuralNetworks", "ONNX", "Records"]),
    .testTarget(
      name: "ExecutionTests",
      dependencies: [
        "CanonicalTree", "Execution", "Minimization", "NeuralNetworks", "Randomness", "Safetensors",
      ],
      exclude: ["Golden"]),
    .testTarget(
      name: "DataParallelTests",
      dependencies: ["CanonicalTree", "DataParallel", "Execution", "MPI", "NeuralNetworks", "Randomness"]),
    .testTarget(
      name: "TrainingTests",
      dependencies: [
        "CanonicalTree", "DataParallel", "Datasets", "Execution", "MPI", "Mistakes", "NeuralNetworks",
        "Optimizers",
        "Records", "Safetensors", "Training",
      ],
      exclude: ["Golden"]),
    // Training without MPI: neither the tests nor the program that they start may depend on MPI or DataParallel.
    .testTarget(
      name: "SingleRankTests",
      dependencies: ["Datasets", "Execution", "NeuralNetworks", "Optimizers", "Training"]),
    .executableTarget(
      name: "single-rank", dependencies: ["Datasets", "NeuralNetworks", "Optimizers", "Training"],
      path: "Tests/SingleRankProgram"),
    // Ranks that hang or are slow where the test says, as no configuration can make them.
    .executableTarget(
      name: "watched-ranks",
      dependencies: ["DataParallel", "Datasets", "Execution", "NeuralNetworks", "Optimizers", "Training"],
      path: "Tests/WatchedRanksProgram"),
    .testTarget(
      name: "LockstepProgramTests",
      dependencies: [
        "CanonicalTree", "Configurations", "DataParallel", "Datasets", "Execution", "LockstepProgram", "MPI",
        "Minimization", "Mistakes", "NeuralNetworks", "Optimizers", "Records", "Safetensors", "Training",
      ]),
    .testTarget(
      name: "EndToEndTests",
      dependencies: [
        "Datasets", "Execution", "Images", "LockstepProgram", "NeuralNetworks", "Records", "Safetensors",
        "Training",
      ],
      exclude: [
        "make_archive.py", "odd_server.py", "read_events.py", "read_metrics.py", "run_onnx.py",
        "sequential_twin.py",
      ]),
  ]
)

// MARK: - Fuzzing

// Only launch/fuzz asks for it: everything is compiled anew under the sanitizers.
if Context.environment["LOCKSTEP_FUZZING"] != nil {
  package.products.append(.library(name: "Fuzzing", type: .static, targets: ["Fuzzing"]))
  package.targets.append(
    .target(
      name: "Fuzzing",
      dependencies: [
        "Configurations", "Datasets", "Images", "LockstepProgram", "Mistakes", "Records", "Safetensors",
        "Training",
      ],
      path: "Tests/Fuzzing"))
}

for target in package.targets
where ![.system, .binary, .plugin].contains(target.type) && target.name != "CAllocations" {
  target.swiftSettings = (target.swiftSettings ?? []) + settings
}
