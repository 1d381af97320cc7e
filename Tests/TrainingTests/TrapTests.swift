import Testing
import Training

/// What a programmer does wrong with a trainer ends the process with the values, in release builds too.
@Suite struct TrapTests {
  @Test("a step beyond the epoch's last says how many batches there are")
  func beyondTheEpoch() async throws {
    let end = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let trainer = try Trainer(.lenet())
      for _ in 0..<4 { _ = try trainer.takeStep() }
    }
    let lastWords = String(decoding: try #require(end).standardErrorContent, as: UTF8.self)
    #expect(lastWords.contains("epoch 1 has only 3 batches"), "\(lastWords)")
  }
}
