import Execution
import Foundation
import Synchronization
import Testing

@Suite struct ThreadTeamTests {
  /// A counter for each thread, on its own.
  private final class Tally: Sendable {
    let counts: Mutex<[Int]>

    init(_ count: Int) { counts = Mutex([Int](repeating: 0, count: count)) }

    func add(_ thread: Int) { counts.withLock { $0[thread] += 1 } }
  }

  private func withTeam(_ count: Int, _ body: (ThreadTeam) -> Void) {
    let team = ThreadTeam(count: count)
    defer { team.stop() }
    body(team)
  }

  @Test("each piece of work runs once on each thread, before run returns", arguments: [1, 2, 3, 5])
  func onceOnEach(count: Int) {
    withTeam(count) { team in
      #expect(team.count == count)
      let tally = Tally(count)
      for round in 1...500 {
        team.run { tally.add($0) }
        let counts = tally.counts.withLock { $0 }
        #expect(counts == [Int](repeating: round, count: count))
      }
    }
  }

  @Test("the threads are different ones, and the caller is the first", arguments: [1, 2, 3, 5])
  func differentThreads(count: Int) {
    withTeam(count) { team in
      let threads = Mutex<[Int: UInt]>([:])
      team.run { number in
        let thread = UInt(bitPattern: pthread_self().hashValue)
        threads.withLock { $0[number] = thread }
      }
      let found = threads.withLock { $0 }
      #expect(Set(found.keys) == Set(0..<count))
      #expect(Set(found.values).count == count)
      #expect(found[0] == UInt(bitPattern: pthread_self().hashValue))
    }
  }

  @Test("what the threads write is seen after run, what the caller writes is seen inside")
  func memoryIsSeen() {
    withTeam(3) { team in
      let memory = UnsafeMutableBufferPointer<Int>.allocate(capacity: 3 * 1000)
      defer { memory.deallocate() }
      memory.initialize(repeating: 0)
      nonisolated(unsafe) let shared = memory
      for round in 1...200 {
        for index in memory.indices { memory[index] = round }
        team.run { thread in
          for index in stride(from: thread, to: shared.count, by: 3) { shared[index] += index }
        }
        let wrong = memory.indices.first { memory[$0] != round + $0 }
        #expect(wrong == nil, "round \(round)")
      }
    }
  }

  @Test("a team that has fallen asleep wakes up")
  func wakesUp() {
    withTeam(3) { team in
      let tally = Tally(3)
      for round in 1...5 {
        Thread.sleep(forTimeInterval: 0.02)
        team.run { tally.add($0) }
        let counts = tally.counts.withLock { $0 }
        #expect(counts == [round, round, round])
      }
    }
  }

  @Test("run waits for the slowest thread")
  func waitsForTheSlowest() {
    withTeam(3) { team in
      let tally = Tally(3)
      team.run { thread in
        if thread == 2 { Thread.sleep(forTimeInterval: 0.05) }
        tally.add(thread)
      }
      let counts = tally.counts.withLock { $0 }
      #expect(counts == [1, 1, 1])
    }
  }

  @Test("a stopped team is freed, asleep or awake, and stopping twice does nothing", arguments: [0, 0.02])
  func stopFrees(sleep: Double) {
    weak var gone: ThreadTeam?
    do {
      let team = ThreadTeam(count: 3)
      gone = team
      team.run { _ in }
      Thread.sleep(forTimeInterval: sleep)
      team.stop()
      team.stop()
    }
    #expect(gone == nil)
  }
}
