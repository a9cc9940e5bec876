#include "onnx/tensor_reader.h"

#include <bit>
#include <cstring>

namespace mote {

namespace {

constexpr size_t kMostExtents = 8;
constexpr int32_t kExternal = 1;

std::string_view onnx_type_name(int32_t type) {
  constexpr std::string_view kNames[] = {"undefined",      "float",    "uint8",        "int8",           "uint16",
                                         "int16",          "int32",    "int64",        "string",         "bool",
                                         "float16",        "double",   "uint32",       "uint64",         "complex64",
                                         "complex128",     "bfloat16", "float8e4m3fn", "float8e4m3fnuz", "float8e5m2",
                                         "float8e5m2fnuz", "uint4",    "int4",         "float4e2m1"};
  return type >= 0 && static_cast<size_t>(type) < std::size(kNames) ? kNames[type] : "?";
}

float float_of_half(uint16_t half) {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000) << 16;
  const uint32_t exponent = (half >> 10) & 31;
  const uint32_t fraction = half & 1023;
  if (exponent == 0) {
    const float magnitude = static_cast<float>(fraction) / 16777216.0f;
    return sign != 0 ? -magnitude : magnitude;
  }
  const uint32_t rebased = exponent == 31 ? 255 : exponent + 112;
  return std::bit_cast<float>(sign | (rebased << 23) | (fraction << 13));
}

float float_of_bfloat(uint16_t bits) {
  return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}

Result<int32_t> narrowed(int64_t value) {
  constexpr int64_t kEnds = int64_t{1} << 62;
  if (value >= INT32_MIN && value <= INT32_MAX) return static_cast<int32_t>(value);
  if (value >= kEnds) return INT32_MAX;
  if (value <= -kEnds) return INT32_MIN;
  return fail(ErrorCode::kUnsupported, "holds the integer {}, which does not fit into 32 bits", value);
}

Result<Shape> read_shape(const onnx_format::Tensor& stored) {
  if (static_cast<size_t>(stored.dims_size()) > kMostExtents)
    return fail(ErrorCode::kUnsupported, "has {} extents, at most {} are supported", stored.dims_size(), kMostExtents);
  Shape shape;
  int64_t elements = 1;
  for (const int64_t extent : stored.dims()) {
    if (extent < 0 || extent > INT32_MAX) return fail(ErrorCode::kBadInput, "has the extent {}", extent);
    elements *= extent;
    if (elements > INT32_MAX) return fail(ErrorCode::kBadInput, "has 2^31 elements or more");
    shape.push_back(static_cast<int32_t>(extent));
  }
  return shape;
}

/// The elements as they are stored: raw bytes, or one of the typed lists, which hold smaller types widened.
class Elements {
 public:
  explicit Elements(const onnx_format::Tensor& stored) : stored_(stored) {}

  /// Element i of the type S in raw bytes, element i of `list` otherwise.
  template <class S, class List, class Visit>
  Result<> each(const List& list, size_t count, Visit&& visit) const {
    if (stored_.has_raw_data()) {
      const std::string& raw = stored_.raw_data();
      if (raw.size() != count * sizeof(S)) return wrong_size(raw.size(), "bytes", count * sizeof(S));
      for (size_t i = 0; i < count; ++i) {
        S element;
        std::memcpy(&element, raw.data() + i * sizeof(S), sizeof(S));
        MOTE_TRY(visit(i, element));
      }
      return {};
    }
    if (static_cast<size_t>(list.size()) != count)
      return wrong_size(static_cast<size_t>(list.size()), "elements", count);
    for (size_t i = 0; i < count; ++i) MOTE_TRY(visit(i, static_cast<S>(list[static_cast<int>(i)])));
    return {};
  }

  /// Two elements a byte, the first in the low half.
  template <class Visit>
  Result<> each_nibble(size_t count, Visit&& visit) const {
    const size_t bytes = (count + 1) / 2;
    const bool raw = stored_.has_raw_data();
    const size_t found = raw ? stored_.raw_data().size() : static_cast<size_t>(stored_.int32_data_size());
    if (found != bytes) return wrong_size(found, "bytes", bytes);
    for (size_t i = 0; i < count; ++i) {
      const int32_t byte =
          raw ? static_cast<uint8_t>(stored_.raw_data()[i / 2]) : stored_.int32_data(static_cast<int>(i / 2));
      visit(i, (i % 2 == 0 ? byte : byte >> 4) & 15);
    }
    return {};
  }

 private:
  static tl::unexpected<Error> wrong_size(size_t found, std::string_view what, size_t needed) {
    return fail(ErrorCode::kBadInput, "holds {} {}, its shape needs {}", found, what, needed);
  }

