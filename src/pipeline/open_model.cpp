#include "pipeline/open_model.h"

#include "onnx/onnx_reader.h"

namespace mote {

namespace {

constexpr uint64_t kMostOnnxBytes = uint64_t{1} << 31;

bool is_onnx(const std::filesystem::path& path) {
  return path.extension() == ".onnx";
}

template <class T>
Result<T> read_onnx_file(const std::filesystem::path& path, Result<T> (*read)(std::span<const uint8_t>)) {
  MOTE_TRY_ASSIGN(const Bytes content, read_file(path, kMostOnnxBytes));
  auto result = read(content);
  if (!result) return fail(std::move(result).error().in(path.string()));
  return result;
}

}  // namespace

Result<Model> open_model(const std::filesystem::path& path) {
  return is_onnx(path) ? read_onnx_file(path, read_onnx) : load_model(path);
}

Result<Reading> inspect_file(const std::filesystem::path& path) {
  return is_onnx(path) ? read_onnx_file(path, inspect_onnx) : inspect_model(path);
}

}  // namespace mote
