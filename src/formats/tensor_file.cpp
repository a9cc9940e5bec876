#include "formats/tensor_file.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/files.h"
#include "formats/npy.h"

namespace mote {

namespace {

/// Calls `function` with a value of the C++ type of the elements. Refuses float16 and int4, which have none.
template <class Function>
Result<> with_element_type(DType dtype, Function&& function) {
  switch (dtype) {
    case DType::kFloat32:
      return function(float{});
    case DType::kInt8:
      return function(int8_t{});
    case DType::kUint8:
    case DType::kBool:
      return function(uint8_t{});
    case DType::kInt16:
      return function(int16_t{});
    case DType::kInt32:
      return function(int32_t{});
    case DType::kInt64:
      return function(int64_t{});
    case DType::kFloat16:
    case DType::kInt4:
      break;
  }
  return fail(ErrorCode::kUnsupported, "{} elements cannot be read or written as numbers", name(dtype));
}

bool is_separator(char c) {
  return c == ',' || c == ';' || c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/// A place in a text, for messages.
struct Place {
  size_t line = 1;
  size_t column = 1;
};
Place place_of(std::string_view text, size_t offset) {
  Place place;
  for (const char c : text.substr(0, offset)) {
    ++place.column;
    if (c == '\n') place = {place.line + 1, 1};
  }
  return place;
}

template <class T>
Result<> parse_csv(std::string_view text, std::span<T> elements) {
  size_t count = 0;
  size_t at = text.starts_with("\xEF\xBB\xBF") ? 3 : 0;
  while (at < text.size()) {
    if (is_separator(text[at])) {
      ++at;
      continue;
    }
    if (text[at] == '#') {
      at = std::min(text.find('\n', at), text.size());
      continue;
    }
    size_t end = at;
    while (end < text.size() && !is_separator(text[end])) ++end;
    const Place place = count < elements.size() ? Place{} : place_of(text, at);
    if (count == elements.size())
      return fail(ErrorCode::kBadInput, "line {}, column {}: there are more numbers than the {} expected", place.line,
                  place.column, elements.size());
    T value{};
    const char* begin = text.data() + at + (text[at] == '+' ? 1 : 0);
    const auto [stop, error] = std::from_chars(begin, text.data() + end, value);
    bool good = error == std::errc() && stop == text.data() + end;
    if constexpr (std::is_floating_point_v<T>) good = good && std::isfinite(value);
    if (!good) {
      const Place wrong = place_of(text, at);
      const std::string_view kind =
          std::is_floating_point_v<T> ? "a finite number" : "a whole number in the range of the type";
      return fail(ErrorCode::kBadInput, "line {}, column {}: '{}' is not {}", wrong.line, wrong.column,
                  text.substr(at, std::min<size_t>(end - at, 40)), kind);
    }
    elements[count++] = value;
    at = end;
  }
  if (count < elements.size())
    return fail(ErrorCode::kBadInput, "there are {} numbers, {} are expected", count, elements.size());
  return {};
}

Shape without_ones(const Shape& shape) {
  Shape result;
  for (const int32_t extent : shape)
    if (extent != 1) result.push_back(extent);
  return result;
}

template <class T>
void quantize_into(std::span<const float> from, const Quantization& q, std::span<T> to) {
  constexpr double kLow = std::numeric_limits<T>::min();
  constexpr double kHigh = std::numeric_limits<T>::max();
  for (size_t i = 0; i < to.size(); ++i) {
    const double stored = std::round(static_cast<double>(from[i]) / static_cast<double>(q.scale[0])) + q.zero_point[0];
    to[i] = static_cast<T>(std::min(std::max(stored, kLow), kHigh));
  }
}

Result<Tensor> adapt_npy(Tensor stored, const TensorType& expected) {
  if (without_ones(stored.type.shape) != without_ones(expected.shape))
    return fail(ErrorCode::kBadInput, "the array has the shape {}, {} is expected", text(stored.type.shape),
                text(expected.shape));
  if (stored.type.dtype == expected.dtype) return Tensor(expected, std::move(stored.data));
  Tensor result(expected);
  const bool one_scale = expected.quantization.present() && !expected.quantization.per_channel();
  if (stored.type.dtype == DType::kFloat32 && one_scale) {
    for (const float value : stored.as<float>())
      if (!std::isfinite(value)) return fail(ErrorCode::kBadInput, "the array holds a number that is not finite");
    const std::span<const float> values = std::as_const(stored).as<float>();
    if (expected.dtype == DType::kInt8)
      return quantize_into(values, expected.quantization, result.as<int8_t>()), result;
    if (expected.dtype == DType::kUint8)
      return quantize_into(values, expected.quantization, result.as<uint8_t>()), result;
    if (expected.dtype == DType::kInt16)
      return quantize_into(values, expected.quantization, result.as<int16_t>()), result;
  }
  return fail(ErrorCode::kBadInput, "the array holds {} elements, {} is expected; save it with .astype(numpy.{})",
              name(stored.type.dtype), text(expected), name(expected.dtype));
}

Result<Tensor> read_any(const std::filesystem::path& path, const TensorType& expected) {
  const auto extension = path.extension();
  if (extension == ".csv") {
    MOTE_TRY_ASSIGN(const std::string content, read_text(path));
    Tensor tensor(expected);
    MOTE_TRY(with_element_type(expected.dtype, [&]<class T>(T) { return parse_csv<T>(content, tensor.as<T>()); }));
    return tensor;
  }
  MOTE_TRY_ASSIGN(Bytes content, read_file(path));
  if (extension == ".npy") {
    MOTE_TRY_ASSIGN(Tensor stored, read_npy(content));
    return adapt_npy(std::move(stored), expected);
  }
  if (content.size() != expected.bytes())
    return fail(ErrorCode::kBadInput, "the file has {} bytes, {} needs {}", content.size(), text(expected),
                expected.bytes());
  return Tensor(expected, std::move(content));
}

std::string print_csv(const Tensor& tensor) {
  std::string result;
  const size_t row = tensor.type.shape.empty() ? 1 : static_cast<size_t>(tensor.type.shape.back());
  (void)with_element_type(tensor.type.dtype, [&]<class T>(T) -> Result<> {
    const auto elements = tensor.as<T>();
    for (size_t i = 0; i < elements.size(); ++i) {
      result += fmt::format("{}", elements[i]);
      result += (i + 1) % row == 0 ? '\n' : ',';
    }
    return {};
  });
  return result;
}

}  // namespace

Result<Tensor> read_tensor_file(const std::filesystem::path& path, const TensorType& expected) {
  auto tensor = read_any(path, expected);
  if (!tensor && tensor.error().code != ErrorCode::kIo) return fail(std::move(tensor).error().in(path.string()));
  return tensor;
}

Result<> write_tensor_file(const std::filesystem::path& path, const Tensor& tensor) {
  const auto extension = path.extension();
  if (extension == ".csv") {
    MOTE_TRY(with_element_type(tensor.type.dtype, [](auto) -> Result<> { return {}; }));
    return write_text(path, print_csv(tensor));
  }
  if (extension == ".npy") {
    MOTE_TRY_ASSIGN(const Bytes file, write_npy(tensor));
    return write_file(path, file);
  }
  return write_file(path, tensor.data);
}

}  // namespace mote
