/// Requires what a caller must have seen to; otherwise the process ends and its last words say what was wrong.
///
/// Unlike `precondition`, which traps without a word in a release build, it prints its message in every build. The
/// message tells the values: "given 3 filters but 2 needed". The condition must have no effect of its own.
///
/// - Parameters:
///   - condition: what must hold; computed in every build.
///   - message: what is wrong, with the values; computed only if the condition fails.
@inlinable @inline(__always)
package func require(
  _ condition: @autoclosure () -> Bool, _ message: @autoclosure () -> String, file: StaticString = #fileID,
  line: UInt = #line
) {
  if !condition() { unreachable(message(), file: file, line: line) }
}

/// Ends the process where a programmer's mistake has led, with a message in every build.
@inlinable @inline(never)
package func unreachable(_ message: String, file: StaticString = #fileID, line: UInt = #line) -> Never {
  fatalError(message, file: file, line: line)
}
