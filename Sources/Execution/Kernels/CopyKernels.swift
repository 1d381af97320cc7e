// Kernels that move numbers without changing more than their type: between layouts, and along channels.
// Legend: n sample, c channel, p pixel, B channels side by side.
import Mistakes
import NeuralNetworks

/// Brings images from one layout to the other: the plain input into blocks, or blocks into a vector.
///
/// The input, which is of singles, is rounded to the type of the other values.
///
/// A vector in the order channel, row, column is a plain image with zeros behind it.
final class LayoutKernel: Kernel {
  private let input: TensorLayout
  private let output: TensorLayout
  private let packs: Bool

  /// Makes the kernel that packs plain images into blocks, or that unpacks blocks to plain rows.
  ///
  /// - Parameter output: if plain, like the input, only the type of the elements changes, and no gradient is asked for.
  init(input: TensorLayout, output: TensorLayout, packs: Bool) {
    self.input = input
    self.output = output
    self.packs = packs
  }

  func bind(_ memory: KernelMemory) -> any BoundKernel {
    switch (input.element, output.element) {
    case (.float32, .float32): bound(memory, Float.self, Float.self)
    case (.float32, .bfloat16): bound(memory, Float.self, BFloat16.self)
    case (.bfloat16, .float32): bound(memory, BFloat16.self, Float.self)
    case (.bfloat16, .bfloat16): bound(memory, BFloat16.self, BFloat16.self)
    }
  }

  private func bound<Input: StoredElement, Output: StoredElement>(
    _ memory: KernelMemory, _: Input.Type, _: Output.Type
  ) -> BoundCopy {
    let (input, output) = (input, output)
    let (x, y) = (memory.inputs[0].elements(Input.self), memory.output.elements(Output.self))
    let dx = memory.inputGradients[0]?.elements(Input.self)
    let dy = memory.outputGradient?.elements(Output.self)
    let packs = packs
    return BoundCopy(
      forward: {
        if !output.isBlocked {
          convert(x, to: y, count: output.elementCount)
        } else if packs {
          pack(x, input, to: y, output)
        } else {
          unpack(x, input, to: y, output)
        }
      },
      backward: {
        guard let dx, let dy else { return }
        if packs { unpack(dy, output, to: dx, input) } else { pack(dy, output, to: dx, input) }
      })
  }
}

/// Puts values one after the other along their channels, unless they lie there already.
final class ConcatenateKernel: Kernel {
  private let inputs: [TensorLayout]
  private let output: TensorLayout
  private let inPlace: [Bool]

  /// The kernel for inputs whose channels follow each other in the output.
  ///
  /// - Parameter inPlace: by input, whether it is a part of the output's memory, and its gradient of the gradient's.
  init(inputs: [TensorLayout], output: TensorLayout, inPlace: [Bool]) {
    self.inputs = inputs
    self.output = output
    self.inPlace = inPlace
  }

  func bind(_ memory: KernelMemory) -> any BoundKernel {
    switch output.element {
    case .float32: bound(memory, Float.self)
    case .bfloat16: bound(memory, BFloat16.self)
    }
  }

  private func bound<Element: StoredElement>(_ memory: KernelMemory, _: Element.Type) -> BoundCopy {
    let (inputs, output, inPlace) = (inputs, output, inPlace)
    return BoundCopy(
      forward: {
        let y = memory.output.elements(Element.self)
        clearLastBlock(of: y, output)
        var first = 0
        for (position, layout) in inputs.enumerated() {
          if !inPlace[position] {
            copyChannels(
              layout.shape.channels, from: memory.inputs[position].elements(Element.self), layout, first: 0,
              to: y, output, first: first)
          }
          first += layout.shape.channels
        }
      },
      backward: {
        guard let dy = memory.outputGradient?.elements(Element.self) else { return }
        var first = 0
        for (position, layout) in inputs.enumerated() {
          if let dx = memory.inputGradients[position]?.elements(Element.self), !inPlace[position] {
            clearLastBlock(of: dx, layout)
            copyChannels(layout.shape.channels, from: dy, output, first: first, to: dx, layout, first: 0)
          }
          first += layout.shape.channels
        }
      })
  }
}

