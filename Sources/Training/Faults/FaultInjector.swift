package import Execution
import Foundation
import NeuralNetworks
import Safetensors
import Synchronization

/// Lets a rank meet the faults that were asked for, each once in the life of a run.
package final class FaultInjector: Sendable {
  private let faults: [Fault]
  private let rank: Int
  private let host: String
  private let notesPath: String
  private let say: @Sendable (String) -> Void
  /// The texts of the faults that have fired, in this process or in one before.
  private let fired: Mutex<Set<String>>

  /// The bit of a float that flips, one of the significand: the number stays finite and of its size.
  private static let bit: UInt32 = 1 << 20
  /// What lies between saying and doing what ends the process, so that the line comes through.
  private static let pauseMicroseconds: UInt32 = 100_000

  /// Prepares faults.
  ///
  /// - Parameters:
  ///   - faults: those of all ranks.
  ///   - notes: what ``notesPath`` held when the run began; empty for a new run.
  ///   - notesPath: the file that notes what has fired. The rank that meets a fault writes into it where it can, and so does
  ///     the coordinator, whose directory other hosts need not see.
  ///   - say: says a line to the user.
  package init(
    _ faults: [Fault], notes: String, notesPath: String, ranks: any Ranks,
    say: @escaping @Sendable (String) -> Void
  ) {
    (self.faults, self.notesPath, self.say) = (faults, notesPath, say)
    (rank, host) = (ranks.rank, ranks.host)
    fired = Mutex(Set(notes.split(separator: "\n").map(String.init)))
  }

  /// Meets what happens at the start, or while the test data are evaluated or a checkpoint is written.
  ///
  /// - Parameter step: the steps taken.
  func meet(_ moment: Fault.Moment, step: Int) {
    for fault in faults where fault.moment == moment && fault.kind != .flippedCheckpoint {
      guard moment == .start || fault.step <= step, claim(fault) else { continue }
      act(fault, step: step)
    }
  }

  /// Meets what happens in a step before it computes.
  ///
  /// - Parameters:
  ///   - step: the step about to be taken, from 1.
  ///   - samples: the samples of its batch.
  func meetStep(_ step: Int, samples: Int, _ replica: Replica) {
    replica.executor.inspectGradient = nil
    for fault in faults where fault.moment == .step && fault.step <= step {
      if fault.kind == .flippedGradient {
        prepareGradient(fault, step: step, samples: samples, replica)
      } else if fault.step == step, claim(fault) {
        act(fault, step: step, replica)
      }
    }
  }

  /// Meets what happens to a checkpoint that lies on the disk, on the coordinator.
  func meetCheckpoint(at path: String, step: Int) {
    for fault in faults where fault.kind == .flippedCheckpoint && fault.step <= step {
      guard claim(fault) else { continue }
      say(fault, step: step, ": \(path)")
      guard let file = FileHandle(forUpdatingAtPath: path) else { continue }
      // In the middle lie numbers, before them the header.
      guard let size = try? file.seekToEnd(), size > 0 else { continue }
      try? file.seek(toOffset: size / 2)
      guard let byte = try? file.read(upToCount: 1)?.first else { continue }
      try? file.seek(toOffset: size / 2)
      try? file.write(contentsOf: [byte ^ 1])
      try? file.close()
    }
  }

  // MARK: - Once

  /// Notes that a fault fires.
  ///
  /// - Returns: whether this rank is to meet it now.
  private func claim(_ fault: Fault) -> Bool {
    guard fault.rank == rank || rank == 0 else { return false }
    guard fired.withLock({ $0.insert(fault.text).inserted }) else { return false }
    let line = Array("\(fault.text)\n".utf8)
    // The directory may be on another host; the coordinator's note counts then.
    let descriptor = open(notesPath, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o666)
    if descriptor >= 0 {
      _ = write(descriptor, line, line.count)
      close(descriptor)
    }
    return fault.rank == rank
  }

  private func say(_ fault: Fault, step: Int, _ detail: String = "") {
    say("warning: injected: \(fault.description(host: host, step: step))\(detail)")
  }

  // MARK: - Deeds

  private func act(_ fault: Fault, step: Int, _ replica: Replica? = nil) {
    switch fault.kind {
    case .kill: signal(SIGKILL, fault, step)
    case .stop: signal(SIGSTOP, fault, step)
    case .delay(let milliseconds):
      say(fault, step: step)
      Thread.sleep(forTimeInterval: Double(milliseconds) / 1000)
    case .notANumber(let tensor): change(tensor, fault, step, replica) { _ in .nan }
    case .flippedParameter(let tensor):
      change(tensor, fault, step, replica) { Float(bitPattern: $0.bitPattern ^ Self.bit) }
    case .fullDisk:
      say(fault, step: step, ": from here on nothing is written")
      FileWriting.isDiskFull.store(true, ordering: .relaxed)
    case .cutConnections:
      let count = OtherHosts.connections.count
      say(fault, step: step, count == 0 ? ": it has none to other hosts" : ": \(count) to other hosts")
      usleep(Self.pauseMicroseconds)
      OtherHosts.cut()
    case .flippedGradient, .flippedCheckpoint: break
    }
  }

  private func signal(_ signal: CInt, _ fault: Fault, _ step: Int) {
    say(fault, step: step)
    usleep(Self.pauseMicroseconds)
    kill(getpid(), signal)
  }

  /// Changes the first number of a parameter.
  private func change(
    _ tensor: String?, _ fault: Fault, _ step: Int, _ replica: Replica?, _ body: (Float) -> Float
  ) {
    guard let replica, let path = tensor ?? replica.executor.graph.parameters.first?.path else { return }
    say(fault, step: step, ": the first number of \(path)")
    replica.executor.forEachParameter { memory in
      if memory.parameter.path == path { memory.values[0] = body(memory.values[0]) }
    }
  }

  /// Lets a bit flip in a gradient of the step: of the microshard that is verified, where steps are verified.
  private func prepareGradient(_ fault: Fault, step: Int, samples: Int, _ replica: Replica) {
    let draw = replica.verificationDraw(after: step - 1, samples: samples)
    guard replica.machine.verifyEverySteps == nil ? fault.step == step : draw?.owner == fault.rank else {
      return
    }
    guard fault.rank == rank else {
      _ = claim(fault)
      return
    }
    replica.executor.inspectGradient = { [self] gradient in
      guard !gradient.isShadow, draw.map({ $0.microshard == gradient.microshard }) ?? true, claim(fault)
      else {
        return
      }
      say(fault, step: step, ": the gradient of \(gradient.parameter) in microshard \(gradient.microshard)")
      gradient.elements[0] = Float(bitPattern: gradient.elements[0].bitPattern ^ Self.bit)
    }
  }
}
