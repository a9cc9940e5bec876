#include "tensor/tensor.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

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

namespace {

/// Calls visit(element of the stored type) with the type of the elements; not for float16 and int4.
template <class Visitor>
void with_element(DType dtype, Visitor&& visit) {
  switch (dtype) {
    case DType::kFloat32:
      return visit(float{});
    case DType::kInt32:
      return visit(int32_t{});
    case DType::kInt64:
      return visit(int64_t{});
    case DType::kInt16:
      return visit(int16_t{});
    case DType::kInt8:
      return visit(int8_t{});
    case DType::kUint8:
    case DType::kBool:
      return visit(uint8_t{});
    case DType::kFloat16:
    case DType::kInt4:
      return;
  }
}

template <class T>
T saturated(float value) {
  using Limits = std::numeric_limits<T>;
  if (std::isnan(value)) return 0;
  if (value <= static_cast<float>(Limits::min())) return Limits::min();
  if (value >= static_cast<float>(Limits::max())) return Limits::max();
  return static_cast<T>(std::round(value));
}

}  // namespace

float from_half(uint16_t half) {
  const auto sign = static_cast<uint32_t>(half & 0x8000) << 16;
  const uint32_t exponent = (half >> 10) & 31u;
  const uint32_t fraction = half & 1023u;
  if (exponent == 0) {  // zero and numbers below 2^-14
    const float magnitude = std::ldexp(static_cast<float>(fraction), -24);
    return sign != 0 ? -magnitude : magnitude;
  }
  const uint32_t wide = exponent == 31 ? 255 : exponent + 112;
  return std::bit_cast<float>(sign | (wide << 23) | (fraction << 13));
}

Tensor dequantized(const Tensor& tensor) {
  Tensor result(TensorType{DType::kFloat32, tensor.type.shape, {}});
  const std::span<float> real = result.as<float>();
  const Quantization& q = tensor.type.quantization;
  const std::vector<float> stored = as_floats(tensor);
  if (!q.present() || tensor.type.dtype == DType::kFloat16 || tensor.type.dtype == DType::kFloat32) {
    std::copy(stored.begin(), stored.end(), real.begin());
    return result;
  }
  size_t inner = 1;
  for (size_t i = static_cast<size_t>(q.axis) + 1; i < tensor.type.shape.size(); ++i)
    inner *= static_cast<size_t>(tensor.type.shape[i]);
  for (size_t i = 0; i < stored.size(); ++i) {
    const size_t c = q.per_channel() ? i / inner % q.scale.size() : 0;
    real[i] = q.scale[c] * (stored[i] - static_cast<float>(q.zero_point[c]));
  }
  return result;
}

std::vector<float> as_floats(const Tensor& tensor) {
  std::vector<float> result;
  if (tensor.type.dtype == DType::kFloat16)
    for (const uint16_t half : tensor.as<uint16_t>()) result.push_back(from_half(half));
  with_element(tensor.type.dtype, [&]<class T>(T) {
    for (const T element : tensor.as<T>())
      result.push_back(tensor.type.dtype == DType::kBool ? static_cast<float>(element != 0)
                                                         : static_cast<float>(element));
  });
  return result;
}

Tensor from_floats(TensorType type, std::span<const float> content) {
  Tensor result(std::move(type));
  with_element(result.type.dtype, [&]<class T>(T) {
    const std::span<T> elements = result.as<T>();
    for (size_t i = 0; i < std::min(elements.size(), content.size()); ++i) {
      if constexpr (std::is_same_v<T, float>)
        elements[i] = content[i];
      else
        elements[i] = result.type.dtype == DType::kBool ? static_cast<T>(content[i] != 0) : saturated<T>(content[i]);
    }
  });
  return result;
}

}  // namespace mote