  const onnx_format::Tensor& stored_;
};

template <class S, class D, class List, class Convert>
Result<> fill(const onnx_format::Tensor& stored, const List& list, Tensor& to, Convert&& convert) {
  const auto target = to.as<D>();
  return Elements(stored).each<S>(list, target.size(), [&](size_t i, S element) -> Result<> {
    MOTE_TRY_ASSIGN(target[i], convert(element));
    return {};
  });
}

/// The element as a D, which holds all values of its type.
template <class D>
constexpr auto kSame = []<class S>(S element) -> Result<D> { return static_cast<D>(element); };

constexpr auto kNarrowed = []<class S>(S element) -> Result<int32_t> {
  if (std::is_unsigned_v<S> && element > static_cast<S>(INT64_MAX)) return INT32_MAX;
  return narrowed(static_cast<int64_t>(element));
};

Result<> read_elements(const onnx_format::Tensor& stored, Tensor& to) {
  using enum OnnxType;
  switch (static_cast<OnnxType>(stored.data_type())) {
    case kFloat:
      return fill<float, float>(stored, stored.float_data(), to, kSame<float>);
    case kDouble:
      return fill<double, float>(stored, stored.double_data(), to, kSame<float>);
    case kFloat16:
      return fill<uint16_t, float>(stored, stored.int32_data(), to,
                                   [](uint16_t half) -> Result<float> { return float_of_half(half); });
    case kBfloat16:
      return fill<uint16_t, float>(stored, stored.int32_data(), to,
                                   [](uint16_t bits) -> Result<float> { return float_of_bfloat(bits); });
    case kInt8:
      return fill<int8_t, int8_t>(stored, stored.int32_data(), to, kSame<int8_t>);
    case kUint8:
      return fill<uint8_t, uint8_t>(stored, stored.int32_data(), to, kSame<uint8_t>);
    case kBool:
      return fill<uint8_t, uint8_t>(stored, stored.int32_data(), to,
                                    [](uint8_t bit) -> Result<uint8_t> { return uint8_t{bit != 0}; });
    case kInt16:
      return fill<int16_t, int16_t>(stored, stored.int32_data(), to, kSame<int16_t>);
    case kUint16:
      return fill<uint16_t, int32_t>(stored, stored.int32_data(), to, kSame<int32_t>);
    case kInt32:
      return fill<int32_t, int32_t>(stored, stored.int32_data(), to, kSame<int32_t>);
    case kUint32:
      return fill<uint32_t, int32_t>(stored, stored.uint64_data(), to, kNarrowed);
    case kInt64:
      return fill<int64_t, int32_t>(stored, stored.int64_data(), to, kNarrowed);
    case kUint64:
      return fill<uint64_t, int32_t>(stored, stored.uint64_data(), to, kNarrowed);
    case kInt4:
      return Elements(stored).each_nibble(to.data.size(), [&](size_t i, int32_t bits) {
        to.as<int8_t>()[i] = static_cast<int8_t>(bits >= 8 ? bits - 16 : bits);
      });
    case kUint4:
      return Elements(stored).each_nibble(to.data.size(),
                                          [&](size_t i, int32_t bits) { to.data[i] = static_cast<uint8_t>(bits); });
  }
  return fail(ErrorCode::kInternal, "an element type without a reader");
}

}  // namespace

Result<DType> dtype_of_onnx(int32_t type) {
  using enum OnnxType;
  switch (static_cast<OnnxType>(type)) {
    case kFloat:
    case kDouble:
    case kFloat16:
    case kBfloat16:
      return DType::kFloat32;
    case kInt8:
    case kInt4:
      return DType::kInt8;
    case kUint8:
    case kUint4:
      return DType::kUint8;
    case kBool:
      return DType::kBool;
    case kInt16:
      return DType::kInt16;
    case kUint16:
    case kInt32:
    case kUint32:
    case kInt64:
    case kUint64:
      return DType::kInt32;
  }
  return fail(ErrorCode::kUnsupported, "has elements of type {} ({}), which are not supported", type,
              onnx_type_name(type));
}

Result<Tensor> read_onnx_tensor(const onnx_format::Tensor& stored) {
  if (stored.data_location() == kExternal)
    return fail(ErrorCode::kUnsupported,
                "has its content in another file; save the model as one file (onnx.save without external data)");
  if (stored.has_segment()) return fail(ErrorCode::kUnsupported, "is stored in segments; save the model again");
  MOTE_TRY_ASSIGN(const DType dtype, dtype_of_onnx(stored.data_type()));
  MOTE_TRY_ASSIGN(Shape shape, read_shape(stored));
  // The content is there before memory is taken for it: four bits an element at least.
  const size_t stored_bytes =
      stored.raw_data().size() * 2 + static_cast<size_t>(stored.float_data_size()) +
      static_cast<size_t>(stored.int32_data_size()) * 2 + static_cast<size_t>(stored.int64_data_size()) +
      static_cast<size_t>(stored.double_data_size()) + static_cast<size_t>(stored.uint64_data_size());
  if (static_cast<size_t>(count(shape)) > stored_bytes)
    return fail(ErrorCode::kBadInput, "has shape {} but holds less than that", text(shape));
  Tensor result(TensorType{dtype, std::move(shape), {}});
  MOTE_TRY(read_elements(stored, result));
  return result;
}

}  // namespace mote
