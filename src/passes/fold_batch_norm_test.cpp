#include "passes/fold_batch_norm.h"

#include <cmath>

#include "base/rng.h"
#include "graph/run_float.h"
#include "passes/all_passes.h"
#include "passes/rewrite.h"
#include "test_support.h"

namespace mote {
namespace {

using testing::FailsWith;
using ::testing::HasSubstr;
using testing::Succeeds;

class FoldBatchNorm : public ::testing::Test {
 protected:
  Rng rng{17};
  Graph graph;

  void SetUp() override { graph.inputs = {graph.add_value("in", {DType::kFloat32, {2, 5, 7, 3}, {}})}; }

  ValueId constant(const std::string& name, Shape shape, double low = -1, double high = 1) {
    Tensor tensor(TensorType{DType::kFloat32, std::move(shape), {}});
    for (float& x : tensor.as<float>()) x = static_cast<float>(rng.uniform(low, high));
    return graph.add_constant(name, std::move(tensor));
  }
  ValueId add(Op op, std::vector<ValueId> inputs, const std::string& name) {
    auto output = graph.add_node(std::move(op), std::move(inputs), name);
    EXPECT_THAT(output, Succeeds());
    return output.value();
  }
  [[nodiscard]] int32_t channels(ValueId id) const { return graph.value(id).type.shape.back(); }

  ValueId conv(ValueId input, int32_t filters, bool bias, Activation activation = Activation::kNone) {
    std::vector<ValueId> inputs{input, constant("conv_w", {filters, 3, 2, channels(input)})};
    if (bias) inputs.push_back(constant("conv_b", {filters}));
    Conv2d op;
    op.stride_h = op.stride_w = 1;
    op.activation = activation;
    return add(op, std::move(inputs), "conv");
  }
  ValueId depthwise(ValueId input, int32_t multiplier) {
    const int32_t filters = channels(input) * multiplier;
    DepthwiseConv2d op;
    op.stride_h = op.stride_w = 1;
    op.depth_multiplier = multiplier;
    return add(op, {input, constant("depthwise_w", {1, 3, 3, filters}), constant("depthwise_b", {filters})},
               "depthwise");
  }
  ValueId norm(ValueId input, const std::string& name = "norm") {
    const Shape shape{channels(input)};
    return add(BatchNorm{.epsilon = 1e-2f},
               {input, constant(name + "_scale", shape), constant(name + "_offset", shape),
                constant(name + "_mean", shape, -2, 2), constant(name + "_variance", shape, 0, 3)},
               name);
  }
  ValueId relu(ValueId input) { return add(Relu{}, {input}, "relu"); }

  [[nodiscard]] std::vector<std::vector<float>> outputs() const {
    Rng inputs(3);
    std::vector<float> input(static_cast<size_t>(count(graph.value(graph.inputs[0]).type.shape)));
    for (float& x : input) x = static_cast<float>(inputs.normal());
    const std::span<const float> view = input;
    auto result = run_float(graph, {&view, 1});
    EXPECT_THAT(result, Succeeds());
    return result ? *std::move(result) : std::vector<std::vector<float>>{};
  }

