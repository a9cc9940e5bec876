/// The models of tests/onnx/models: on the host they give what ONNX Runtime gave.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "base/files.h"
#include "run_onnx.h"

namespace mote {
namespace {

std::vector<std::string> names() {
  std::set<std::string> result;
  for (const auto& entry : std::filesystem::directory_iterator(testing::source_path("tests/onnx/models")))
    if (entry.path().extension() == ".onnx") result.insert(entry.path().stem().string());
  return {result.begin(), result.end()};
}

class OnnxModel : public ::testing::TestWithParam<std::string> {};

TEST_P(OnnxModel, GivesTheNumbersOfOnnxRuntime) {
  const auto path = testing::source_path("tests/onnx/models/" + GetParam() + ".onnx");
  MOTE_ASSERT_ASSIGN(const Model model, testing::open_onnx(path));
  MOTE_ASSERT_ASSIGN(const std::string text, read_text(std::filesystem::path(path).replace_extension(".json")));
  const nlohmann::json golden = nlohmann::json::parse(text);
  MOTE_ASSERT_ASSIGN(const auto computed,
                     testing::run_numbers(model, golden.at("inputs").get<std::vector<testing::Numbers>>()));
  EXPECT_EQ(testing::difference(computed, golden.at("outputs").get<std::vector<testing::Numbers>>(), golden.at("rtol"),
                                golden.at("atol")),
            "")
      << mote::text(model.graph);
}

INSTANTIATE_TEST_SUITE_P(All, OnnxModel, ::testing::ValuesIn(names()),
                         [](const auto& instance) { return instance.param; });

size_t count_ops(const Graph& graph, std::string_view op) {
  return static_cast<size_t>(std::ranges::count_if(graph.nodes, [&](const Node& node) { return name(node.op) == op; }));
}

/// What stands between the layers of these goes away; only an input in another order of axes needs a transpose.
TEST(OnnxTransposes, AreGoneButForTheInterface) {
  for (const auto& [file, left] : std::vector<std::pair<std::string, size_t>>{{"net_residual", 1},
                                                                              {"net_mobile", 1},
                                                                              {"net_signal", 1},
                                                                              {"net_channels_last", 0},
                                                                              {"dynamic_flatten", 1},
                                                                              {"prelu_after_conv", 2},
                                                                              {"qdq_int8", 1}}) {
    MOTE_ASSERT_ASSIGN(const Model model,
                       testing::open_onnx(testing::source_path("tests/onnx/models/" + file + ".onnx")));
    EXPECT_EQ(count_ops(model.graph, "transpose"), left) << file << "\n" << text(model.graph);
  }
}

TEST(OnnxQuantized, LayersAreInt8) {
  for (const std::string file : {"qdq_int8", "qdq_uint8", "qlinear_net", "qdq_softmax"}) {
    MOTE_ASSERT_ASSIGN(const Model model,
                       testing::open_onnx(testing::source_path("tests/onnx/models/" + file + ".onnx")));
    for (const Node& node : model.graph.nodes) {
      if (std::holds_alternative<Dequantize>(node.op) || std::holds_alternative<Transpose>(node.op)) continue;
      for (const ValueId id : node.outputs)
        EXPECT_EQ(model.graph.value(id).type.dtype, DType::kInt8) << file << " " << node.name;
    }
  }
}

TEST(OnnxBatchNormalization, IsFoldedIntoTheLayer) {
  for (const std::string file : {"batch_normalization", "batch_normalization_dense"}) {
    MOTE_ASSERT_ASSIGN(const Model model,
                       testing::open_onnx(testing::source_path("tests/onnx/models/" + file + ".onnx")));
    EXPECT_EQ(count_ops(model.graph, "mul") + count_ops(model.graph, "add"), 0u) << text(model.graph);
  }
}

}  // namespace
}  // namespace mote
