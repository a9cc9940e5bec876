#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "test_support.h"
#include "train/test_tasks.h"

namespace mote {
namespace {

using ::mote::testing::Succeeds;

Graph normalized_network() {
  Layer first = conv(6, 5);
  first.activation = Activation::kNone;
  Layer norm, relu, pool;
  norm.kind = Layer::Kind::kBatchNorm;
  norm.momentum = 0.8;
  relu.kind = Layer::Kind::kRelu;
  pool.kind = Layer::Kind::kGlobalAveragePool;
  return network({first, norm, relu, pool, dense(3)}, {20, 2, 3, true});
}

TEST(BatchNormTraining, LearnsTheStatisticsThatInferenceUses) {
  Graph graph = normalized_network();
  TrainConfig config;
  config.epochs = 60;
  config.learning_rate = 0.02;
  Labelled training = waves(203, 1);  // 203: the last samples of an epoch fill no shard
  for (float& v : training.inputs) v = 3 + 5 * v;
  const auto result = train(graph, training.samples(), nullptr, config);
  ASSERT_THAT(result, Succeeds());
  EXPECT_GT(result->curve.back().accuracy, 0.95);
  Labelled others = waves(300, 2);
  for (float& v : others.inputs) v = 3 + 5 * v;
  EXPECT_GT(accuracy_on(graph, others, 3), 0.95);

  // The running statistics are those of the convolution's outputs over all training samples.
  Graph front = graph;
  front.outputs = {graph.nodes[0].outputs[0]};
  const auto values = predict(front, training.samples(), 1);
  ASSERT_THAT(values, Succeeds());
  const std::vector<ValueId>& operands = graph.nodes[1].inputs;
  for (size_t c = 0; c < 6; ++c) {
    double sum = 0, squares = 0;
    for (size_t i = c; i < values->size(); i += 6) {
      sum += static_cast<double>((*values)[i]);
      squares += static_cast<double>((*values)[i]) * static_cast<double>((*values)[i]);
    }
    const double n = static_cast<double>(values->size()) / 6, mean = sum / n, variance = squares / n - mean * mean;
    const auto running = [&](size_t operand) {
      return static_cast<double>(graph.value(operands[operand]).constant->as<float>()[c]);
    };
    EXPECT_NEAR(running(BatchNorm::kRunningMean), mean, 0.15 * std::sqrt(variance)) << c;
    EXPECT_NEAR(running(BatchNorm::kRunningVariance), variance, 0.15 * variance) << c;
  }
}

TEST(BatchNormTraining, DoesNotDependOnTheThreads) {
  const Labelled training = waves(123, 1);
  std::vector<std::vector<uint8_t>> weights;
  for (const size_t threads : {1u, 2u}) {
    Graph graph = normalized_network();
    TrainConfig config;
    config.epochs = 3;
    config.threads = threads;
    config.optimizer.weight_decay = 0.1;
    ASSERT_THAT(train(graph, training.samples(), nullptr, config), Succeeds());
    weights.push_back(all_constants(graph));
  }
  EXPECT_EQ(weights[0], weights[1]);
}

}  // namespace
}  // namespace mote
