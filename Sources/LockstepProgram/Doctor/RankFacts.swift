import DataParallel
import Execution
import Foundation
import Inputs
import MPI
import Mistakes
import Records
import Training

/// What one rank sees of its machine.
package struct RankFacts: Sendable {
  /// The rank, and its host.
  package var rank = 0
  package var host = ""
  /// What computes, by name: the program and the libraries whose results are a part of the bits.
  package var program: [(key: String, value: String)] = []
  /// The MPI library.
  package var mpi = ""
  /// The processor, as the system calls it.
  package var processor = ""
  /// Whether our kernels were compiled for the vectors of this processor.
  package var isCompiledForProcessor = true
  /// The cores that the rank may run on, a bit each.
  package var mask: [UInt8] = []
  /// The cores that its control group may use at a time; nil for all.
  package var quota: Double?
  /// The nodes of memory that the machine has.
  package var memoryNodes = 1
  /// How the clock of the cores is governed; nil where the system does not tell.
  package var governor: String?
  /// The bytes that can still be taken, and those of /dev/shm; nil where the system does not tell.
  package var freeBytes: Int?
  package var sharedMemoryBytes: Int?
  /// The network interfaces that are up, without the loopback.
  package var interfaces: [String] = []
  /// What is to be added to the clock to get the coordinator's, in seconds.
  package var clockOffset = 0.0
  /// Of the coordinator, the bytes that are free in the output directory, and its kind of file system; nil if it cannot be
  /// written to.
  package var outputBytes: Int?
  package var outputKind = ""

  /// Facts of nothing.
  package init() {}

  /// What all ranks see, on all ranks.
  ///
  /// Every rank must call this.
  static func gathered(_ ranks: MPIRanks, output: String) throws -> [RankFacts] {
    let offset = try ranks.clockOffset { Int64(Date().timeIntervalSince1970 * 1e9) }
    var own = RankFacts()
    (own.rank, own.host, own.program) = (ranks.rank, ranks.host, StartCheck.program)
    own.mpi = try MPIEnvironment.libraryVersion.split(separator: ",").first.map(String.init) ?? "unknown"
    own.processor = Self.processor
    own.isCompiledForProcessor = KernelLibrary.isCompiledForProcessor
    (own.mask, own.quota) = (ProcessorCount.mask, ProcessorCount.quota())
    own.memoryNodes = max(1, Self.names(in: "/sys/devices/system/node", prefix: "node").count)
    own.governor = Self.line(of: "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
    (own.freeBytes, own.sharedMemoryBytes) = (FreeMemory.byteCount(), Self.freeBytes(in: "/dev/shm"))
    own.interfaces = Self.names(in: "/sys/class/net", prefix: "").filter { name in
      name != "lo" && Self.line(of: "/sys/class/net/\(name)/operstate") == "up"
    }
    own.clockOffset = Double(offset.nanoseconds) / 1e9
    if ranks.isCoordinator, access(output, W_OK) == 0 {
      (own.outputBytes, own.outputKind) = (Self.freeBytes(in: output), Self.fileSystem(of: output))
    }
    return try ranks.allGather(Array("\(own.json)".utf8)).map { bytes in
      RankFacts(try JSON(parsing: bytes))
    }
  }

  // MARK: - The system

  private static func line(of path: String) -> String? {
    FileManager.default.contents(atPath: path).map {
      String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
  }

  private static func names(in directory: String, prefix: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    return names.filter { name in
      name.hasPrefix(prefix) && (prefix.isEmpty || name.dropFirst(prefix.count).allSatisfy(\.isNumber))
    }.sorted()
  }

  private static var processor: String {
    let lines = line(of: "/proc/cpuinfo")?.split(separator: "\n") ?? []
    let name = lines.first { $0.hasPrefix("model name") }?.split(separator: ":").last
    return name.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown processor"
  }

  private static func freeBytes(in directory: String) -> Int? {
    var status = statvfs()
    guard statvfs(directory, &status) == 0 else { return nil }
    return Int(status.f_bavail) * Int(status.f_frsize)
  }

  /// The kind of the file system that a directory lies on, by the longest mount point above it.
  private static func fileSystem(of directory: String) -> String {
    let path = URL(fileURLWithPath: directory).standardizedFileURL.resolvingSymlinksInPath().path
    let mounts = (line(of: "/proc/mounts") ?? "").split(separator: "\n").map { $0.split(separator: " ") }
    let above = mounts.filter { words in
      words.count > 2 && (path == words[1] || path.hasPrefix(words[1] == "/" ? "/" : words[1] + "/"))
    }
    return above.max { $0[1].count < $1[1].count }.map { String($0[2]) } ?? "unknown"
  }
}

// MARK: - Between ranks

extension RankFacts {
  /// The facts as one JSON object.
  var json: JSON {
    .object([
      ("rank", .integer(rank)), ("host", .text(host)),
      ("program", .object(program.map { ($0.key, .text($0.value)) })), ("mpi", .text(mpi)),
      ("processor", .text(processor)), ("compiled_for_processor", .boolean(isCompiledForProcessor)),
      ("mask", .list(mask.map { .integer(Int($0)) })), ("quota", quota.map(JSON.number) ?? .null),
      ("memory_nodes", .integer(memoryNodes)), ("governor", governor.map(JSON.text) ?? .null),
      ("free_bytes", freeBytes.map(JSON.integer) ?? .null),
      ("shared_memory_bytes", sharedMemoryBytes.map(JSON.integer) ?? .null),
      ("interfaces", .list(interfaces.map(JSON.text))), ("clock_offset", .number(clockOffset)),
      ("output_bytes", outputBytes.map(JSON.integer) ?? .null), ("output_kind", .text(outputKind)),
    ])
  }

  /// Takes the facts of another rank.
  init(_ told: JSON) {
    rank = told["rank"]?.integer ?? 0
    host = told["host"]?.text ?? ""
    if case .object(let members)? = told["program"] {
      program = members.map { ($0.key, $0.value.text ?? "") }
    }
    mpi = told["mpi"]?.text ?? ""
    processor = told["processor"]?.text ?? ""
    if case .boolean(let value)? = told["compiled_for_processor"] { isCompiledForProcessor = value }
    mask = told["mask"]?.list?.map { UInt8(truncatingIfNeeded: $0.integer ?? 0) } ?? []
    quota = told["quota"]?.number
    memoryNodes = told["memory_nodes"]?.integer ?? 1
    governor = told["governor"]?.text
    (freeBytes, sharedMemoryBytes) = (told["free_bytes"]?.integer, told["shared_memory_bytes"]?.integer)
    interfaces = told["interfaces"]?.list?.compactMap(\.text) ?? []
    clockOffset = told["clock_offset"]?.number ?? 0
    (outputBytes, outputKind) = (told["output_bytes"]?.integer, told["output_kind"]?.text ?? "")
  }
}
