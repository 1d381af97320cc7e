import Mistakes
import Testing

/// A trap says why, whatever the build: these tests are run in release builds, where `precondition` is silent.
@Suite struct RequireTests {
  /// Filters of a layer, as a caller miscounts them.
  static func filters(_ given: Int, needed: Int) {
    require(given == needed, "given \(given) filters but \(needed) needed")
  }

  @Test("a requirement that is not met ends the process with its message and its place")
  func message() async throws {
    let end = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      RequireTests.filters(3, needed: 2)
    }
    let lastWords = String(decoding: try #require(end).standardErrorContent, as: UTF8.self)
    #expect(lastWords.contains("given 3 filters but 2 needed"), "\(lastWords)")
    #expect(lastWords.contains("MistakesTests/RequireTests.swift:"), "\(lastWords)")
  }

  @Test("a place that cannot be reached ends the process with its message")
  func unreachablePlace() async throws {
    let end = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      unreachable("a mode without a name")
    }
    let lastWords = String(decoding: try #require(end).standardErrorContent, as: UTF8.self)
    #expect(lastWords.contains("a mode without a name"), "\(lastWords)")
  }

  @Test("the control: a trap of Swift's own ends the process too, and a release build says nothing of it")
  func precondition() async throws {
    let end = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      Swift.precondition(CommandLine.arguments.isEmpty, "given 3 filters but 2 needed")
    }
    #if !DEBUG
      let lastWords = String(decoding: try #require(end).standardErrorContent, as: UTF8.self)
      #expect(!lastWords.contains("given 3 filters"), "\(lastWords)")
    #endif
  }

  @Test("what holds computes no message")
  func noMessage() {
    var messages = 0
    func message() -> String {
      messages += 1
      return "never"
    }
    require(true, message())
    #expect(messages == 0)
  }
}
