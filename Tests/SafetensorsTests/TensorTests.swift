import Safetensors
import Testing

@Suite("A tensor")
struct TensorTests {
  @Test("gives back the numbers that it was made of, bit for bit")
  func elementsRoundTrip() {
    func check<Element: TensorElement & FixedWidthInteger>(_: Element.Type) {
      let elements: [Element] = [.min, 0, 1, .max]
      #expect(Tensor(elements).elements() == elements)
    }
    check(UInt8.self)
    check(Int32.self)
    check(Int64.self)
    check(UInt64.self)

    let floats: [Float] = [0, -0.0, .pi, .leastNonzeroMagnitude, .infinity, Float(nan: 5, signaling: false)]
    #expect(Tensor(floats).elements(as: Float.self)?.map(\.bitPattern) == floats.map(\.bitPattern))
    let doubles = floats.map(Double.init) + [.leastNonzeroMagnitude]
    #expect(Tensor(doubles).elements(as: Double.self)?.map(\.bitPattern) == doubles.map(\.bitPattern))
  }

  @Test("takes any collection: an array, a slice, a buffer, a lazy one")
  func collections() {
    let whole = (0..<10).map(Float.init)
    let expected = Tensor(Array(whole[3..<7]), shape: [2, 2])
    #expect(Tensor(whole[3..<7], shape: [2, 2]) == expected)
    #expect(Tensor((3..<7).lazy.map(Float.init), shape: [2, 2]) == expected)
    whole[3..<7].withUnsafeBufferPointer { #expect(Tensor($0, shape: [2, 2]) == expected) }
  }

  @Test("holds its elements little-endian and converts none")
  func representation() {
    let tensor = Tensor([Int32(0x0403_0201), -1], shape: [2, 1])
    #expect(tensor.bytes == [1, 2, 3, 4, 255, 255, 255, 255])
    #expect(tensor.description == "I32 [2, 1]")
    #expect(tensor.elements(as: Float.self) == nil)
    #expect(tensor.elements(as: Int64.self) == nil)
  }

  @Test("has one element without axes and none with an empty one")
  func counts() {
    #expect(Tensor(scalar: Int64(20)).shape == [])
    #expect(Tensor(scalar: Int64(20)).count == 1)
    #expect(Tensor(scalar: Int64(20)).elements() == [Int64(20)])
    #expect(Tensor([Float](), shape: [3, 0]).count == 0)
    #expect(Tensor([Float]()).elements() == [Float]())
  }

  @Test("traps if shape and bytes disagree")
  func mistakes() async {
    await #expect(processExitsWith: .failure) { _ = Tensor([Float(1), 2, 3], shape: [2, 2]) }
    await #expect(processExitsWith: .failure) {
      _ = Tensor(dtype: .float32, shape: [-1, -1], bytes: [0, 0, 0, 0])
    }
  }
}
