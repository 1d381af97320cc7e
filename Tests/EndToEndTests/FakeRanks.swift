import Foundation

/// A program that stands in for the ranks of a launch and does what a test needs of them, a shell script.
struct FakeRanks {
  /// Where the script lies, and what it notes.
  let directory: URL

  /// Makes the script.
  init(in directory: URL) throws {
    self.directory = directory
    let script = """
      #!/bin/bash
      # fake DIRECTORY DEED …
      rank=$OMPI_COMM_WORLD_RANK
      [[ $rank == 0 && $2 != unstarted ]] && : >"${LOCKSTEP_ENDING%/*}/started"
      [[ $rank == 0 ]] && echo "$*" >>"$1/starts"
      wait_for_ever() { : >"$1/ready-$rank"; for ((i = 0; i < 400; i++)); do sleep 0.1; done; }
      wait_to_stop() {
        trap 'stop=1' USR1 CONT
        : >"$1/ready-$rank"
        for ((i = 0; i < 400; i++)); do
          [[ ${stop:-} ]] && { [[ $rank == 0 ]] && echo 3 >"$LOCKSTEP_ENDING"; exit 3; }
          sleep 0.1
        done
      }
      case $2 in
        killed) [[ $rank == 1 ]] && kill -9 $$ ;;
        speaking) [[ $rank == 1 ]] && { echo "fake: rank 1: has a reason" >&2; exit 1; } ;;
        silent) [[ $rank == 1 ]] && exit 5 ;;
        stopping) wait_to_stop "$1" ;;
        deaf) trap '' USR1 CONT TERM ;;
        twice) (($(wc -l <"$1/starts") < 3)) || exit 0; sleep 0.3; [[ $rank == 0 ]] && kill -9 $$ ;;
        done) exit 0 ;;
      esac
      wait_for_ever "$1"
      """
    try Data(script.utf8).write(to: URL(filePath: path))
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
  }

  /// The script.
  var path: String { directory.appending(path: "fake").path }

  /// The command lines of all starts so far.
  var starts: [String] {
    ((try? String(contentsOf: directory.appending(path: "starts"), encoding: .utf8)) ?? "")
      .split(separator: "\n").map(String.init)
  }

  /// Starts the launcher with this program; mpirun takes less time than by default between asking ranks to end and forcing them.
  func launch(_ options: [String], ranks: Int = 3, _ deed: String...) throws -> RunningProgram {
    try Program.start(
      ranks: nil,
      ["launch", "-n", "\(ranks)", "--program", path] + options + [directory.path] + deed, in: directory,
      variables: ["OMPI_MCA_odls_base_sigkill_timeout": "1"])
  }

  /// Waits until all ranks say that they are ready.
  ///
  /// - Returns: whether they are.
  func areReady(ranks: Int = 3) -> Bool {
    let deadline = ContinuousClock.now + .seconds(20)
    let files = (0..<ranks).map { directory.appending(path: "ready-\($0)").path }
    while ContinuousClock.now < deadline {
      if files.allSatisfy(FileManager.default.fileExists) { return true }
      Thread.sleep(forTimeInterval: 0.02)
    }
    return false
  }

  /// The processes that run with this program, launcher and mpirun included; none where there is no /proc.
  var processes: [(identifier: pid_t, name: String)] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.compactMap { pid_t($0) }.sorted().compactMap { process in
      let words = (FileManager.default.contents(atPath: "/proc/\(process)/cmdline") ?? Data())
        .split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
      guard words.contains(path), let first = words.first else { return nil }
      return (process, URL(filePath: first).lastPathComponent)
    }
  }

  /// Waits until none of the processes is left.
  ///
  /// - Returns: whether that came about.
  func areGone(within seconds: Double = 0) -> Bool {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while !processes.isEmpty {
      guard ContinuousClock.now < deadline else { return false }
      Thread.sleep(forTimeInterval: 0.05)
    }
    return true
  }
}
