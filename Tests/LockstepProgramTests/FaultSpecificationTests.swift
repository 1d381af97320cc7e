import LockstepProgram
import Mistakes
import Testing
import Training

/// What `--inject` understands.
@Suite struct FaultSpecificationTests {
  @Test("every kind of fault is read")
  func kinds() throws {
    let expected: [(text: String, kind: Fault.Kind, rank: Int, moment: Fault.Moment, step: Int)] = [
      ("kill:rank=1,step=17", .kill, 1, .step, 17),
      ("kill:step=17", .kill, 0, .step, 17),
      ("kill:rank=2,at=start", .kill, 2, .start, 1),
      ("stop:at=evaluation,step=3,rank=1", .stop, 1, .evaluation, 3),
      ("delay:rank=1,step=17,milliseconds=500", .delay(milliseconds: 500), 1, .step, 17),
      ("delay:step=17,milliseconds=0,at=checkpoint", .delay(milliseconds: 0), 0, .checkpoint, 17),
      ("nan:step=2", .notANumber(tensor: nil), 0, .step, 2),
      ("nan:rank=3,step=2,tensor=0.weight", .notANumber(tensor: "0.weight"), 3, .step, 2),
      ("bitflip:tensor=0.weight,rank=1,step=17", .flippedParameter(tensor: "0.weight"), 1, .step, 17),
      ("bitflip:step=17,tensor=gradient", .flippedParameter(tensor: "gradient"), 0, .step, 17),
      ("bitflip:gradient,rank=1,step=17", .flippedGradient, 1, .step, 17),
      ("bitflip:checkpoint,step=20", .flippedCheckpoint, 0, .checkpoint, 20),
      ("enospc:step=17", .fullDisk, 0, .step, 17),
      ("cut:rank=1,step=17", .cutConnections, 1, .step, 17),
    ]
    for (text, kind, rank, moment, step) in expected {
      #expect(try Fault(parsing: text) == Fault(text, kind, rank: rank, moment: moment, step: step))
    }
  }

  @Test(
    "what is wrong is named, with what would be right",
    arguments: [
      ("", "unknown fault \"\"; expected one of kill, stop"),
      ("kill", "needs step=NUMBER, such as kill:rank=1,step=17"),
      ("kill:", "\"\": expected KEY=VALUE"),
      ("kill:step", "\"step\": expected KEY=VALUE, each once, of kill: rank, step, at"),
      ("kill:step=", "\"step=\": expected KEY=VALUE"),
      ("kill:step=0", "step=0: expected a number of at least 1"),
      ("kill:step=1e3", "step=1e3: expected a number"),
      ("kill:rank=-1,step=1", "rank=-1: expected a number of at least 0"),
      ("kill:step=1,step=2", "\"step=2\": expected KEY=VALUE, each once"),
      ("kill:step=1,at=once", "at=once: expected start, step, evaluation, checkpoint"),
      ("kill:step=1,tensor=x", "of kill: rank, step, at"),
      ("delay:step=1", "needs milliseconds=NUMBER"),
      ("nan:step=1,at=start", "of nan: rank, step, tensor"),
      ("bitflip:step=1", "expected bitflip:tensor=NAME,…, bitflip:gradient,… or bitflip:checkpoint,…"),
      ("bitflip:checkpoint,rank=1,step=1", "of bitflip:checkpoint: step"),
      ("bitflip:gradient,checkpoint,step=1", "of bitflip:gradient: rank, step"),
      ("enospc:rank=1,step=1", "of enospc: step"),
    ])
  func mistakes(text: String, told: String) throws {
    let mistake = try #require(throws: UserMistake.self) { try Fault(parsing: text) }
    #expect(mistake.description.hasPrefix("--inject \(text): "), "\(mistake)")
    #expect(mistake.description.contains(told), "\(mistake)")
    #expect(!mistake.description.contains("\n"))
  }
}
