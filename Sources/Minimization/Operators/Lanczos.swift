import Foundation
import Mistakes

/// Lanczos' method: the extreme eigenvalues of a symmetric operator that is given by its products only.
///
/// After k products the eigenvalues of a tridiagonal k × k matrix, the Ritz values, approximate those of the operator,
/// the extreme ones first. All basis vectors are kept and every new one is made orthogonal to all of them twice, so
/// that no eigenvalue appears several times by rounding.
///
/// Of an eigenvalue that occurs several times, one copy is found. Near each Ritz value lies an eigenvalue, as near as its
/// bound says; but a run that ends early may have overlooked one farther out, in whose direction the random start vector
/// has next to no part. How far out such a one may lie is told as well (``Result/overlooked``).
///
/// Parlett: "The Symmetric Eigenvalue Problem", SIAM 1998, section 6.9 (twice is enough) and chapter 13.
public struct Lanczos: Sendable {
  /// The precision in which the basis vectors are kept; all arithmetic is in `Double`.
  public enum Storage: Sendable {
    /// Four bytes an element: 50 vectors of 11 million elements take 2.2 GB. Ritz values are exact to about 10⁻⁷ of
    /// the largest one's magnitude, which is about what `Float` kernels give.
    case single
    /// Eight bytes an element; Ritz values are exact to about 10⁻¹⁵ of the largest one's magnitude.
    case double
  }

  /// The most products k that may be made; k vectors of n elements are kept, besides four in `Double`.
  public var stepLimit: Int
  /// The error bound of the smallest and the largest Ritz value, relative to the larger magnitude of the two, at which
  /// the method may end.
  public var tolerance: Double
  /// The precision in which the basis vectors are kept.
  public var storage: Storage
  /// The seed of the random start vector.
  public var seed: UInt64

  /// A run that ends at an error bound or at a number of products, whichever comes first.
  ///
  /// - Parameters:
  ///   - stepLimit: the most products that may be made, ≥ 1.
  ///   - tolerance: the relative error bound to reach, ≥ 0.
  ///   - storage: the precision in which the basis vectors are kept.
  ///   - seed: that of the random start vector.
  public init(stepLimit: Int, tolerance: Double = 1e-10, storage: Storage = .double, seed: UInt64 = 0) {
    require(stepLimit >= 1, "Lanczos' method needs at least 1 step, given \(stepLimit)")
    require(tolerance >= 0, "tolerance \(tolerance) is not ≥ 0")
    self.stepLimit = stepLimit
    self.tolerance = tolerance
    self.storage = storage
    self.seed = seed
  }

  /// An approximate eigenvalue.
  public struct RitzValue: Hashable, Sendable {
    /// The approximation θ.
    public var value: Double
    /// The distance of θ within which there is an eigenvalue.
    ///
    /// |βₖ sₖ|, the norm of A y − θ y for the approximate eigenvector y of length one. Rounding adds about the storage's
    /// precision times the largest magnitude of the Ritz values.
    public var errorBound: Double
  }

  /// What a run found.
  public struct Result: Hashable, Sendable {
    /// The Ritz values, ascending; as many as products were made, at least one.
    public var ritzValues: [RitzValue]
    /// Why the run ended.
    public var ending: Ending
    /// How far beyond the smallest and the largest Ritz value an eigenvalue may lie, with a probability of 99 %; infinite
    /// after too few products, 0 where all eigenvalues are found.
    public var overlooked: Double

    /// The smallest Ritz value.
    public var smallest: RitzValue { ritzValues[0] }
    /// The largest Ritz value.
    public var largest: RitzValue { ritzValues[ritzValues.count - 1] }
  }

  /// Why a run ended.
  public enum Ending: Hashable, Sendable {
    /// The bounds of the smallest and the largest Ritz value are within the tolerance, and an eigenvalue beyond them lies,
    /// with a probability of 99 %, within ``Lanczos/mostOverlooked`` of the distance from the smallest to the largest.
    case converged
    /// The vectors span a space that the operator does not leave: all Ritz values are eigenvalues.
    case invariantSubspace
    /// The products allowed were made.
    case stepLimit
  }

  /// The part of the distance from the smallest to the largest eigenvalue by which a run may overlook one and have
  /// converged.
  ///
  /// Small bounds alone do not make a run converged: after four products they may be those of inner eigenvalues.
  public static let mostOverlooked = 0.1

  /// The part ε of the distance from the smallest to the largest eigenvalue by which the extreme Ritz values miss these at
  /// most, with a probability of 99 % for both together, whatever the eigenvalues are; 1 after too few products.
  ///
  /// Of a start vector all of whose directions are equally probable, k products miss by more than ε with a probability of
  /// at most 1.648 √n exp(−√ε (2k − 1)) at either end.
  ///
  /// Kuczyński, Woźniakowski: "Estimating the Largest Eigenvalue by the Power and Lanczos Algorithms with a Random Start",
  /// SIAM J. Matrix Anal. Appl. 13, 1992, doi:10.1137/0613066.
  ///
  /// - Parameters:
  ///   - dimension: n, ≥ 1.
  ///   - products: k, ≥ 1.
  public static func overlookedPart(dimension: Int, products: Int) -> Double {
    let root = log(1.648 * Double(dimension).squareRoot() / 0.005) / Double(2 * products - 1)
    return min(root * root, 1)
  }

  /// Approximates eigenvalues.
  ///
  /// The start vector, every inner product and every decision are the same wherever the products are, so that all
  /// ranks that hold equal products find the same bits.
  ///
  /// - Parameters:
  ///   - dimension: n, ≥ 1.
  ///   - product: returns A v, n elements, for a v of n elements; A must be symmetric.
  /// - Throws: ``OperatorError/productNotFinite(product:)`` if a product is not finite, and what `product` throws.
  /// - Complexity: O(k² n) and k products.
  public func eigenvalues(dimension: Int, product: ([Double]) throws -> [Double]) throws -> Result {
    switch storage {
    case .single: try run(Float.self, dimension: dimension, product: product)
    case .double: try run(Double.self, dimension: dimension, product: product)
    }
  }
}
