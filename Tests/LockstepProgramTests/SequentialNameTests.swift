import LockstepProgram
import NeuralNetworks
import Testing

/// The names of parameters and buffers against those of PyTorch's `nn.Sequential`.
@Suite struct SequentialNameTests {
  /// The keys of a `state_dict()` in PyTorch, without `num_batches_tracked`.
  ///
  /// ```python
  /// class Residual(nn.Module):
  ///     def __init__(self, residual, shortcut=None):
  ///         super().__init__()
  ///         self.residual = nn.Sequential(*residual)
  ///         self.shortcut = nn.Sequential(*shortcut) if shortcut else nn.Identity()
  ///
  ///     def forward(self, x):
  ///         return self.residual(x) + self.shortcut(x)
  ///
  /// class Dense(nn.Sequential):
  ///     def forward(self, x):
  ///         for block in self:
  ///             x = torch.cat((x, block(x)), dim=1)
  ///         return x
  ///
  /// nn.Sequential(
  ///     nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(),
  ///     Residual([nn.Conv2d(4, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8)], [nn.Conv2d(4, 8, 1, 2)]),
  ///     nn.ReLU(),
  ///     Dense(*[nn.Sequential(nn.BatchNorm2d(8 + 4 * i), nn.ReLU(), nn.Conv2d(8 + 4 * i, 4, 3, padding=1))
  ///             for i in range(2)]),
  ///     *[nn.Conv2d(16, 16, 1), nn.ReLU(), nn.Conv2d(16, 16, 1), nn.ReLU()],
  ///     Residual([Residual([nn.BatchNorm2d(16)])]),
  ///     nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 10, bias=False))
  /// ```
  static let names = [
    "0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var",
    "3.residual.0.weight", "3.residual.1.weight", "3.residual.1.bias", "3.residual.1.running_mean",
    "3.residual.1.running_var", "3.shortcut.0.weight", "3.shortcut.0.bias",
    "5.0.0.weight", "5.0.0.bias", "5.0.0.running_mean", "5.0.0.running_var", "5.0.2.weight", "5.0.2.bias",
    "5.1.0.weight", "5.1.0.bias", "5.1.0.running_mean", "5.1.0.running_var", "5.1.2.weight", "5.1.2.bias",
    "6.weight", "6.bias", "8.weight", "8.bias",
    "10.residual.0.residual.0.weight", "10.residual.0.residual.0.bias",
    "10.residual.0.residual.0.running_mean", "10.residual.0.residual.0.running_var",
    "13.weight",
  ]

  @Test("parameters and buffers are named as in the nn.Sequential of the same layers")
  func sameNames() throws {
    let model = try SequentialModel(
      layers: """
            - {convolution: 4, kernel: 3, padding: 1}
            - batch_norm
            - relu
            - residual: [{convolution: 8, kernel: 3, stride: 2, padding: 1, bias: false}, batch_norm]
              shortcut: [{convolution: 8, kernel: 1, stride: 2}]
            - relu
            - {dense: [batch_norm, relu, {convolution: 4, kernel: 3, padding: 1}], repeat: 2}
            - {repeat: 2, layers: [{convolution: 16, kernel: 1}, relu]}
            - residual: [{residual: [batch_norm]}]
            - global_average_pool
            - flatten
            - {linear: 10, bias: false}
        """)
    let graph = try Graph(input: Shape(1, 8, 8), model: model)
    #expect(
      (graph.parameters.map(\.path) + graph.buffers.map(\.path)).sorted() == Self.names.sorted())
  }
}
