#include "pipeline/quantize_model.h"

#include <algorithm>

#include "compress/quantize.h"
#include "formats/npy.h"
#include "formats/tensor_file.h"
#include "passes/all_passes.h"

namespace mote {

namespace {

namespace fs = std::filesystem;

/// The files, those of folders in the order of their names.
Result<std::vector<fs::path>> files_of(const std::vector<fs::path>& data) {
  std::vector<fs::path> result;
  for (const fs::path& path : data) {
    if (!fs::is_directory(path)) {
      result.push_back(path);
      continue;
    }
    std::vector<fs::path> inside;
    for (const std::string_view ending : {".npy", ".bin", ".csv"}) {
      MOTE_TRY_ASSIGN(const auto found, list_files(path, ending));
      inside.insert(inside.end(), found.begin(), found.end());
    }
    std::ranges::sort(inside);
    result.insert(result.end(), inside.begin(), inside.end());
  }
  if (result.empty())
    return fail(ErrorCode::kBadInput,
                "there are no .npy, .bin or .csv files to calibrate on; record what the model will "
                "see, one file an inference");
  return result;
}

/// The inferences in one file: its elements are a multiple of the input's.
Result<std::vector<float>> read_windows(const fs::path& path, TensorType type) {
  if (path.extension() == ".npy") {
    MOTE_TRY_ASSIGN(const Bytes content, read_file(path, uint64_t{1} << 32));
    auto array = read_npy(content);
    if (!array) return fail(std::move(array).error().in(path.string()));
    std::vector<float> elements = as_floats(*array);
    if (elements.empty() || elements.size() % static_cast<size_t>(count(type.shape)) != 0)
      return fail(ErrorCode::kBadInput, "{}: {} numbers are no multiple of the input's {} ({})", path.string(),
                  elements.size(), count(type.shape), text(type));
    return elements;
  }
  if (path.extension() == ".bin") {
    std::error_code problem;
    const auto bytes = fs::file_size(path, problem);
    const size_t each = type.bytes();
    if (!problem && bytes > each && bytes % each == 0 && !type.shape.empty())
      type.shape.insert(type.shape.begin(), static_cast<int32_t>(std::min<uintmax_t>(bytes / each, INT32_MAX)));
  }
  MOTE_TRY_ASSIGN(const Tensor tensor, read_tensor_file(path, type));
  return as_floats(tensor);
}

}  // namespace

Result<Model> quantize_model(Model model, const std::vector<fs::path>& data, const QuantizeSection& section,
                             const Log& log) {
  MOTE_TRY(run_passes(model.graph, kModelPasses, log));
  MOTE_TRY_ASSIGN(const auto files, files_of(data));
  const size_t inputs = model.graph.inputs.size();
  if (files.size() % inputs != 0)
    return fail(ErrorCode::kBadInput,
                "the model has {} inputs, {} files were given; give one file an input for each "
                "inference",
                inputs, files.size());
  std::vector<std::vector<float>> elements(inputs);
  for (size_t i = 0; i < files.size(); ++i) {
    const TensorType& type = model.graph.value(model.graph.inputs[i % inputs]).type;
    MOTE_TRY_ASSIGN(const auto more, read_windows(files[i], type));
    elements[i % inputs].insert(elements[i % inputs].end(), more.begin(), more.end());
  }
  std::vector<ConstFloatView> windows;
  for (size_t i = 0; i < inputs; ++i) {
    Shape shape = model.graph.value(model.graph.inputs[i]).type.shape;
    const int64_t each = count(shape);
    if (shape.empty()) shape = {1};
    shape[0] = static_cast<int32_t>(static_cast<int64_t>(elements[i].size()) / each * shape[0]);
    windows.push_back({shape, elements[i]});
  }
  MOTE_TRY_ASSIGN(const CalibrationResult ranges, calibrate(model.graph, windows, section.calibration));
  log.info("calibrated on {} inferences", ranges.windows);
  MOTE_TRY_ASSIGN(model.graph, quantize(model.graph, ranges, section.quantize, log));
  model.metadata.values["quantize"] = to_json(section);
  return model;
}

}  // namespace mote
