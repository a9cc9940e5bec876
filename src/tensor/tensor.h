#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace mote {

/// Element types, in the order of the TensorType enumeration of the `.tflite` schema where it has them.
enum class DType : uint8_t { kFloat32, kFloat16, kInt32, kUint8, kInt64, kBool, kInt16, kInt8, kInt4 };

/// "int8", "float32", ...
[[nodiscard]] std::string_view name(DType dtype);
/// Bits of one element: 4 for int4, else 8, 16, 32 or 64.
[[nodiscard]] int bits(DType dtype);

/// Extents, outermost first (NHWC, OHWI). An empty shape is a scalar.
using Shape = std::vector<int32_t>;

/// Number of elements. Every extent must be positive and the product below 2^40 (see checked_count for foreign files).
[[nodiscard]] int64_t count(const Shape& shape);
/// As count, but refuses extents <= 0 and products of 2^31 or more.
[[nodiscard]] Result<int64_t> checked_count(const Shape& shape);
/// "1x49x10x1"
[[nodiscard]] std::string text(const Shape& shape);

/// real = scale * (stored - zero_point). One scale for the tensor, or one for each index along `axis`.
/// No scales: not quantized.
struct Quantization {
  std::vector<float> scale;
  std::vector<int32_t> zero_point;  ///< as many as scales
  int32_t axis = 0;

  [[nodiscard]] bool present() const { return !scale.empty(); }
  [[nodiscard]] bool per_channel() const { return scale.size() > 1; }
  friend bool operator==(const Quantization&, const Quantization&) = default;
};

struct TensorType {
  DType dtype = DType::kFloat32;
  Shape shape;
  Quantization quantization;

  /// Bytes of the stored elements; int4 is packed two a byte.
  [[nodiscard]] size_t bytes() const;
  friend bool operator==(const TensorType&, const TensorType&) = default;
};

/// "int8 1x12 scale 0.0078 zero point -1"
[[nodiscard]] std::string text(const TensorType& type);

/// A tensor that owns its elements (row-major, little-endian).
struct Tensor {
  TensorType type;
  std::vector<uint8_t> data;

  Tensor() = default;
  /// All zero.
  explicit Tensor(TensorType of) : type(std::move(of)), data(type.bytes()) {}
  Tensor(TensorType of, std::vector<uint8_t> content) : type(std::move(of)), data(std::move(content)) {}

  template <class T>
  [[nodiscard]] std::span<T> as() {
    return {reinterpret_cast<T*>(data.data()), data.size() / sizeof(T)};
  }
  template <class T>
  [[nodiscard]] std::span<const T> as() const {
    return {reinterpret_cast<const T*>(data.data()), data.size() / sizeof(T)};
  }
};

/// A float tensor of this shape and content; sizes must agree.
[[nodiscard]] Tensor float_tensor(Shape shape, std::span<const float> content);

/// The value of an IEEE half-precision number.
[[nodiscard]] float from_half(uint16_t half);

/// The real numbers that a quantized or float16 tensor stands for, as float32: scale * (stored - zero point) with one
/// scale or one along the axis; the numbers themselves where there are no scales. Not for int4.
[[nodiscard]] Tensor dequantized(const Tensor& tensor);

/// The elements as numbers, bool as 0 or 1. Integers above 2^24 are rounded. Empty for int4.
[[nodiscard]] std::vector<float> as_floats(const Tensor& tensor);
/// The way back: rounded to nearest, saturated to what the type holds; bool is "not 0". Quantization is not applied.
[[nodiscard]] Tensor from_floats(TensorType type, std::span<const float> content);

/// A read-only look at elements, as floats. A constant that is no float32 (the axes of a mean) also shows its content.
struct ConstFloatView {
  Shape shape;
  std::span<const float> data;
  const Tensor* content = nullptr;
};
/// A writable look at float elements.
struct FloatView {
  Shape shape;
  std::span<float> data;
};

}  // namespace mote
