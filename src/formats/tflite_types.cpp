#include "formats/tflite_types.h"

#include <cmath>
#include <cstring>

namespace mote {

namespace {

/// The TensorType enumeration of the schema, with Mote's element type where there is one.
struct TypeCode {
  std::string_view name;
  std::optional<DType> dtype;
};
constexpr TypeCode kTypeCodes[] = {
    {"FLOAT32", DType::kFloat32}, {"FLOAT16", DType::kFloat16}, {"INT32", DType::kInt32},
    {"UINT8", DType::kUint8},     {"INT64", DType::kInt64},     {"STRING", std::nullopt},
    {"BOOL", DType::kBool},       {"INT16", DType::kInt16},     {"COMPLEX64", std::nullopt},
    {"INT8", DType::kInt8},       {"FLOAT64", std::nullopt},    {"COMPLEX128", std::nullopt},
    {"UINT64", std::nullopt},     {"RESOURCE", std::nullopt},   {"VARIANT", std::nullopt},
    {"UINT32", std::nullopt},     {"UINT16", std::nullopt},     {"INT4", DType::kInt4},
    {"BFLOAT16", std::nullopt},
};

constexpr size_t kMostExtents = 8;

/// Refuses kinds of tensors that Mote has no numbers for.
Result<> check_kind(const tfl::Tensor& tensor) {
  const auto dtype = dtype_of_code(tensor.type());
  if (!dtype)
    return fail(ErrorCode::kUnsupported,
                "has the element type {} ({}), which is not supported; convert the model in float32 or int8",
                tensor.type(), tensor_type_name(tensor.type()));
  if (tensor.sparsity() != nullptr)
    return fail(ErrorCode::kUnsupported, "is sparse; convert the model without sparsity, dense weights are supported");
  if (tensor.external_buffer() != 0)
    return fail(ErrorCode::kUnsupported,
                "is kept in another file (external buffer {}); convert the model with its weights inside",
                tensor.external_buffer());
  return {};
}

Result<> read_shape(const tfl::Tensor& tensor, TfliteTensor& result) {
  const auto* shape = tensor.shape();
  const auto* signature = tensor.shape_signature();
  const size_t rank = shape != nullptr ? shape->size() : 0;
  if (rank > kMostExtents)
    return fail(ErrorCode::kUnsupported, "has {} extents, at most {} are supported", rank, kMostExtents);
  for (flatbuffers::uoffset_t i = 0; i < rank; ++i) {
    int32_t extent = shape->Get(i);
    const bool open = extent == -1 || (signature != nullptr && signature->size() == rank && signature->Get(i) == -1);
    if (open) (i == 0 ? result.open_batch : result.open_inside) = true;
    if (extent == -1) extent = 1;
    result.type.shape.push_back(extent);
  }
  if (const auto elements = checked_count(result.type.shape); !elements) return fail(elements.error());
  return {};
}

Result<> read_quantization(const TfliteFile& file, const tfl::QuantizationParameters& stored, TensorType& type) {
  if (stored.details_type() != 0)
    return fail(ErrorCode::kUnsupported,
                "has quantization details of kind {}; only scales and zero points are supported, convert the model "
                "without block-wise quantization",
                stored.details_type());
  const auto* scale = stored.scale();
  const auto* zero_point = stored.zero_point();
  if (scale == nullptr || scale->size() == 0) return {};
  const flatbuffers::uoffset_t scales = scale->size();
  MOTE_TRY(file.budget->take(size_t{scales} * 8));
  const auto zero_points = zero_point != nullptr ? zero_point->size() : 0;
  if (zero_points > 1 && zero_points != scales)
    return fail(ErrorCode::kBadInput, "has {} scales but {} zero points", scales, zero_points);
  const auto rank = static_cast<int32_t>(type.shape.size());
  const int32_t axis = stored.quantized_dimension();
  const bool axis_fits = axis >= 0 && axis < rank;
  if (scales > 1 && !axis_fits)
    return fail(ErrorCode::kUnsupported,
                "has {} scales along axis {}, its shape is {}; convert the model with a current converter", scales,
                axis, text(type.shape));
  if (scales > 1 && type.shape[static_cast<size_t>(axis)] != static_cast<int32_t>(scales))
    return fail(ErrorCode::kBadInput, "has {} scales along axis {} of shape {}", scales, axis, text(type.shape));
  Quantization& q = type.quantization;
  q.axis = axis_fits ? axis : 0;
  for (flatbuffers::uoffset_t i = 0; i < scales; ++i) {
    int64_t zero = 0;  // copied: the verifier promises an alignment of 4 only
    if (zero_points > 0) std::memcpy(&zero, zero_point->Data() + 8 * (zero_points == 1 ? 0 : i), 8);
    if (zero < INT32_MIN || zero > INT32_MAX)
      return fail(ErrorCode::kBadInput, "has the zero point {}, which is no 32-bit number", zero);
    if (!(scale->Get(i) > 0) || !std::isfinite(scale->Get(i)))
      return fail(ErrorCode::kBadInput, "has the scale {}{}", scale->Get(i),
                  scales > 1 ? fmt::format(" at index {}", i) : "");
    q.scale.push_back(scale->Get(i));
    q.zero_point.push_back(static_cast<int32_t>(zero));
  }
  return {};
}

Result<> read_content(const TfliteFile& file, const tfl::Tensor& tensor, TfliteTensor& result) {
  MOTE_TRY_ASSIGN(const auto content, buffer_content(file, tensor.buffer()));
  if (content.empty()) return {};
  if (content.size() != result.type.bytes())
    return fail(ErrorCode::kBadInput, "holds {} bytes, its type {} needs {}", content.size(), text(result.type),
                result.type.bytes());
  MOTE_TRY(file.budget->take(content.size()));
  result.constant = Tensor(result.type, std::vector<uint8_t>(content.begin(), content.end()));
  return {};
}

}  // namespace

std::optional<DType> dtype_of_code(int32_t code) {
  if (code < 0 || static_cast<size_t>(code) >= std::size(kTypeCodes)) return std::nullopt;
  return kTypeCodes[code].dtype;
}

int32_t code_of(DType dtype) {
  int32_t code = 0;
  while (kTypeCodes[code].dtype != dtype) ++code;
  return code;
}

std::string_view tensor_type_name(int32_t code) {
  if (code < 0 || static_cast<size_t>(code) >= std::size(kTypeCodes)) return "unknown";
  return kTypeCodes[code].name;
}

Result<std::span<const uint8_t>> buffer_content(const TfliteFile& file, uint32_t index) {
  if (index == 0) return std::span<const uint8_t>();
  const auto* buffers = file.model->buffers();
  const size_t known = buffers != nullptr ? buffers->size() : 0;
  if (index >= known) return fail(ErrorCode::kBadInput, "refers to buffer {}, there are {}", index, known);
  const tfl::Buffer& buffer = *buffers->Get(index);
  if (buffer.data() != nullptr && buffer.data()->size() > 0)
    return std::span<const uint8_t>(buffer.data()->data(), buffer.data()->size());
  if (buffer.offset() <= 1 || buffer.size() <= 1) return std::span<const uint8_t>();
  if (buffer.offset() > file.bytes.size() || buffer.size() > file.bytes.size() - buffer.offset())
    return fail(ErrorCode::kBadInput, "refers to {} bytes at {}, the file has {}", buffer.size(), buffer.offset(),
                file.bytes.size());
  return file.bytes.subspan(buffer.offset(), buffer.size());
}

TfliteTensor read_tensor(const TfliteFile& file, const tfl::Tensor& tensor, const Refuse& refuse) {
  TfliteTensor result;
  const auto attempt = [&](std::string_view id, const Result<>& done) {
    if (!done) refuse(id, done.error());
    return done.has_value();
  };
  if (tensor.name() != nullptr) {
    if (!attempt("damaged", file.budget->take(tensor.name()->size()))) return result;
    result.name = tensor.name()->str();
  }
  result.variable = tensor.is_variable();
  const auto dtype = dtype_of_code(tensor.type());
  if (dtype) result.type.dtype = *dtype;
  const bool sized = attempt("tensor-type", check_kind(tensor)) && attempt("tensor-shape", read_shape(tensor, result));
  if (sized && tensor.quantization() != nullptr)
    attempt("tensor-quantization", read_quantization(file, *tensor.quantization(), result.type));
  if (sized) attempt("tensor-content", read_content(file, tensor, result));
  return result;
}

}  // namespace mote
