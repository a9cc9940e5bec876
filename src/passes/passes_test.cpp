#include <cmath>

#include "base/rng.h"
#include "graph/run_float.h"
#include "passes/all_passes.h"
#include "passes/rewrite.h"
#include "test_support.h"

namespace mote {
namespace {

using testing::Succeeds;

Tensor random_tensor(Rng& rng, Shape shape, double spread = 0.5) {
  std::vector<float> content(static_cast<size_t>(count(shape)));
  for (float& x : content) x = static_cast<float>(spread * rng.normal());
  return float_tensor(std::move(shape), content);
}

ValueId dense(Graph& graph, Rng& rng, ValueId input, int32_t outputs, Activation activation, const std::string& name) {
  const auto depth = graph.value(input).type.shape.back();
  const ValueId w = graph.add_constant(name + "_w", random_tensor(rng, {outputs, depth}));
  const ValueId b = graph.add_constant(name + "_b", random_tensor(rng, {outputs}));
  return *graph.add_node(FullyConnected{activation}, {input, w, b}, name);
}

ValueId batch_norm(Graph& graph, Rng& rng, ValueId input, const std::string& name) {
  const auto channels = graph.value(input).type.shape.back();
  Tensor variance = random_tensor(rng, {channels});
  for (float& v : variance.as<float>()) v = 0.2f + v * v;
  const ValueId scale = graph.add_constant(name + "_scale", random_tensor(rng, {channels}));
  const ValueId offset = graph.add_constant(name + "_offset", random_tensor(rng, {channels}));
  const ValueId mean = graph.add_constant(name + "_mean", random_tensor(rng, {channels}));
  const ValueId spread = graph.add_constant(name + "_variance", std::move(variance));
  return *graph.add_node(BatchNorm{}, {input, scale, offset, mean, spread}, name);
}

/// A chain of random ops over rows of random length; sometimes an earlier value is read again.
Graph random_graph(uint64_t seed) {
  Rng rng(seed);
  Graph graph;
  graph.inputs = {graph.add_value("in", {DType::kFloat32, {2, static_cast<int32_t>(3 + rng.below(6))}, {}})};
  ValueId last = graph.inputs[0];
  for (int i = 0; i < 9; ++i) {
    const std::string name = fmt::format("op{}", i);
    const int32_t depth = graph.value(last).type.shape.back();
    const ValueId before = last;
    switch (rng.below(8)) {
      case 0:
      case 1:
        last = dense(graph, rng, last, static_cast<int32_t>(2 + rng.below(7)),
                     Activation{static_cast<int8_t>(rng.below(4))}, name);
        break;
      case 2:
        last = *graph.add_node(Relu{}, {last}, name);
        break;
      case 3:
        last = *graph.add_node(Relu6{}, {last}, name);
        break;
      case 4:
        last = *graph.add_node(Dropout{0.5f}, {last}, name);
        break;
      case 5: {
        const ValueId constant = graph.add_constant(name + "_c", random_tensor(rng, {1, depth}));
        const ValueId flat = *graph.add_node(Reshape{{depth}}, {constant}, name + "_flat");
        last = *graph.add_node(Mul{}, {last, flat}, name);
        break;
      }
      case 6:
        last = batch_norm(graph, rng, last, name);
        break;
      default:
        last = *graph.add_node(Add{}, {last, before}, name);
    }
    if (rng.below(5) == 0) static_cast<void>(*graph.add_node(Relu{}, {before}, name + "_unread"));
    if (rng.below(6) == 0) graph.outputs.push_back(last);
  }
  graph.outputs.push_back(last);
  return graph;
}

std::vector<std::vector<float>> outputs_of(const Graph& graph) {
  Rng rng(99);
  std::vector<float> input(static_cast<size_t>(count(graph.value(graph.inputs[0]).type.shape)));
  for (float& x : input) x = static_cast<float>(3 * rng.normal());
  const std::span<const float> view = input;
  auto result = run_float(graph, {&view, 1});
  EXPECT_THAT(result, Succeeds());
  return result ? *std::move(result) : std::vector<std::vector<float>>{};
}

void expect_close(const std::vector<std::vector<float>>& got, const std::vector<std::vector<float>>& expected,
                  std::string_view what) {
  ASSERT_EQ(got.size(), expected.size()) << what;
  for (size_t i = 0; i < got.size(); ++i) {
    ASSERT_EQ(got[i].size(), expected[i].size()) << what;
    for (size_t j = 0; j < got[i].size(); ++j)
      ASSERT_NEAR(got[i][j], expected[i][j], 1e-4 * (1 + std::abs(expected[i][j]))) << what;
  }
}

TEST(Passes, EachKeepsWhatRandomGraphsCompute) {
  std::vector<int> changes(kModelPasses.size());
  for (uint64_t seed = 0; seed < 600; ++seed) {
    Graph graph = random_graph(seed);
    const auto expected = outputs_of(graph);
    for (size_t i = 0; i < kModelPasses.size(); ++i) {
      const auto changed = kModelPasses[i].run(graph);
      ASSERT_THAT(changed, Succeeds()) << kModelPasses[i].name << " seed " << seed;
      ASSERT_THAT(verify(graph), Succeeds()) << kModelPasses[i].name << " seed " << seed;
      expect_close(outputs_of(graph), expected, kModelPasses[i].name);
      changes[i] += *changed ? 1 : 0;
    }
    for (const Node& node : graph.nodes)
      EXPECT_FALSE(std::holds_alternative<Dropout>(node.op) || std::holds_alternative<BatchNorm>(node.op));
    const Graph once = graph;
    ASSERT_THAT(run_passes(graph, kModelPasses), Succeeds());
    EXPECT_EQ(text(graph), text(once)) << "a second run finds nothing more, seed " << seed;
  }
  for (size_t i = 0; i < changes.size(); ++i) EXPECT_GT(changes[i], 20) << kModelPasses[i].name;
}

class OneLayer : public ::testing::Test {
 protected:
  Rng rng{5};
  Graph graph;
  ValueId hidden = kNoValue;

