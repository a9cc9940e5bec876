#include "tensor/tensor.h"

#include <cstring>

namespace mote {

std::string_view name(DType dtype) {
  switch (dtype) {
    case DType::kFloat32:
      return "float32";
    case DType::kFloat16:
      return "float16";
    case DType::kInt32:
      return "int32";
    case DType::kUint8:
      return "uint8";
    case DType::kInt64:
      return "int64";
    case DType::kBool:
      return "bool";
    case DType::kInt16:
      return "int16";
    case DType::kInt8:
      return "int8";
    case DType::kInt4:
      return "int4";
  }
  return "?";
}

int bits(DType dtype) {
  switch (dtype) {
    case DType::kFloat32:
    case DType::kInt32:
      return 32;
    case DType::kInt64:
      return 64;
    case DType::kFloat16:
    case DType::kInt16:
      return 16;
    case DType::kUint8:
    case DType::kBool:
    case DType::kInt8:
      return 8;
    case DType::kInt4:
      return 4;
  }
  return 8;
}

int64_t count(const Shape& shape) {
  int64_t product = 1;
  for (const int32_t extent : shape) product *= extent;
  return product;
}

Result<int64_t> checked_count(const Shape& shape) {
  int64_t product = 1;
  for (const int32_t extent : shape) {
    if (extent <= 0) return fail(ErrorCode::kBadInput, "shape {} has an extent that is not positive", text(shape));
    product *= extent;
    if (product > INT32_MAX) return fail(ErrorCode::kBadInput, "shape {} has 2^31 elements or more", text(shape));
  }
  return product;
}

std::string text(const Shape& shape) {
  return shape.empty() ? "scalar" : fmt::format("{}", fmt::join(shape, "x"));
}

size_t TensorType::bytes() const {
  return (static_cast<size_t>(count(shape)) * static_cast<size_t>(bits(dtype)) + 7) / 8;
}

std::string text(const TensorType& type) {
  std::string result = fmt::format("{} {}", name(type.dtype), text(type.shape));
  const Quantization& q = type.quantization;
  if (q.per_channel())
    result += fmt::format(" {} scales along axis {}", q.scale.size(), q.axis);
  else if (q.present())
    result += fmt::format(" scale {:.6g} zero point {}", q.scale[0], q.zero_point[0]);
  return result;
}

Tensor float_tensor(Shape shape, std::span<const float> content) {
  Tensor tensor(TensorType{DType::kFloat32, std::move(shape), {}});
  std::memcpy(tensor.data.data(), content.data(), std::min(tensor.data.size(), content.size_bytes()));
  return tensor;
}

}  // namespace mote
