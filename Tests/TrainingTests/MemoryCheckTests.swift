import CanonicalTree
import Execution
import NeuralNetworks
import Testing
import Training

/// What a model needs is compared with what there is before it is taken.
@Suite struct MemoryCheckTests {
  private let graph: Graph
  private var recipe = Recipe()

  init() throws {
    graph = try Graph(input: Shape(1, 28, 28), loss: .softmaxCrossEntropy, model: LeNet(classes: 10))
    recipe.batch = Batch(size: 64, microshards: 4)
  }

  private func message(free: Int?) throws -> String? {
    do {
      try MemoryCheck(SingleRank(), free: free).require(graph, recipe, on: Machine())
      return nil
    } catch {
      return "\(error)"
    }
  }

  @Test("to the byte: what fits is never refused, what does not fit always is")
  func exact() throws {
    let estimate = try ExecutionEstimate(
      graph, microshards: 0..<4, options: recipe.executorOptions(on: Machine()))
    let need =
      4 * estimate.arenaByteCount + estimate.scratchpadByteCount + estimate.parameterByteCount
      + estimate.slotByteCount + estimate.weightCopyByteCount + estimate.normalizationByteCount
      + estimate.leafByteCount
    #expect(try message(free: need) == nil)
    let told = try #require(try message(free: need - 1))
    #expect(told.hasPrefix("batch.size: a step needs ") && !told.contains("at least"), "\(told)")
    #expect(told.contains(" a rank × 1 rank on this host, but "), "\(told)")
    #expect(try message(free: 1 << 40) == nil)
    #expect(try message(free: nil) == nil)
  }

  @Test("a batch that no machine holds is refused without planning it, however large")
  func huge() throws {
    var huge = self
    huge.recipe.batch.size = Int(Int32.max)
    let told = try #require(try huge.message(free: 22_100_000_000))
    #expect(
      told.hasPrefix("batch.size: a step needs at least ") && told.contains("but 22.1 GB are free there; "),
      "\(told)")
    huge.recipe.batch.size = .max - 4
    #expect(throws: (any Error).self) { try huge.recipe.check(source: "", ranks: 1) }
  }

  @Test("where the parameters take most of it the model is named")
  func parameters() throws {
    let wide = try Graph(
      input: Shape(1000), loss: .softmaxCrossEntropy, model: Sequential(Linear(100_000), Linear(10)))
    var recipe = recipe
    recipe.batch.size = 4
    do {
      try MemoryCheck(SingleRank(), free: 1 << 28).require(wide, recipe, on: Machine())
      Issue.record("nothing was refused")
    } catch {
      #expect("\(error)".hasPrefix("model: a step needs at least "))
    }
  }
}
