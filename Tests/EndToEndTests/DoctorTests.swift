import Foundation
import Testing

extension EndToEndTests {
  /// `lockstep doctor`.
  @Suite struct DoctorTests {
    @Test(
      "every subject is looked at on all ranks, and the status tells whether all is well", arguments: [1, 3])
    func json(ranks: Int) throws {
      let ending = try Program.run(ranks: ranks, ["doctor", "--json"])
      let object = try #require(
        try JSONSerialization.jsonObject(with: Data(ending.output.utf8)) as? [String: Any], "\(ending.errors)"
      )
      #expect(object["ranks"] as? Int == ranks && object["hosts"] as? Int == 1)
      let findings = try #require(object["findings"] as? [[String: Any]])
      let subjects = findings.compactMap { $0["subject"] as? String }
      for subject in ["versions", "kernels", "processors", "memory", "output", "sums"] {
        #expect(subjects.contains(subject))
      }
      #expect(subjects.contains("messages") == (ranks > 1) && subjects.contains("/dev/shm") == (ranks > 1))
      let isWell = findings.allSatisfy { $0["severity"] as? String == "ok" }
      #expect(object["well"] as? Bool == isWell && ending.status == (isWell ? 0 : 1))
      #expect(ending.errorLines.isEmpty, "\(ending.errors)")
    }

    @Test("more threads than cores are told, with what to do")
    func crowded() throws {
      let ending = try Program.run(ranks: 2, ["doctor", "--threads", "256"])
      #expect(ending.status == 1)
      #expect(ending.output.contains("slow   cores"), "\(ending.output)")
      #expect(ending.output.contains("2 ranks × 256 threads on ") && ending.output.contains("→ start "))
      #expect(ending.output.split(separator: "\n").last?.contains("cores") == true)
    }

    @Test("a directory that cannot be written to is told")
    func output() throws {
      let ending = try Program.run(ranks: 2, ["doctor", "--output", "/nowhere"])
      #expect(ending.status == 1 && ending.output.contains("wrong  output"), "\(ending.output)")
    }
  }
}
