#include "formats/npy.h"

#include <charconv>
#include <cstring>
#include <optional>

namespace mote {

namespace {

constexpr std::string_view kMagic("\x93NUMPY", 6);
constexpr size_t kMostExtents = 32;
constexpr size_t kAlignment = 64;  ///< the elements begin at a multiple

/// Element types by the name in the header; f8 is stored wider than what it becomes.
struct Description {
  std::string_view name;
  DType dtype;
  size_t stored_bytes;
};
constexpr Description kDescriptions[] = {
    {"<f4", DType::kFloat32, 4}, {"<f8", DType::kFloat32, 8}, {"|i1", DType::kInt8, 1},  {"<i1", DType::kInt8, 1},
    {"|u1", DType::kUint8, 1},   {"<u1", DType::kUint8, 1},   {"<i2", DType::kInt16, 2}, {"<i4", DType::kInt32, 4},
    {"<i8", DType::kInt64, 8},   {"|b1", DType::kBool, 1},    {"|?", DType::kBool, 1},   {"?", DType::kBool, 1},
};

/// Walks the header: a Python dictionary of texts, True or False, and one tuple of numbers.
class HeaderReader {
 public:
  explicit HeaderReader(std::string_view text) : rest_(text) {}

  struct Header {
    std::string_view description;
    bool fortran_order = false;
    Shape shape;
  };

  Result<Header> read() {
    Header header;
    int keys = 0;
    if (!take('{')) return damaged();
    while (!take('}')) {
      const auto key = take_text();
      if (!key || !take(':')) return damaged();
      if (*key == "descr") {
        const auto description = take_text();
        if (!description)
          return fail(ErrorCode::kUnsupported, "the .npy file holds records of several fields; save one plain array");
        header.description = *description;
        keys |= 1;
      } else if (*key == "fortran_order") {
        if (take_word("True"))
          header.fortran_order = true;
        else if (!take_word("False"))
          return damaged();
        keys |= 2;
      } else if (*key == "shape") {
        MOTE_TRY_ASSIGN(header.shape, take_shape());
        keys |= 4;
      } else {
        return fail(ErrorCode::kBadInput, "the .npy header has the unknown key '{}'", key->substr(0, 40));
      }
      if (!take(',') && peek() != '}') return damaged();
    }
    if (keys != 7) return fail(ErrorCode::kBadInput, "the .npy header lacks descr, fortran_order or shape");
    return header;
  }

 private:
  static tl::unexpected<Error> damaged() {
    return fail(ErrorCode::kBadInput, "the .npy header cannot be read; the file is damaged, save it again");
  }
  char peek() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\n')) rest_.remove_prefix(1);
    return rest_.empty() ? '\0' : rest_.front();
  }
  bool take(char wanted) {
    if (peek() != wanted || rest_.empty()) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool take_word(std::string_view word) {
    peek();
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  std::optional<std::string_view> take_text() {
    const char quote = peek();
    if (quote != '\'' && quote != '"') return std::nullopt;
    const size_t end = rest_.find(quote, 1);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view text = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    return text;
  }
  Result<Shape> take_shape() {
    Shape shape;
    if (!take('(')) return damaged();
    while (!take(')')) {
      peek();
      int32_t extent = 0;
      const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), extent);
      if (error != std::errc() || shape.size() >= kMostExtents) return damaged();
      rest_.remove_prefix(static_cast<size_t>(end - rest_.data()));
      shape.push_back(extent);
      if (!take(',') && peek() != ')') return damaged();
    }
    return shape;
  }

