/// A network with batch normalisation from its layers to int8 inference: trained, folded, quantized, planned, run.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>

#include "base/rng.h"
#include "compress/quantize.h"
#include "interp/interpreter.h"
#include "passes/all_passes.h"
#include "test_support.h"
#include "train/metrics.h"
#include "train/network.h"
#include "train/trainer.h"

namespace mote {
namespace {

using testing::Succeeds;

constexpr int32_t kSteps = 24, kChannels = 2, kClasses = 3;
constexpr size_t kWindow = size_t{kSteps} * kChannels;

struct Labelled {
  std::vector<float> inputs;
  std::vector<int> labels;
  [[nodiscard]] Samples samples() const { return {.inputs = inputs, .labels = labels, .targets = {}, .rows = {}}; }
};

/// Windows whose class is the number of periods in them, at a random phase; the channels differ in offset and spread,
/// but one int8 scale serves both.
Labelled waves(size_t n, uint64_t seed) {
  Rng rng(seed);
  Labelled set;
  for (size_t i = 0; i < n; ++i) {
    const auto label = static_cast<int>(i % kClasses);
    const double phase = rng.uniform(0, 2 * std::numbers::pi);
    for (int t = 0; t < kSteps; ++t) {
      const double angle = phase + 2 * std::numbers::pi * (label + 1) * t / kSteps;
      set.inputs.push_back(static_cast<float>(2 + 1.5 * std::sin(angle) + 0.2 * rng.normal()));
      set.inputs.push_back(static_cast<float>(-0.5 + 0.6 * std::cos(angle) + 0.1 * rng.normal()));
    }
    set.labels.push_back(label);
  }
  return set;
}

Layer layer(Layer::Kind kind, int32_t units = 0, int32_t kernel = 1) {
  Layer result;
  result.kind = kind;
  result.units = units;
  result.kernel.width = result.stride.width = kernel;
  if (kind != Layer::Kind::kMaxPool) result.stride.width = 1;
  return result;
}

/// Normalisations at the input and behind every kind of layer that takes one.
Graph network() {
  using enum Layer::Kind;
  ModelConfig config;
  config.layers = {layer(kBatchNorm),
                   layer(kConv1d, 6, 5),
                   layer(kBatchNorm),
                   layer(kRelu),
                   layer(kDepthwiseConv1d, 1, 3),
                   layer(kBatchNorm),
                   layer(kRelu6),
                   layer(kMaxPool, 0, 2),
                   layer(kDense, 12),
                   layer(kBatchNorm),
                   layer(kRelu),
                   layer(kDense, kClasses)};
  auto graph = build_network(config, {kSteps, kChannels, kClasses, true}, "normalized");
  EXPECT_THAT(graph, Succeeds());
  return std::move(graph).value();
}

std::vector<std::string_view> op_names(const Graph& graph) {
  std::vector<std::string_view> names;
  for (const Node& node : graph.nodes) names.push_back(name(node.op));
  return names;
}

double accuracy_of(std::span<const float> scores, const Labelled& set) {
  return accuracy(confusion(set.labels, predictions(scores, kClasses), kClasses));
}

/// The class probabilities of every window from the kernels of the board.
std::vector<float> run_int8(Interpreter& interpreter, const Labelled& set) {
  std::vector<float> scores(set.labels.size() * kClasses);
  for (size_t i = 0; i < set.labels.size(); ++i) {
    std::memcpy(interpreter.input(0).data(), &set.inputs[i * kWindow], kWindow * sizeof(float));
    interpreter.invoke();
    std::memcpy(&scores[i * kClasses], interpreter.output(0).data(), kClasses * sizeof(float));
  }
  return scores;
}

TEST(BatchNormRoad, TheFoldedInt8ModelDoesWhatTheTrainedOneDoes) {
  Graph graph = network();
  TrainConfig config;
  config.epochs = 25;
  config.learning_rate = 0.01;
  const Labelled training = waves(300, 1), others = waves(200, 2);
  const Graph untrained = graph;
  ASSERT_THAT(train(graph, training.samples(), nullptr, config), Succeeds());
  MOTE_ASSERT_ASSIGN(const std::vector<float> trained, predict(graph, others.samples(), 1));
  MOTE_ASSERT_ASSIGN(const std::vector<float> before, predict(untrained, others.samples(), 1));
  EXPECT_GT(accuracy_of(trained, others), 0.97);
  EXPECT_LT(accuracy_of(before, others), 0.7) << "the task needs no training";

  ASSERT_THAT(run_passes(graph, kModelPasses), Succeeds());
  EXPECT_EQ(op_names(graph), (std::vector<std::string_view>{"mul", "add", "conv2d", "depthwise_conv2d", "max_pool2d",
                                                            "fully_connected", "fully_connected", "softmax"}));
  MOTE_ASSERT_ASSIGN(const std::vector<float> folded, predict(graph, others.samples(), 1));
  for (size_t i = 0; i < folded.size(); ++i) ASSERT_NEAR(folded[i], trained[i], 1e-3f) << i;

  const ConstFloatView windows{{300, 1, kSteps, kChannels}, training.inputs};
  MOTE_ASSERT_ASSIGN(const CalibrationResult ranges, calibrate(graph, {&windows, 1}));
  QuantizeConfig floats_outside;
  floats_outside.float_inputs = floats_outside.float_outputs = true;
  MOTE_ASSERT_ASSIGN(Graph int8, quantize(graph, ranges, floats_outside));
  MOTE_ASSERT_ASSIGN(Plan plan, make_plan(int8));
  Interpreter interpreter(std::move(plan));
  const std::vector<float> scores = run_int8(interpreter, others);
  EXPECT_GT(accuracy_of(scores, others), 0.95);
  double difference = 0;
  for (size_t i = 0; i < scores.size(); ++i)
    difference += static_cast<double>(std::abs(scores[i] - trained[i])) / static_cast<double>(scores.size());
  EXPECT_LT(difference, 0.03);
}

}  // namespace
}  // namespace mote
