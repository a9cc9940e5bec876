#include "compress/quantize.h"

#include <cmath>
#include <limits>

#include "base/rng.h"
#include "compress/layer_error.h"
#include "plan/plan.h"
#include "test_support.h"

namespace mote {
namespace {

using testing::FailsWith;
using ::testing::HasSubstr;
using testing::Succeeds;

Tensor random_tensor(Rng& rng, Shape shape, double spread) {
  std::vector<float> content(static_cast<size_t>(count(shape)));
  for (float& x : content) x = static_cast<float>(spread * rng.normal());
  return float_tensor(std::move(shape), content);
}

/// 12 inputs, a hidden layer of 16 with ReLU, 4 classes.
Graph make_mlp(uint64_t seed = 1) {
  Rng rng(seed);
  Graph graph;
  graph.name = "mlp";
  graph.inputs = {graph.add_value("in", {DType::kFloat32, {1, 12}, {}})};
  const ValueId w1 = graph.add_constant("w1", random_tensor(rng, {16, 12}, 0.4));
  const ValueId b1 = graph.add_constant("b1", random_tensor(rng, {16}, 0.3));
  const ValueId hidden = *graph.add_node(FullyConnected{Activation::kRelu}, {graph.inputs[0], w1, b1}, "hidden");
  const ValueId w2 = graph.add_constant("w2", random_tensor(rng, {4, 16}, 0.4));
  const ValueId b2 = graph.add_constant("b2", random_tensor(rng, {4}, 0.3));
  const ValueId logits = *graph.add_node(FullyConnected{}, {hidden, w2, b2}, "logits");
  graph.outputs = {*graph.add_node(Softmax{}, {logits}, "classes")};
  return graph;
}

std::vector<float> random_windows(size_t elements, uint64_t seed = 7) {
  Rng rng(seed);
  std::vector<float> result(elements);
  for (float& x : result) x = static_cast<float>(rng.uniform(-2, 3));
  return result;
}

ConstFloatView view(const std::vector<float>& windows, int32_t depth) {
  return {{static_cast<int32_t>(windows.size()) / depth, depth}, windows};
}

Result<Graph> calibrate_and_quantize(const Graph& graph, const ConstFloatView& windows, QuantizeConfig config = {},
                                     const Log& log = {}) {
  MOTE_TRY_ASSIGN(const CalibrationResult calibration, calibrate(graph, {&windows, 1}));
  return quantize(graph, calibration, config, log);
}

std::vector<LayerError> errors_of(const Graph& graph, const Graph& quantized, const ConstFloatView& windows) {
  auto errors = quantization_error(graph, quantized, {&windows, 1});
  EXPECT_THAT(errors, Succeeds());
  return errors ? *std::move(errors) : std::vector<LayerError>(1);
}

TEST(Quantize, AnMlpStaysCloseToItsFloatForm) {
  const std::vector<float> windows = random_windows(12 * 200);
  for (const bool per_channel : {false, true}) {
    for (uint64_t seed = 1; seed <= 5; ++seed) {
      const Graph graph = make_mlp(seed);
      const auto quantized = calibrate_and_quantize(graph, view(windows, 12), {.per_channel_dense = per_channel});
      ASSERT_THAT(quantized, Succeeds());
      const auto seen = view(windows, 12);
      const auto errors = quantization_error(graph, *quantized, {&seen, 1});
      ASSERT_THAT(errors, Succeeds());
      ASSERT_EQ(errors->size(), 3u);
      EXPECT_EQ((*errors)[0].name, "hidden");
      EXPECT_EQ((*errors)[2].op, "softmax");
      for (const LayerError& e : *errors) {
        EXPECT_GT(e.signal_to_noise_db, 25) << e.name << " seed " << seed;
        EXPECT_LT(e.signal_to_noise_db, 70) << e.name << ": int8 cannot be this exact";
        EXPECT_LE(e.mean_absolute_error, e.largest_error);
      }
      EXPECT_LT((*errors)[2].largest_error, 0.1);
    }
  }
}

TEST(Quantize, TypesFollowTheScheme) {
  const std::vector<float> windows = random_windows(12 * 50);
  const Graph graph = make_mlp();
  const auto seen = view(windows, 12);
  const auto calibration = calibrate(graph, {&seen, 1});
  ASSERT_THAT(calibration, Succeeds());
  const auto quantized = quantize(graph, *calibration);
  ASSERT_THAT(quantized, Succeeds());
  const auto [low, high] = std::minmax_element(windows.begin(), windows.end());
  EXPECT_EQ(quantized->value(quantized->inputs[0]).type.quantization, activation_quantization({*low, *high}));

  const Node& hidden = quantized->nodes[0];
  const TensorType& output = quantized->value(hidden.outputs[0]).type;
  EXPECT_EQ(output.dtype, DType::kInt8);
  EXPECT_EQ(output.quantization.zero_point[0], -128) << "the range is the one after the ReLU";
  const TensorType& weights = quantized->value(hidden.inputs[1]).type;
  EXPECT_EQ(weights.quantization.scale.size(), 1u) << "fully connected layers have one scale by default";
  const TensorType& bias = quantized->value(hidden.inputs[2]).type;
  EXPECT_EQ(bias.dtype, DType::kInt32);
  EXPECT_FLOAT_EQ(bias.quantization.scale[0],
                  quantized->value(quantized->inputs[0]).type.quantization.scale[0] * weights.quantization.scale[0]);
  const TensorType& classes = quantized->value(quantized->outputs[0]).type;
  EXPECT_EQ(classes.quantization, (Quantization{{1.0f / 256}, {-128}, 0}));
  for (size_t i = 0; i < graph.values.size(); ++i) EXPECT_EQ(graph.values[i].name, quantized->values[i].name);
}

TEST(Quantize, PerChannelScalesHelpWhereChannelsDiffer) {
  Graph graph = make_mlp();
  const auto weights = graph.value(graph.nodes[0].inputs[1]).constant->as<float>();
  for (size_t i = 0; i < 12 * 15; ++i) weights[i] *= 0.02f;
  const std::vector<float> windows = random_windows(12 * 100);
  const auto seen = view(windows, 12);
  double noise[2];
  for (const bool per_channel : {false, true}) {
    const auto quantized = calibrate_and_quantize(graph, seen, {.per_channel_dense = per_channel});
    ASSERT_THAT(quantized, Succeeds());
    EXPECT_EQ(quantized->value(quantized->nodes[0].inputs[1]).type.quantization.scale.size(), per_channel ? 16u : 1u);
    noise[per_channel ? 1 : 0] = errors_of(graph, *quantized, seen)[0].mean_absolute_error;
  }
  EXPECT_LT(noise[1], 0.7 * noise[0]);
}

TEST(Quantize, AConstantThatTwoLayersShareIsStoredInBothForms) {
  Rng rng(3);
  Graph graph;
  graph.inputs = {graph.add_value("in", {DType::kFloat32, {1, 6}, {}})};
  const ValueId w = graph.add_constant("w", random_tensor(rng, {6, 6}, 0.5));
  const ValueId b = graph.add_constant("b", random_tensor(rng, {6}, 0.5));
  const ValueId first = *graph.add_node(FullyConnected{}, {graph.inputs[0], w, b}, "first");
  graph.outputs = {*graph.add_node(FullyConnected{}, {first, w, b}, "second")};
  const std::vector<float> windows = random_windows(6 * 40);
  const auto quantized = calibrate_and_quantize(graph, view(windows, 6));
  ASSERT_THAT(quantized, Succeeds());
  EXPECT_EQ(quantized->nodes[0].inputs[1], quantized->nodes[1].inputs[1]) << "the weights are the same for both";
  EXPECT_NE(quantized->nodes[0].inputs[2], quantized->nodes[1].inputs[2]) << "the input scales differ";
  const auto seen = view(windows, 6);
  for (const LayerError& e : errors_of(graph, *quantized, seen)) EXPECT_GT(e.signal_to_noise_db, 30);
}

TEST(Quantize, AJointGivesItsRangeToLayersOfItsOwnAndRequantizesOthers) {
  Rng rng(4);
  Graph graph;
  graph.inputs = {graph.add_value("in", {DType::kFloat32, {1, 6}, {}})};
  const auto dense = [&](const std::string& layer, double spread) {
    const ValueId weights = graph.add_constant(layer + "_w", random_tensor(rng, {5, 6}, spread));
    return *graph.add_node(FullyConnected{}, {graph.inputs[0], weights}, layer);
  };
  const ValueId narrow = dense("narrow", 0.1);
  const ValueId wide = dense("wide", 2);
  const ValueId read_twice = dense("read_twice", 0.5);
  const ValueId constant = graph.add_constant("constant", random_tensor(rng, {1, 5}, 1));
  Concatenation join;
  join.axis = 1;
  const ValueId joined = *graph.add_node(join, {narrow, wide, read_twice, constant}, "joined");
  graph.outputs = {joined, read_twice};
  const std::vector<float> windows = random_windows(6 * 100);
  MOTE_ASSERT_ASSIGN(const Graph quantized, calibrate_and_quantize(graph, view(windows, 6)));
  const auto scale = [&](ValueId id) { return quantized.value(id).type.quantization; };
  EXPECT_EQ(scale(narrow), scale(joined));
  EXPECT_EQ(scale(wide), scale(joined));
  EXPECT_EQ(scale(constant), scale(joined));
  EXPECT_NE(scale(read_twice), scale(joined));
  ASSERT_EQ(quantized.nodes.size(), 5u) << text(quantized);
  EXPECT_TRUE(std::holds_alternative<Quantize>(quantized.nodes[3].op));
  const auto seen = view(windows, 6);
  for (const LayerError& e : errors_of(graph, quantized, seen)) {
    if (e.name == "joined") {
      EXPECT_GT(e.signal_to_noise_db, 30);
    }
  }
}

TEST(Quantize, OneSidedAndConstantInputsWork) {
  for (const float offset : {5.0f, -5.0f}) {
    const Graph graph = make_mlp(4);
    std::vector<float> windows = random_windows(12 * 60);
    for (float& x : windows) x += offset;
    const auto seen = view(windows, 12);
    const auto quantized = calibrate_and_quantize(graph, seen);
    ASSERT_THAT(quantized, Succeeds());
    for (const LayerError& e : errors_of(graph, *quantized, seen)) EXPECT_GT(e.signal_to_noise_db, 15);
  }
  const std::vector<float> constant(12, 0.75f);
  const auto seen = view(constant, 12);
  const Graph graph = make_mlp(4);
  const auto quantized = calibrate_and_quantize(graph, seen);
  ASSERT_THAT(quantized, Succeeds());
  EXPECT_GT(errors_of(graph, *quantized, seen)[0].signal_to_noise_db, 25);
  const std::vector<float> zeros(12);
  EXPECT_THAT(calibrate_and_quantize(graph, view(zeros, 12)), Succeeds());
}

TEST(Quantize, ABiasThatIsHugeBesideItsWeightsRaisesTheirScaleAndSaysSo) {
  Graph graph = make_mlp();
  for (float& x : graph.value(graph.nodes[0].inputs[1]).constant->as<float>()) x *= 1e-5f;
  for (float& x : graph.value(graph.nodes[0].inputs[2]).constant->as<float>()) x = 100;
  const std::vector<float> windows = random_windows(12 * 20);
  std::string said;
  const Log log([&](Log::Level, const std::string& text) { said += text; });
  const auto seen = view(windows, 12);
  const auto quantized = calibrate_and_quantize(graph, seen, {.per_channel_dense = true}, log);
  ASSERT_THAT(quantized, Succeeds());
  EXPECT_THAT(said, HasSubstr("hidden: 16 of 16 weight scales raised"));
  EXPECT_GT(errors_of(graph, *quantized, seen)[0].signal_to_noise_db, 30);
}

TEST(Quantize, RefusesSumsBeyondInt32) {
  Graph graph;
  graph.inputs = {graph.add_value("in", {DType::kFloat32, {1, 70000}, {}})};
  const std::vector<float> ones(70000, 1.0f);
  const ValueId w = graph.add_constant("w", float_tensor({1, 70000}, ones));
  graph.outputs = {*graph.add_node(FullyConnected{}, {graph.inputs[0], w}, "huge")};
  EXPECT_THAT(calibrate_and_quantize(graph, view(ones, 70000)),
              FailsWith(ErrorCode::kUnsupported, HasSubstr("fully_connected huge: channel 0 could sum to")));
}

TEST(Quantize, RefusesWhatIsNotAFloatModelOrNotTheOneCalibrated) {
  const std::vector<float> windows = random_windows(12 * 20);
  const auto seen = view(windows, 12);
  const Graph graph = make_mlp();
  const auto calibration = calibrate(graph, {&seen, 1});
  const auto quantized = quantize(graph, *calibration);
  ASSERT_THAT(quantized, Succeeds());
  EXPECT_THAT(calibrate(*quantized, {&seen, 1}), FailsWith(ErrorCode::kUnsupported, HasSubstr("int8 1x12")));
  EXPECT_THAT(quantize(*quantized, *calibration),
              FailsWith(ErrorCode::kBadInput, HasSubstr("quantize the float model")));
  CalibrationResult other = *calibration;
  other.ranges.pop_back();
  EXPECT_THAT(quantize(graph, other), FailsWith(ErrorCode::kInternal, HasSubstr("another model")));
  other = *calibration;
  other.ranges[static_cast<size_t>(graph.nodes[1].outputs[0])].reset();
  EXPECT_THAT(quantize(graph, other), FailsWith(ErrorCode::kBadInput, HasSubstr("logits has no calibrated range")));
  Graph broken = make_mlp();
  broken.value(broken.nodes[0].inputs[1]).constant->as<float>()[3] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(quantize(broken, *calibration), FailsWith(ErrorCode::kBadInput, HasSubstr("w1 holds nan")));
}

TEST(Quantize, TruthValuesAndIndicesKeepTheirTypes) {
  Graph graph;
  graph.inputs = {graph.add_value("in", {DType::kFloat32, {1, 12}, {}})};
  const ValueId threshold = graph.add_constant("threshold", float_tensor({1}, std::vector<float>{0.5f}));
  const ValueId zero = graph.add_constant("zero", float_tensor({1}, std::vector<float>{0.0f}));
  Tensor last(TensorType{DType::kInt32, {}, {}});
  last.as<int32_t>()[0] = -1;
  const ValueId axis = graph.add_constant("axis", std::move(last));
  const ValueId large = *graph.add_node(Greater{}, {graph.inputs[0], threshold}, "large");
  const ValueId kept = *graph.add_node(SelectV2{}, {large, graph.inputs[0], zero}, "kept");
  const ValueId best = *graph.add_node(ArgMax{{DType::kInt32}}, {kept, axis}, "best");
  graph.outputs = {kept, best};
  const std::vector<float> windows = random_windows(12 * 100);
  MOTE_ASSERT_ASSIGN(const Graph quantized, calibrate_and_quantize(graph, view(windows, 12)));
  const auto type_of = [&](std::string_view name) {
    for (const Value& value : quantized.values)
      if (value.name == name) return value.type.dtype;
    return DType::kFloat16;
  };
  EXPECT_EQ(type_of("large"), DType::kBool);
  EXPECT_EQ(type_of("kept"), DType::kInt8);
  EXPECT_EQ(type_of("best"), DType::kInt32);
  for (const LayerError& layer : errors_of(graph, quantized, view(windows, 12)))
    EXPECT_GT(layer.signal_to_noise_db, 20) << layer.name;
}

}  // namespace
}  // namespace mote
