/// Weights that a file stores smaller than they are computed: float16, and int8 between float activations.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "formats/tflite_reader.h"
#include "formats/tflite_writer.h"
#include "test_support.h"

namespace mote {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// The file as another program writes it: without Mote's metadata, whose fingerprint would be that of the stored types.
Result<Bytes> foreign_file(const Graph& graph) {
  MOTE_TRY_ASSIGN(Bytes file, write_tflite({graph, std::nullopt, {}}));
  constexpr std::string_view kEntry = "mote.json";
  const auto at = std::search(file.begin(), file.end(), kEntry.begin(), kEntry.end());
  if (at == file.end()) return fail(ErrorCode::kInternal, "the file has no entry {}", kEntry);
  *at = 'n';
  return file;
}

Graph with_input() {
  Graph graph;
  graph.name = "small";
  graph.inputs = {graph.add_value("x", {DType::kFloat32, {1, 2}, {}})};
  return graph;
}

TEST(TfliteSmallConstants, HybridWeightsBecomeFloat) {
  Graph graph = with_input();
  Tensor weights(TensorType{DType::kInt8, {2, 2}, {{0.5f, 0.25f}, {0, 0}, 0}});
  weights.as<int8_t>()[1] = 3;
  weights.as<int8_t>()[2] = -8;
  const ValueId id = graph.add_constant("w", std::move(weights));
  MOTE_ASSERT_ASSIGN(const ValueId y, graph.add_node(FullyConnected{}, {graph.inputs[0], id}, "y"));
  graph.outputs = {y};
  MOTE_ASSERT_ASSIGN(const Bytes file, foreign_file(graph));
  MOTE_ASSERT_ASSIGN(const Reading reading, inspect_tflite(file));
  EXPECT_TRUE(reading.problems.empty());
  const Value& read = reading.model.graph.value(id);
  ASSERT_EQ(read.type, (TensorType{DType::kFloat32, {2, 2}, {}}));
  EXPECT_THAT(read.constant->as<float>(), ElementsAre(0.0f, 1.5f, -2.0f, 0.0f));
  EXPECT_THAT(reading.notes, ElementsAre(HasSubstr("1 layers have integer weights between float activations")));
}

TEST(TfliteSmallConstants, WeightsWithoutScalesStayRefused) {
  Graph graph = with_input();
  const ValueId id = graph.add_constant("w", Tensor(TensorType{DType::kInt8, {2, 2}, {}}));
  MOTE_ASSERT_ASSIGN(const ValueId y, graph.add_node(FullyConnected{}, {graph.inputs[0], id}, "y"));
  graph.outputs = {y};
  MOTE_ASSERT_ASSIGN(const Bytes file, write_tflite({graph, std::nullopt, {}}));
  EXPECT_THAT(read_tflite(file), testing::FailsWith(ErrorCode::kUnsupported, HasSubstr("float activations")));
}

TEST(TfliteSmallConstants, HalfPrecisionBehindADequantize) {
  Graph graph = with_input();
  Tensor weights(TensorType{DType::kFloat16, {2, 2}, {}});
  weights.as<uint16_t>()[0] = 0x3C00;
  const ValueId stored = graph.add_constant("w", std::move(weights));
  MOTE_ASSERT_ASSIGN(const ValueId real, graph.add_node(Dequantize{}, {stored}, "w32"));
  MOTE_ASSERT_ASSIGN(const ValueId y, graph.add_node(FullyConnected{}, {graph.inputs[0], real}, "y"));
  graph.outputs = {y};
  MOTE_ASSERT_ASSIGN(const Bytes file, foreign_file(graph));
  MOTE_ASSERT_ASSIGN(const Reading reading, inspect_tflite(file));
  EXPECT_TRUE(reading.problems.empty());
  EXPECT_EQ(reading.model.graph.nodes.size(), 2u);
  EXPECT_THAT(reading.notes, ElementsAre(HasSubstr("1 constants are stored in another type")));
}

}  // namespace
}  // namespace mote
