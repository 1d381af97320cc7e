import NeuralNetworks
import Testing

/// Every kind of wrong model, with the path that the message must name and a part of the reason.
@Suite struct ShapeErrorTests {
  struct Mistake: Sendable, CustomTestStringConvertible {
    var input = Shape(3, 6, 6)
    var loss = Graph.Loss.squared
    var path: String
    var reason: [String]
    var layer: any Layer
    var testDescription: String { "\(path): \(reason.joined(separator: " … "))" }
  }

  static let mistakes: [Mistake] = [
    Mistake(
      input: Shape(9), path: "0", reason: ["a convolution needs an image", "9"],
      layer: Sequential(Convolution2D(4, kernel: 3))),
    Mistake(
      path: "body.conv2", reason: ["7×7 kernel", "padding 0", "4×6×6"],
      layer: Model {
        $0.scoped("body") {
          Convolution2D(2, kernel: 7, name: "conv2")(Convolution2D(4, kernel: 1, name: "conv1")($0))
        }
      }),
    Mistake(
      input: Shape(3, 4), path: "norm", reason: ["an image or a vector", "3×4"],
      layer: Model { BatchNorm(name: "norm")($0) }),
    Mistake(
      path: "1.0", reason: ["a linear layer needs a vector", "3×6×6", "flatten"],
      layer: Sequential(Activation.relu, Sequential(Linear(2)))),
    Mistake(
      input: Shape(9), path: "1", reason: ["pooling needs an image", "9"],
      layer: Sequential(Activation.relu, Pooling2D(.max, kernel: 2))),
    Mistake(
      path: "2", reason: ["8×8 window", "padding 0", "3×6×6"],
      layer: Sequential(Activation.relu, BatchNorm(), Pooling2D(.average, kernel: 8))),
    Mistake(
      input: Shape(9), path: "0", reason: ["global pooling needs an image", "9"],
      layer: Sequential(GlobalAveragePooling2D())),
    Mistake(
      path: "block.add", reason: ["summands", "4×6×6", "3×6×6"],
      layer: Model { $0.scoped("block") { Convolution2D(4, kernel: 1, name: "conv")($0) + $0 } }),
    Mistake(
      path: "dense.concatenate", reason: ["only the channels may differ", "3×6×6, 3×3×3"],
      layer: Model { $0.scoped("dense") { concatenate([$0, Pooling2D(.max, kernel: 2)($0)]) } }),
    Mistake(
      path: "joined", reason: ["only the channels may differ", "3×6×6, 108"],
      layer: Model { concatenate([$0, Flatten()($0)], name: "joined") }),
    Mistake(path: "", reason: ["a vector per sample", "3×6×6"], layer: Activation.relu),
    Mistake(
      input: Shape(4), loss: .softmaxCrossEntropy, path: "", reason: ["two classes", "1"],
      layer: Sequential(Linear(1))),
    Mistake(
      input: Shape(4), path: "twin.weight", reason: ["used twice"],
      layer: Model { Linear(4, name: "twin")(Linear(4, name: "twin")($0)) }),
    Mistake(
      input: Shape(4), path: "norm.weight", reason: ["used twice"],
      layer: Model { BatchNorm(name: "norm")(BatchNorm(name: "norm")($0)) }),
    Mistake(
      input: Shape(4), path: "side.fc", reason: ["result", "never used"],
      layer: Model { x in
        _ = x.scoped("side") { Linear(3, name: "fc")($0) }
        return Linear(4, name: "main")(x)
      }),
  ]

  @Test("a wrong model is refused with the layer's path and the shapes at hand", arguments: mistakes)
  func refused(mistake: Mistake) throws {
    let error = try #require(throws: ShapeError.self) {
      _ = try Graph(input: mistake.input, loss: mistake.loss, model: Model { mistake.layer($0) })
    }
    #expect(error.path == mistake.path)
    for part in mistake.reason { #expect(error.reason.contains(part), "\(error.reason)") }
    let name = mistake.path.isEmpty ? "(model)" : mistake.path
    #expect(error.description == "layer \(name): \(error.reason)")
  }

  @Test("of several mistakes the first called is reported")
  func theFirstMistakeIsReported() throws {
    let error = try #require(throws: ShapeError.self) {
      _ = try Graph(
        input: Shape(1, 3, 3), loss: .squared,
        model: Sequential(
          Activation.relu, Convolution2D(2, kernel: 5), Linear(3), Pooling2D(.max, kernel: 9),
          GlobalAveragePooling2D(), BatchNorm()))
    }
    #expect(error.path == "1")
  }

  @Test("images too small for LeNet are refused by its first convolution")
  func smallImages() throws {
    let error = try #require(throws: ShapeError.self) {
      _ = try Graph(input: Shape(1, 4, 4), loss: .softmaxCrossEntropy, model: LeNet(classes: 10))
    }
    #expect(error.path == "0")
  }
}
