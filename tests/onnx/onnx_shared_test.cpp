/// The ONNX models that came with the measuring data against the numbers of their authors and of ONNX Runtime.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "base/files.h"
#include "onnx/tensor_reader.h"
#include "run_onnx.h"

namespace mote {
namespace {

namespace fs = std::filesystem;
using testing::Numbers;

Result<Numbers> read_pb(const fs::path& path) {
  MOTE_TRY_ASSIGN(const Bytes bytes, read_file(path, 1 << 28));
  onnx_format::Tensor stored;
  if (!stored.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return fail(ErrorCode::kBadInput, "{} is no tensor", path.string());
  MOTE_TRY_ASSIGN(const Tensor tensor, read_onnx_tensor(stored));
  return as_floats(tensor);
}

/// input_0.pb, input_1.pb, ... of a folder.
std::vector<Numbers> read_all(const fs::path& folder, const std::string& stem, const std::string& ending,
                              Result<Numbers> (*read)(const fs::path&)) {
  std::vector<Numbers> result;
  for (size_t i = 0; fs::exists(folder / fmt::format("{}{}{}", stem, i, ending)); ++i) {
    auto numbers = read(folder / fmt::format("{}{}{}", stem, i, ending));
    if (!numbers) {
      ADD_FAILURE() << numbers.error().text();
      return result;
    }
    result.push_back(std::move(*numbers));
  }
  return result;
}

Result<Numbers> read_raw(const fs::path& path) {
  MOTE_TRY_ASSIGN(const Bytes bytes, read_file(path, 1 << 28));
  Numbers numbers(bytes.size() / sizeof(float));
  std::memcpy(numbers.data(), bytes.data(), numbers.size() * sizeof(float));
  return numbers;
}

std::vector<fs::path> folders(const fs::path& of) {
  std::set<fs::path> result;
  if (fs::is_directory(of))
    for (const auto& entry : fs::directory_iterator(of))
      if (entry.is_directory()) result.insert(entry.path());
  return {result.begin(), result.end()};
}

TEST(OnnxShared, OperatorsGiveTheProjectsOwnNumbers) {
  MOTE_SKIP_WITHOUT_SHARED();
  size_t equal = 0, all = 0;
  for (const fs::path& folder : folders(testing::shared_path("data/models_onnx_ops/dev"))) {
    ++all;
    const auto model = testing::open_onnx(folder / "model.onnx");
    if (!model) {
      ADD_FAILURE() << model.error().text();
      continue;
    }
    const fs::path data = folder / "test_data_set_0";
    const auto computed = testing::run_numbers(*model, read_all(data, "input_", ".pb", read_pb));
    if (!computed) {
      ADD_FAILURE() << folder.filename() << ": " << computed.error().text();
      continue;
    }
    const std::string wrong = testing::difference(*computed, read_all(data, "output_", ".pb", read_pb), 1e-3, 1e-7);
    EXPECT_EQ(wrong, "") << folder.filename();
    equal += wrong.empty();
  }
  fmt::print("{} of {} operator models equal\n", equal, all);
  EXPECT_GT(all, 50u);
}

/// One step of an int8 network's output, or 0 of a float one.
float output_step(const Model& model) {
  float step = 0;
  for (const Node& node : model.graph.nodes)
    if (std::holds_alternative<Dequantize>(node.op))
      step = std::max(step, model.graph.value(node.inputs[0]).type.quantization.scale[0]);
  return step;
}

/// Cases of golden_ort/: largest difference. A network in int8 may be a few steps off, since ONNX Runtime scales in
/// float.
void compare_network(const fs::path& file, const fs::path& golden) {
  MOTE_ASSERT_ASSIGN(const Model model, testing::open_onnx(file));
  const double steps = output_step(model);
  size_t cases = 0;
  for (const fs::path& folder : folders(golden)) {
    MOTE_ASSERT_ASSIGN(const auto computed, testing::run_numbers(model, read_all(folder, "in", ".bin", read_raw)));
    const auto wanted = read_all(folder, "out", ".bin", read_raw);
    double largest = 0;
    for (size_t i = 0; i < std::min(computed.size(), wanted.size()); ++i)
      for (size_t j = 0; j < std::min(computed[i].size(), wanted[i].size()); ++j)
        largest = std::max(largest, std::abs(static_cast<double>(computed[i][j] - wanted[i][j])));
    fmt::print("{} {}: largest difference {:.3g}{}\n", file.parent_path().filename().string(),
               folder.filename().string(), largest, steps > 0 ? fmt::format(", {:.1f} steps", largest / steps) : "");
    EXPECT_EQ(testing::difference(computed, wanted, 1e-3, steps > 0 ? 3.01 * steps : 1e-5), "") << folder;
    ++cases;
  }
  EXPECT_GT(cases, 0u) << golden;
}

TEST(OnnxShared, NetworksGiveTheNumbersOfOnnxRuntime) {
  MOTE_SKIP_WITHOUT_SHARED();
  const auto networks = folders(testing::shared_path("data/models_onnx_nets/dev"));
  EXPECT_GT(networks.size(), 4u);
  for (const fs::path& folder : networks) {
    if (fs::exists(folder / "model.onnx")) compare_network(folder / "model.onnx", folder / "golden_ort");
    if (fs::exists(folder / "pytorch.onnx")) compare_network(folder / "pytorch.onnx", folder / "pytorch_golden_ort");
    for (const fs::path& data : folders(folder)) {
      if (!data.filename().string().starts_with("test_data_set_")) continue;
      MOTE_ASSERT_ASSIGN(const Model model, testing::open_onnx(folder / "model.onnx"));
      MOTE_ASSERT_ASSIGN(const auto computed, testing::run_numbers(model, read_all(data, "input_", ".pb", read_pb)));
      EXPECT_EQ(testing::difference(computed, read_all(data, "output_", ".pb", read_pb), 1e-3, 1e-4), "") << data;
    }
  }
}

TEST(OnnxShared, TheGestureModelIsRead) {
  MOTE_SKIP_WITHOUT_SHARED();
  MOTE_ASSERT_ASSIGN(const Model model,
                     testing::open_onnx(testing::shared_path("data/gesture_wand_spells/author_model/model.onnx")));
  compare_network(testing::shared_path("data/gesture_wand_spells/author_model/model.onnx"),
                  testing::shared_path("data/models_onnx_nets/dev/wand_spells/golden_ort"));
}

}  // namespace
}  // namespace mote
