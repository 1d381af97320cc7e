import COneDNN

extension ElementType {
  /// The type in oneDNN's terms.
  var dataType: dnnl_data_type_t {
    switch self {
    case .float32: dnnl_f32
    case .bfloat16: dnnl_bf16
    }
  }
}