/// Two copies, there and back.
private final class BoundCopy: BoundKernel {
  private let forward: () -> Void
  private let backward: () -> Void

  init(forward: @escaping () -> Void, backward: @escaping () -> Void) {
    self.forward = forward
    self.backward = backward
  }

  func run(_ phase: Phase) {
    switch phase {
    case .forward: forward()
    case .backwardData: backward()
    default: unreachable("a copy has no phase \(phase)")
    }
  }
}

/// Elements of one type to those of another, in the same places.
private func convert<Input: StoredElement, Output: StoredElement>(
  _ x: UnsafeMutablePointer<Input>, to y: UnsafeMutablePointer<Output>, count: Int
) {
  for index in 0..<count { y[index] = Output(rounding: x[index].float) }
}

/// Plain rows, perhaps padded ones, to blocked images.
private func pack<Input: StoredElement, Output: StoredElement>(
  _ x: UnsafeMutablePointer<Input>, _ plain: TensorLayout, to y: UnsafeMutablePointer<Output>,
  _ blocked: TensorLayout
) {
  let (B, channels, pixels) = (blocked.channelBlock, blocked.shape.channels, blocked.shape.pixels)
  for n in 0..<blocked.samples {
    for block in 0..<blocked.blocks {
      let source = x + n * plain.rowStride + block * B * pixels
      let target = y + n * blocked.rowStride + block * B * pixels
      let valid = min(B, channels - block * B)
      if valid < B { target.update(repeating: Output(rounding: 0), count: B * pixels) }
      for c in 0..<valid {
        for p in 0..<pixels { target[p * B + c] = Output(rounding: source[c * pixels + p].float) }
      }
    }
  }
}

/// Blocked images to plain rows, whose padding, if any, becomes zero.
private func unpack<Input: StoredElement, Output: StoredElement>(
  _ x: UnsafeMutablePointer<Input>, _ blocked: TensorLayout, to y: UnsafeMutablePointer<Output>,
  _ plain: TensorLayout
) {
  let (B, channels, pixels) = (blocked.channelBlock, blocked.shape.channels, blocked.shape.pixels)
  for n in 0..<blocked.samples {
    let row = y + n * plain.rowStride
    for block in 0..<blocked.blocks {
      let source = x + n * blocked.rowStride + block * B * pixels
      for c in 0..<min(B, channels - block * B) {
        let target = row + (block * B + c) * pixels
        for p in 0..<pixels { target[p] = Output(rounding: source[p * B + c].float) }
      }
    }
    (row + channels * pixels)
      .update(repeating: Output(rounding: 0), count: plain.rowStride - channels * pixels)
  }
}

/// Copies channels between blocked values of equal pixels; whole blocks at once where both sides are aligned.
private func copyChannels<Element: StoredElement>(
  _ count: Int, from x: UnsafeMutablePointer<Element>, _ source: TensorLayout, first sourceFirst: Int,
  to y: UnsafeMutablePointer<Element>, _ target: TensorLayout, first targetFirst: Int
) {
  let (B, pixels) = (source.channelBlock, source.shape.pixels)
  for n in 0..<source.samples {
    let (from, to) = (x + n * source.rowStride, y + n * target.rowStride)
    var c = 0
    while c < count {
      let (left, right) = (sourceFirst + c, targetFirst + c)
      if left % B == 0, right % B == 0, count - c >= B {
        (to + right * pixels).update(from: from + left * pixels, count: B * pixels)
        c += B
        continue
      }
      let (base, place) = (from + left / B * B * pixels + left % B, to + right / B * B * pixels + right % B)
      for p in 0..<pixels { place[p * B] = base[p * B] }
      c += 1
    }
  }
}

/// Zeros in the last channel block of each sample, where channels that are no channels lie.
func clearLastBlock<Element: StoredElement>(
  of values: UnsafeMutablePointer<Element>, _ layout: TensorLayout
) {
  guard layout.shape.channels % layout.channelBlock != 0 else { return }
  let size = layout.channelBlock * layout.shape.pixels
  for n in 0..<layout.samples {
    (values + (n + 1) * layout.rowStride - size).update(repeating: Element(rounding: 0), count: size)
  }
}