  std::string_view rest_;
};

/// Where the header's text begins and ends.
Result<std::string_view> header_text(std::span<const uint8_t> file) {
  const std::string_view all(reinterpret_cast<const char*>(file.data()), file.size());
  if (!all.starts_with(kMagic) || file.size() < 10)
    return fail(ErrorCode::kBadInput, "this is no .npy file: it does not begin with the NUMPY signature");
  const uint8_t version = file[6];
  if (version < 1 || version > 3)
    return fail(ErrorCode::kUnsupported, "the .npy format version is {}, 1 to 3 are supported", version);
  const size_t begin = version == 1 ? 10 : 12;
  if (file.size() < begin) return fail(ErrorCode::kBadInput, "the .npy file ends within its header");
  size_t length = static_cast<size_t>(file[8]) | static_cast<size_t>(file[9]) << 8;
  if (version > 1) length |= static_cast<size_t>(file[10]) << 16 | static_cast<size_t>(file[11]) << 24;
  if (length > file.size() - begin) return fail(ErrorCode::kBadInput, "the .npy file ends within its header");
  return all.substr(begin, length);
}

}  // namespace

Result<Tensor> read_npy(std::span<const uint8_t> file) {
  MOTE_TRY_ASSIGN(const std::string_view text_of_header, header_text(file));
  MOTE_TRY_ASSIGN(const HeaderReader::Header header, HeaderReader(text_of_header).read());
  const Description* description = nullptr;
  for (const Description& candidate : kDescriptions)
    if (candidate.name == header.description) description = &candidate;
  if (description == nullptr)
    return fail(
        ErrorCode::kUnsupported,
        "the .npy file holds elements of type '{}'; save it as float32, float64, int8, uint8, int16, int32, int64 "
        "or bool, little-endian",
        header.description.substr(0, 40));
  MOTE_TRY_ASSIGN(const int64_t elements, checked_count(header.shape));
  if (header.fortran_order && header.shape.size() > 1)
    return fail(ErrorCode::kUnsupported,
                "the .npy file is in Fortran order; save it with numpy.ascontiguousarray(...)");
  const auto begin = static_cast<size_t>(text_of_header.data() - reinterpret_cast<const char*>(file.data()));
  const std::span<const uint8_t> content = file.subspan(begin + text_of_header.size());
  const size_t expected = static_cast<size_t>(elements) * description->stored_bytes;
  if (content.size() != expected)
    return fail(ErrorCode::kBadInput, "the .npy file holds {} bytes of elements, its shape {} of {} needs {}",
                content.size(), text(header.shape), header.description, expected);
  Tensor tensor(TensorType{description->dtype, header.shape, {}});
  if (header.description == "<f8") {
    const std::span<float> narrow = tensor.as<float>();
    for (size_t i = 0; i < narrow.size(); ++i) {
      double wide = 0;
      std::memcpy(&wide, content.data() + 8 * i, 8);
      narrow[i] = static_cast<float>(wide);
    }
  } else {
    std::memcpy(tensor.data.data(), content.data(), expected);
  }
  return tensor;
}

Result<Bytes> write_npy(const Tensor& tensor) {
  const Description* description = nullptr;
  for (const Description& candidate : kDescriptions)
    if (description == nullptr && candidate.dtype == tensor.type.dtype) description = &candidate;
  if (description == nullptr)
    return fail(ErrorCode::kUnsupported, "{} elements have no place in a .npy file", name(tensor.type.dtype));
  std::string shape;
  for (const int32_t extent : tensor.type.shape) shape += fmt::format("{}, ", extent);
  if (tensor.type.shape.size() > 1) shape.resize(shape.size() - 2);
  if (tensor.type.shape.size() == 1) shape.resize(shape.size() - 1);
  std::string header =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", description->name, shape);
  const size_t before = kMagic.size() + 4;
  header.append((kAlignment - (before + header.size() + 1) % kAlignment) % kAlignment, ' ');
  header += '\n';
  Bytes file(kMagic.begin(), kMagic.end());
  file.insert(file.end(), {1, 0, static_cast<uint8_t>(header.size()), static_cast<uint8_t>(header.size() >> 8)});
  file.insert(file.end(), header.begin(), header.end());
  file.insert(file.end(), tensor.data.begin(), tensor.data.end());
  return file;
}

}  // namespace mote