  void SetUp() override {
    graph.inputs = {graph.add_value("in", {DType::kFloat32, {1, 4}, {}})};
    hidden = dense(graph, rng, graph.inputs[0], 3, Activation::kNone, "dense");
  }
  [[nodiscard]] Activation fused() const { return std::get<FullyConnected>(graph.nodes[0].op).activation; }
};

TEST_F(OneLayer, AnActivationMovesIntoTheLayer) {
  const ValueId relu = *graph.add_node(Relu{}, {hidden}, "relu");
  graph.outputs = {*graph.add_node(Relu6{}, {relu}, "relu6")};
  EXPECT_TRUE(*fuse_activation(graph));
  ASSERT_EQ(graph.nodes.size(), 1u);
  EXPECT_EQ(fused(), Activation::kRelu6);
  EXPECT_EQ(graph.value(graph.outputs[0]).name, "relu6");
  EXPECT_FALSE(*fuse_activation(graph));
}

TEST_F(OneLayer, AnActivationStaysWhereThePreActivationIsReadToo) {
  const ValueId relu = *graph.add_node(Relu{}, {hidden}, "relu");
  graph.outputs = {relu, hidden};
  EXPECT_FALSE(*fuse_activation(graph));
  EXPECT_EQ(fused(), Activation::kNone);
  EXPECT_EQ(graph.nodes.size(), 2u);
}

TEST_F(OneLayer, WhatNobodyReadsGoesAndIdsCloseUp) {
  static_cast<void>(dense(graph, rng, hidden, 2, Activation::kNone, "unread"));
  graph.add_value("lost", {DType::kFloat32, {7}, {}});
  graph.outputs = {*graph.add_node(Softmax{}, {hidden}, "classes")};
  EXPECT_TRUE(*remove_dead(graph));
  EXPECT_EQ(graph.nodes.size(), 2u);
  EXPECT_EQ(graph.values.size(), 5u);
  EXPECT_THAT(verify(graph), Succeeds());
  EXPECT_FALSE(*remove_dead(graph));
}

TEST(FoldConstants, DequantizesStoredWeights) {
  Graph graph;
  graph.inputs = {graph.add_value("in", {DType::kFloat32, {1, 2}, {}})};
  Tensor stored({DType::kInt8, {2, 2}, {{0.5f, 2.0f}, {0, 0}, 0}}, {1, 2, 3, 0xFC});
  const ValueId w = *graph.add_node(Dequantize{}, {graph.add_constant("w", stored)}, "w_float");
  graph.outputs = {*graph.add_node(FullyConnected{}, {graph.inputs[0], w}, "dense")};
  EXPECT_TRUE(*fold_constants(graph));
  ASSERT_EQ(graph.nodes.size(), 1u);
  EXPECT_THAT(*float_constant(graph, w), ::testing::ElementsAre(0.5f, 1.0f, 6.0f, -8.0f));
}

TEST(FuseNormalization, NeedsAConstantAChannel) {
  Rng rng(8);
  for (const bool scalar : {false, true}) {
    Graph graph;
    graph.inputs = {graph.add_value("in", {DType::kFloat32, {1, 5, 3}, {}})};
    const ValueId factor = graph.add_constant("f", random_tensor(rng, scalar ? Shape{1} : Shape{1, 1, 3}));
    const ValueId offset = graph.add_constant("o", random_tensor(rng, {3}));
    const ValueId scaled = *graph.add_node(Mul{}, {factor, graph.inputs[0]}, "mul");
    const ValueId moved = *graph.add_node(Add{}, {scaled, offset}, "add");
    graph.outputs = {*graph.add_node(Quantize{}, {moved}, "quantize")};
    graph.value(graph.outputs[0]).type.quantization = {{0.1f}, {3}, 0};
    ASSERT_THAT(run_passes(graph, kDeployPasses), Succeeds());
    EXPECT_EQ(graph.nodes.size(), scalar ? 3u : 1u);
    EXPECT_EQ(std::holds_alternative<AffineQuantize>(graph.nodes[0].op), !scalar);
  }
}

}  // namespace
}  // namespace mote
