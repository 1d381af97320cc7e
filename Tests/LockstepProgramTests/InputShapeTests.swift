import LockstepProgram
import Mistakes
import NeuralNetworks
import Testing

@Suite struct InputShapeTests {
  @Test(
    "one or three sizes are read, with x or ×",
    arguments: [
      ("3x6x6", [3, 6, 6]), ("3×6×6", [3, 6, 6]), ("1X28x28", [1, 28, 28]), ("784", [784]), ("1", [1]),
      ("1x46340x46340", [1, 46340, 46340]), ("2147483647", [2_147_483_647]),
    ])
  func read(text: String, sizes: [Int]) throws {
    let shape = try InputShape(text)
    #expect(shape.shape == Shape(sizes))
    #expect(try InputShape(shape.description) == shape)
  }

  @Test(
    "anything else is the user's mistake, and quoted",
    arguments: [
      "", "x", "3x6", "3x6x6x6", "3x6x", "x3x6", "3x0x6", "0", "-1", "3x-6x6", "3 x 6 x 6", "3,6,6", "+3x6x6",
      "3.0x6x6",
      "axbxc", "2147483648", "65536x65536x1", "99999999999999999999", "٣", "3x6x6\n",
    ])
  func refused(text: String) throws {
    let error = try #require(throws: UserMistake.self) { _ = try InputShape(text) }
    #expect(
      error.description
        == "found the input shape \(text.debugDescription), expected CHANNELSxHEIGHTxWIDTH such as 3x6x6, or a "
        + "number of features such as 784, with at most 2147483647 elements")
    #expect(!error.description.contains("\n"))
  }
}