  /// Runs all passes of a model and expects the same outputs from ops of these names.
  void expect_compiled_to(const std::vector<std::string_view>& ops) {
    ASSERT_THAT(verify(graph), Succeeds());
    const auto expected = outputs();
    ASSERT_THAT(run_passes(graph, kModelPasses), Succeeds());
    std::vector<std::string_view> names;
    for (const Node& node : graph.nodes) names.push_back(name(node.op));
    EXPECT_EQ(names, ops) << text(graph);
    const auto got = outputs();
    ASSERT_EQ(got.size(), expected.size());
    for (size_t i = 0; i < got.size(); ++i)
      for (size_t j = 0; j < got[i].size(); ++j)
        ASSERT_NEAR(got[i][j], expected[i][j], 2e-5f * (1 + std::abs(expected[i][j]))) << "output " << i;
  }
};

TEST_F(FoldBatchNorm, AConvolutionTakesTheNormAndTheActivationBehindIt) {
  graph.outputs = {relu(norm(conv(graph.inputs[0], 4, true)))};
  expect_compiled_to({"conv2d"});
  EXPECT_EQ(std::get<Conv2d>(graph.nodes[0].op).activation, Activation::kRelu);
  EXPECT_EQ(graph.values.size(), 4u) << "no norm's constants and statistics are left";
}

TEST_F(FoldBatchNorm, AConvolutionWithoutABiasGetsOne) {
  graph.outputs = {norm(conv(graph.inputs[0], 4, false))};
  expect_compiled_to({"conv2d"});
  EXPECT_EQ(graph.nodes[0].inputs.size(), 3u);
}

TEST_F(FoldBatchNorm, SeparableBlocksAndNormsInARow) {
  const ValueId first = relu(norm(depthwise(graph.inputs[0], 2), "first"));
  graph.outputs = {relu(norm(norm(conv(first, 5, true), "second"), "third"))};
  expect_compiled_to({"depthwise_conv2d", "conv2d"});
}

TEST_F(FoldBatchNorm, AFullyConnectedLayerTakesIt) {
  const ValueId flat = add(Reshape{{2, 105}}, {graph.inputs[0]}, "flat");
  const ValueId hidden = add(FullyConnected{}, {flat, constant("w", {6, 105}), constant("b", {6})}, "dense");
  graph.outputs = {relu(norm(hidden))};
  expect_compiled_to({"reshape", "fully_connected"});
}

TEST_F(FoldBatchNorm, BehindAnActivationItBecomesMulAndAdd) {
  graph.outputs = {relu(norm(conv(graph.inputs[0], 4, true, Activation::kRelu)))};
  expect_compiled_to({"conv2d", "mul", "add"});
  EXPECT_EQ(std::get<Add>(graph.nodes[2].op).activation, Activation::kRelu);
}

TEST_F(FoldBatchNorm, AtTheInputItBecomesMulAndAdd) {
  graph.outputs = {conv(norm(graph.inputs[0]), 4, true)};
  expect_compiled_to({"mul", "add", "conv2d"});
}

TEST_F(FoldBatchNorm, ALayerThatOthersReadTooStaysAsItIs) {
  const ValueId shared = conv(graph.inputs[0], 3, true);
  graph.outputs = {add(Add{}, {norm(shared), shared}, "sum")};
  expect_compiled_to({"conv2d", "mul", "add", "add"});
}

TEST_F(FoldBatchNorm, TwoLayersWithTheSameWeightsAreNormalizedEachInItsWay) {
  Conv2d op;
  op.stride_h = op.stride_w = 1;
  const ValueId w = constant("w", {3, 1, 1, 3});
  const ValueId a = norm(add(op, {graph.inputs[0], w}, "a"), "norm_a");
  graph.outputs = {norm(add(op, {a, w}, "b"), "norm_b")};
  expect_compiled_to({"conv2d", "conv2d"});
}

TEST_F(FoldBatchNorm, RefusesWhatIsNotKnownBeforeTheModelRuns) {
  static_cast<void>(norm(graph.inputs[0]));
  Node& node = graph.nodes[0];
  graph.outputs = {node.outputs[0], node.outputs[BatchNorm::kBatchMean]};
  EXPECT_THAT(fold_batch_norm(graph), FailsWith(ErrorCode::kUnsupported, HasSubstr("norm:1 is read")));
  graph.outputs = {node.outputs[0]};
  graph.value(node.inputs[2]).constant.reset();
  graph.inputs.push_back(node.inputs[2]);
  EXPECT_THAT(fold_batch_norm(graph), FailsWith(ErrorCode::kUnsupported, HasSubstr("operand 2 is no float constant")));
}

}  // namespace
}  // namespace mote
