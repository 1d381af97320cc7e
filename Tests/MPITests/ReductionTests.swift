import MPI
import Testing

extension MPITests {
  @Suite struct Reduction {
    @Test func integersReduceAsSwiftDoes() throws {
      try MPIEnvironment.withTestWorld { world throws in
        try check(Int32.self, on: world)
        try check(Int64.self, on: world)
        try check(Int.self, on: world)
        try check(UInt8.self, on: world)
        try check(UInt64.self, on: world)
      }
    }

    private func check<Element: MPIDatatype & FixedWidthInteger>(
      _ type: Element.Type, on world: Communicator
    ) throws {
      func truth(_ value: Bool) -> Element { value ? 1 : 0 }
      try check(type, .sum, on: world, &+)
      try check(type, .product, on: world, &*)
      try check(type, .minimum, on: world, min)
      try check(type, .maximum, on: world, max)
      try check(type, .logicalAnd, on: world) { truth($0 != 0 && $1 != 0) }
      try check(type, .logicalOr, on: world) { truth($0 != 0 || $1 != 0) }
      try check(type, .logicalExclusiveOr, on: world) { truth(($0 != 0) != ($1 != 0)) }
      try check(type, .bitwiseAnd, on: world, &)
      try check(type, .bitwiseOr, on: world, |)
      try check(type, .bitwiseExclusiveOr, on: world, ^)
    }

    private func check<Element: MPIDatatype & FixedWidthInteger>(
      _ type: Element.Type, _ operation: ReductionOperation, on world: Communicator,
      _ combine: (Element, Element) -> Element
    ) throws {
      let isLogical = [.logicalAnd, .logicalOr, .logicalExclusiveOr].contains(operation)
      // Truth is any nonzero value, so 2 and 4 are true and have no bit in common. Other values use all bits.
      func value(_ rank: Int, _ index: Int) -> Element {
        isLogical
          ? [0, 2, 4][(rank + index) % 3]
          : Element(truncatingIfNeeded: UInt64((rank + 3) * (index + 1)) &* 0x9E37_79B9_7F4A_7C15)
      }
      let count = 11
      let expected = (0..<count).map { index in
        (1..<world.size).reduce(value(0, index)) { combine($0, value($1, index)) }
      }
      try checkForms((0..<count).map { value(world.rank, $0) }, operation, expected, on: world)
    }

    @Test func floatingPointNumbersReduceAsSwiftDoes() throws {
      try MPIEnvironment.withTestWorld { world throws in
        // Small integers, so that sums and products are exact in any order.
        func check<Element: MPIDatatype & BinaryFloatingPoint>(_ type: Element.Type) throws {
          let n = world.size
          let mine = (0..<9).map { Element((world.rank + 1) * ($0 - 4)) }
          let sums = (0..<9).map { Element(n * (n + 1) / 2 * ($0 - 4)) }
          let smallest = (0..<9).map { Element(min($0 - 4, n * ($0 - 4))) }
          let largest = (0..<9).map { Element(max($0 - 4, n * ($0 - 4))) }
          let products = (0..<9).map { i in (1...n).reduce(Element(1)) { $0 * Element($1 * (i - 4)) } }
          try checkForms(mine, .sum, sums, on: world)
          try checkForms(mine, .minimum, smallest, on: world)
          try checkForms(mine, .maximum, largest, on: world)
          try checkForms(mine, .product, products, on: world)
        }
        try check(Float.self)
        try check(Double.self)
      }
    }

    /// All blocking forms of a reduction against the expected elements.
    private func checkForms<Element: MPIDatatype & Equatable & AdditiveArithmetic>(
      _ mine: [Element], _ operation: ReductionOperation, _ expected: [Element], on world: Communicator
    ) throws {
      let raw = try withMemory(mine) { try world.allReduce($0, operation) }
      #expect(raw == expected, "\(Element.self) \(operation), in place")

      var inPlace = mine
      var span = inPlace.mutableSpan
      try world.allReduce(&span, operation)
      #expect(inPlace == expected, "\(Element.self) \(operation), span in place")

      var result = [Element](repeating: .zero, count: mine.count)
      var resultSpan = result.mutableSpan
      try world.allReduce(mine.span, into: &resultSpan, operation)
      #expect(result == expected, "\(Element.self) \(operation), span")

      let first = try #require(mine.first)
      #expect(try world.allReduce(first, operation) == expected.first)

      for root in 0..<world.size {
        var result = mine
        var resultSpan = result.mutableSpan
        try world.reduce(mine.span, into: &resultSpan, operation, root: root)
        #expect(result == (world.rank == root ? expected : mine), "\(Element.self) \(operation) on \(root)")
        #expect(try world.reduce(first, operation, root: root) == (world.rank == root ? expected.first : nil))
      }
    }

    @Test func operationsThatTheTypeLacksAreErrors() throws {
      try MPIEnvironment.withTestWorld { world throws in
        let onIntegersOnly: [ReductionOperation] = [
          .logicalAnd, .logicalOr, .logicalExclusiveOr, .bitwiseAnd, .bitwiseOr, .bitwiseExclusiveOr,
        ]
        for operation in ReductionOperation.allCases {
          let expected: MPIError.Class? = onIntegersOnly.contains(operation) ? .operation : nil
          #expect(errorClass { _ = try world.allReduce(Float(1), operation) } == expected, "\(operation)")
        }
      }
    }

    /// The law of parts: how many elements one call carries changes nothing.
    @Test(arguments: [1, 2, 3, 7, 20, 21, 1 << 30]) func partsDoNotChangeTheResult(limit: Int) throws {
      try MPIEnvironment.withTestWorld { world throws in
        world.elementCountPerMessage = limit
        let n = world.size
        let mine = (0..<20).map { world.rank * 100 + $0 }
        let sums = (0..<20).map { n * (n - 1) / 2 * 100 + n * $0 }
        try checkForms(mine, .sum, sums, on: world)
        try checkForms(mine, .maximum, (0..<20).map { (n - 1) * 100 + $0 }, on: world)
      }
    }

    @Test func emptyBuffersReduceToEmptyBuffers() throws {
      try MPIEnvironment.withTestWorld { world throws in
        try world.allReduce(UnsafeMutableBufferPointer<Float>(start: nil, count: 0), .sum)
        #expect(try withMemory([Double]()) { try world.allReduce($0, .sum) }.isEmpty)
      }
    }
  }
}
