import Datasets
import Foundation
import Testing

/// Facts of Fashion-MNIST (Xiao, Rasul, Vollgraf 2017, arXiv:1708.07747), where the files are at hand.
@Suite(
  "Fashion-MNIST",
  .enabled(
    if: ProcessInfo.processInfo.environment["LOCKSTEP_FASHION_MNIST"] != nil,
    "set LOCKSTEP_FASHION_MNIST to the directory of the four IDX files to run these tests"))
struct FashionMNISTTests {
  @Test(arguments: [
    (DatasetSplit.train, 60_000, 0.286041, 0.353024, [9, 0, 0, 3, 0, 2, 7, 2, 5, 5]),
    (.test, 10_000, 0.286849, 0.352444, [9, 2, 1, 1, 6, 1, 4, 6, 5, 7]),
  ])
  func facts(split: DatasetSplit, count: Int, mean: Double, deviation: Double, labels: [Int32]) throws {
    let directory = try #require(ProcessInfo.processInfo.environment["LOCKSTEP_FASHION_MNIST"])
    let dataset = try ImageDataset.loadIDX(directory: directory, split: split, classes: 10)
    let sizes: [Int] = [dataset.count, dataset.channels, dataset.height, dataset.width]
    #expect(sizes == [count, 1, 28, 28])
    #expect((0..<10).map { dataset.label(of: $0) } == labels)
    var perClass = [Int](repeating: 0, count: 10)
    for index in 0..<count {
      perClass[Int(dataset.label(of: index))] += 1
    }
    #expect(perClass == Array(repeating: count / 10, count: 10))

    var sum = 0.0
    var squares = 0.0
    for index in 0..<count {
      for value in values(of: dataset, sample: index) {
        sum += Double(value)
        squares += Double(value) * Double(value)
      }
    }
    let pixelCount = Double(count * 784)
    let foundMean = sum / pixelCount
    #expect(abs(foundMean - mean) < 5e-7)
    #expect(abs((squares / pixelCount - foundMean * foundMean).squareRoot() - deviation) < 5e-7)
  }
}
