#pragma once

#include "onnx/onnx_model.pb.h"
#include "tensor/tensor.h"

namespace mote {

/// Element types as ONNX numbers them.
enum class OnnxType : int32_t {
  kFloat = 1,
  kUint8 = 2,
  kInt8 = 3,
  kUint16 = 4,
  kInt16 = 5,
  kInt32 = 6,
  kInt64 = 7,
  kBool = 9,
  kFloat16 = 10,
  kDouble = 11,
  kUint32 = 12,
  kUint64 = 13,
  kBfloat16 = 16,
  kUint4 = 21,
  kInt4 = 22,
};

/// What Mote holds such elements as: all floats as float32, 32-bit and 64-bit integers as int32, 4-bit ones as int8 and
/// uint8. Refuses types that nothing here computes with (strings, complex numbers, float8), by name.
[[nodiscard]] Result<DType> dtype_of_onnx(int32_t type);

/// A stored tensor, its elements converted as dtype_of_onnx says. Integers beyond int32 are refused, but for those near
/// the ends of int64, by which exporters mean "to the end": they become the ends of int32. A tensor may be empty (an
/// extent of 0). Refuses content in another file and content whose size contradicts the shape.
[[nodiscard]] Result<Tensor> read_onnx_tensor(const onnx_format::Tensor& stored);

}  // namespace mote
