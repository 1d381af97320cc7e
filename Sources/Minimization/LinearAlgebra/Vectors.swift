import Foundation
import Mistakes

/// The inner product; the sum goes over the elements in their order.
func dot(_ left: [Double], _ right: [Double]) -> Double {
  require(left.count == right.count, "vectors of \(left.count) and \(right.count) elements")
  var result = 0.0
  for index in left.indices { result += left[index] * right[index] }
  return result
}

/// The Euclidean norm ‖x‖; infinite where the sum of squares is.
func norm(_ vector: [Double]) -> Double {
  dot(vector, vector).squareRoot()
}

/// x + factor · direction, element by element.
func sum(_ x: [Double], _ factor: Double, _ direction: [Double]) -> [Double] {
  require(x.count == direction.count, "vectors of \(x.count) and \(direction.count) elements")
  return x.indices.map { x[$0] + factor * direction[$0] }
}

extension Double {
  /// The real cube root.
  var cubeRoot: Double { cbrt(self) }
}
