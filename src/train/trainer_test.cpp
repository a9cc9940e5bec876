#include "train/trainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <numbers>

#include "base/rng.h"
#include "test_support.h"
#include "train/test_tasks.h"

namespace mote {
namespace {

using ::mote::testing::FailsWith;
using ::mote::testing::Succeeds;
using ::testing::HasSubstr;

TEST(Trainer, LearnsWhatNoLineTellsApart) {
  Graph graph = corner_network();
  TrainConfig config;
  config.epochs = 60;
  config.learning_rate = 0.02;
  const Labelled training = corners(400, 1);
  const auto result = train(graph, training.samples(), nullptr, config);
  ASSERT_THAT(result, Succeeds());
  EXPECT_EQ(result->curve.size(), 60u);
  EXPECT_EQ(result->best_epoch, 60u);
  EXPECT_LT(result->curve.back().loss, result->curve.front().loss / 5);
  EXPECT_GT(accuracy_on(graph, corners(400, 2), 2), 0.99);
}

TEST(Trainer, SgdWithNesterovLearnsToo) {
  Graph graph = corner_network();
  TrainConfig config;
  config.epochs = 60;
  config.learning_rate = 0.05;
  config.optimizer = {.kind = OptimizerKind::kSgd, .momentum = 0.9, .nesterov = true};
  const Labelled training = corners(400, 1);
  ASSERT_THAT(train(graph, training.samples(), nullptr, config), Succeeds());
  EXPECT_GT(accuracy_on(graph, corners(400, 2), 2), 0.99);
}

TEST(Trainer, AConvolutionLearnsFrequenciesAtAnyPhase) {
  Graph graph = wave_network();
  TrainConfig config;
  config.epochs = 40;
  config.learning_rate = 0.01;
  const Labelled training = waves(300, 1);
  ASSERT_THAT(train(graph, training.samples(), nullptr, config), Succeeds());
  EXPECT_GT(accuracy_on(graph, waves(300, 2), 3), 0.99);
}

TEST(Trainer, FitsASineWithSixteenHiddenUnits) {
  Rng rng(3);
  std::vector<float> x, y;
  for (int i = 0; i < 1000; ++i) {
    const double angle = rng.uniform(0, 2 * std::numbers::pi);
    x.push_back(static_cast<float>(angle / std::numbers::pi - 1));
    y.push_back(static_cast<float>(std::sin(angle)));
  }
  Graph graph = network({dense(16, Activation::kRelu), dense(1)}, {1, 1, 1, false});
  TrainConfig config;
  config.epochs = 150;
  config.learning_rate = 0.01;
  const Samples samples{.inputs = x, .labels = {}, .targets = y, .rows = {}};
  const auto result = train(graph, samples, nullptr, config);
  ASSERT_THAT(result, Succeeds());
  EXPECT_EQ(result->loss, LossKind::kMeanSquaredError);
  const auto outputs = predict(graph, samples, 1);
  ASSERT_THAT(outputs, Succeeds());
  const RegressionError error = regression_error(*outputs, y);
  EXPECT_LT(error.root_mean_square, 0.05);
  EXPECT_NEAR(result->curve.back().loss, error.root_mean_square * error.root_mean_square, 2e-3);
}

TEST(Trainer, TheSameSeedGivesTheSameWeightsOnAnyNumberOfThreads) {
  const Labelled training = waves(123, 1), validation = waves(50, 2);  // neither is a multiple of batch or shard
  const Samples held_out = validation.samples();
  const Augment shake = [](std::span<float> window, uint64_t epoch, uint64_t sample) {
    Rng rng = Rng::stream(epoch, sample);
    for (float& v : window) v += static_cast<float>(0.05 * rng.normal());
  };
  std::vector<std::vector<uint8_t>> weights;
  for (const size_t threads : {1u, 2u, 3u, 1u}) {
    Graph graph = wave_network();
    TrainConfig config;
    config.epochs = 4;
    config.threads = threads;
    ASSERT_THAT(train(graph, training.samples(), &held_out, config, shake), Succeeds());
    weights.push_back(all_constants(graph));
  }
  EXPECT_EQ(weights[0], weights[1]);
  EXPECT_EQ(weights[0], weights[2]);
  EXPECT_EQ(weights[0], weights[3]);
  Graph other = wave_network();
  TrainConfig config;
  config.epochs = 4;
  config.seed = 2;
  ASSERT_THAT(train(other, training.samples(), &held_out, config, shake), Succeeds());
  EXPECT_NE(weights[0], all_constants(other));
}

TEST(Trainer, EarlyStoppingRestoresTheWeightsOfTheBestEpoch) {
  // So few and noisy samples that the network learns them by heart and gets worse on others.
  const Labelled training = corners(24, 5, 0.9), validation = corners(200, 6, 0.9);
  const Samples held_out = validation.samples();
  Graph graph = network({dense(32, Activation::kRelu), dense(2)}, {1, 2, 2, true});
  TrainConfig config;
  config.epochs = 500;
  config.learning_rate = 0.03;
  config.patience = 10;
  config.schedule.kind = ScheduleConfig::Kind::kConstant;
  const auto result = train(graph, training.samples(), &held_out, config);
  ASSERT_THAT(result, Succeeds());
  EXPECT_TRUE(result->stopped_early);
  ASSERT_LT(result->best_epoch, result->curve.size());
  EXPECT_EQ(result->curve.size(), result->best_epoch + 10);
  const double best = result->curve[result->best_epoch - 1].validation_loss;
  for (const EpochRecord& record : result->curve) EXPECT_GE(record.validation_loss, best);
  EXPECT_GT(result->curve.back().validation_loss, best);
  const auto scores = predict(graph, held_out, 1);
  ASSERT_THAT(scores, Succeeds());
  double loss = 0;
  for (size_t i = 0; i < validation.labels.size(); ++i)
    loss -= std::log(static_cast<double>((*scores)[2 * i + static_cast<size_t>(validation.labels[i])]));
  EXPECT_NEAR(loss / 200, best, 1e-4);
}

TEST(Trainer, AnInterruptKeepsTheBestSoFar) {
  const Labelled training = waves(120, 1), validation = waves(60, 2);
  const Samples held_out = validation.samples();
  std::atomic<bool> stop = false;
  std::vector<std::string> remarks;
  size_t reports = 0;
  Progress progress;
  progress.stop = &stop;
  progress.report = [&](double fraction, const std::string& detail) {
    EXPECT_NEAR(fraction, static_cast<double>(++reports) / 100, 1e-9);
    EXPECT_THAT(detail, HasSubstr(fmt::format("epoch {}/100", reports)));
    if (reports == 3) stop = true;
  };
  const Log log([&](Log::Level, const std::string& text) { remarks.push_back(text); });
  Graph graph = wave_network();
  TrainConfig config;
  config.epochs = 100;
  const auto result = train(graph, training.samples(), &held_out, config, {}, progress, log);
  ASSERT_THAT(result, Succeeds());
  EXPECT_TRUE(result->interrupted);
  EXPECT_EQ(result->curve.size(), 3u);
  ASSERT_EQ(remarks.size(), 1u);
  EXPECT_THAT(remarks[0], HasSubstr(fmt::format("the weights of epoch {} are kept", result->best_epoch)));
  const double kept = result->curve[result->best_epoch - 1].validation_accuracy;
  EXPECT_NEAR(accuracy_on(graph, validation, 3), kept, 1e-9);
}

TEST(Trainer, ClassWeightsRaiseTheRecallOfARareClass) {
  Rng rng(9);
  Labelled set;
  for (int i = 0; i < 1000; ++i) {
    const int label = i % 20 == 0 ? 1 : 0;
    set.inputs.push_back(static_cast<float>(label + rng.normal()));
    set.labels.push_back(label);
  }
  std::vector<double> recalls;
  for (const auto weights : {TrainConfig::ClassWeights::kNone, TrainConfig::ClassWeights::kBalanced}) {
    Graph graph = network({dense(2)}, {1, 1, 2, true});
    TrainConfig config;
    config.epochs = 30;
    config.learning_rate = 0.02;
    config.class_weights = weights;
    ASSERT_THAT(train(graph, set.samples(), nullptr, config), Succeeds());
    const auto scores = predict(graph, set.samples(), 1);
    recalls.push_back(recall(confusion(set.labels, predictions(*scores, 2), 2), 1));
  }
  EXPECT_LT(recalls[0], 0.2);
  EXPECT_GT(recalls[1], 0.5);
}

TEST(Trainer, OnlyTheRowsThatAreMeantAreSeen) {
  Labelled set = corners(400, 1);
  std::vector<size_t> even, odd;
  for (size_t i = 0; i < 400; ++i) (i / 4 % 2 == 0 ? even : odd).push_back(i);
  for (const size_t i : odd) set.labels[i] ^= 1;  // wrong on purpose
  Graph graph = corner_network();
  TrainConfig config;
  config.epochs = 40;
  config.learning_rate = 0.02;
  ASSERT_THAT(train(graph, set.samples().only(even), nullptr, config), Succeeds());
  EXPECT_GT(accuracy_on(graph, corners(400, 2), 2), 0.99);
}

TEST(Trainer, ADivergingTrainingSaysWhatToDo) {
  Graph graph = network({dense(8, Activation::kRelu), dense(1)}, {1, 1, 1, false});
  std::vector<float> x(64), y(64);
  for (size_t i = 0; i < 64; ++i) x[i] = y[i] = static_cast<float>(i);
  TrainConfig config;
  config.learning_rate = 100;
  config.optimizer.kind = OptimizerKind::kSgd;
  const Samples samples{.inputs = x, .labels = {}, .targets = y, .rows = {}};
  EXPECT_THAT(train(graph, samples, nullptr, config),
              FailsWith(ErrorCode::kBadInput, ::testing::AllOf(HasSubstr("diverged in epoch"),
                                                               HasSubstr("learning_rate"), HasSubstr("100"))));
}

TEST(Trainer, ClippingTheGradientKeepsALargeRateFinite) {
  Graph graph = network({dense(8, Activation::kRelu), dense(1)}, {1, 1, 1, false});
  std::vector<float> x(64), y(64);
  for (size_t i = 0; i < 64; ++i) x[i] = y[i] = static_cast<float>(i);
  TrainConfig config;
  config.learning_rate = 0.1;
  config.optimizer.kind = OptimizerKind::kSgd;
  config.clip_norm = 1;
  const Samples samples{.inputs = x, .labels = {}, .targets = y, .rows = {}};
  const auto result = train(graph, samples, nullptr, config);
  ASSERT_THAT(result, Succeeds());
  EXPECT_LT(result->curve.back().loss, result->curve.front().loss);
}

TEST(Trainer, RefusesSamplesThatCannotBe) {
  Graph graph = corner_network();
  const TrainConfig config;
  Labelled set = corners(8, 1);
  EXPECT_THAT(train(graph, set.samples().only({}), nullptr, config),
              FailsWith(ErrorCode::kBadInput, HasSubstr("there are no training samples")));
  set.labels[3] = 2;
  EXPECT_THAT(train(graph, set.samples(), nullptr, config),
              FailsWith(ErrorCode::kBadInput, HasSubstr("sample 3 has the label 2, the network has 2 outputs")));
  set.labels[3] = 0;
  set.inputs[5] = std::nanf("");
  EXPECT_THAT(train(graph, set.samples(), nullptr, config),
              FailsWith(ErrorCode::kBadInput, HasSubstr("value 1 of training sample 2 is nan")));
  set = corners(8, 1);
  set.inputs.pop_back();
  EXPECT_THAT(train(graph, set.samples(), nullptr, config), FailsWith(ErrorCode::kBadInput, HasSubstr("no multiple")));
  set = corners(8, 1);
  set.labels.pop_back();
  EXPECT_THAT(train(graph, set.samples(), nullptr, config),
              FailsWith(ErrorCode::kBadInput, HasSubstr("7 labels for 8")));
}

TEST(Trainer, RefusesToGoThroughOpsWithoutADerivative) {
  Graph graph = corner_network();
  const auto constant = [&](int32_t value) {
    Tensor tensor(TensorType{DType::kInt32, {}, {}});
    tensor.as<int32_t>()[0] = value;
    return graph.add_constant("given", std::move(tensor));
  };
  const auto real = [&](float value) { return graph.add_constant("given", float_tensor({}, std::array{value})); };
  MOTE_ASSERT_ASSIGN(const ValueId choice,
                     graph.add_node(ArgMax{{DType::kInt32}}, {graph.outputs[0], constant(1)}, "choice"));
  MOTE_ASSERT_ASSIGN(const ValueId hot, graph.add_node(OneHot{-1}, {choice, constant(2), real(1), real(0)}, "hot"));
  graph.outputs = {hot};
  const Labelled set = corners(8, 1);
  EXPECT_THAT(train(graph, set.samples(), nullptr, {}),
              FailsWith(ErrorCode::kUnsupported, HasSubstr("arg_max choice has no derivative")));
  MOTE_ASSERT_ASSIGN(const auto scores, predict(graph, set.samples(), 1));
  for (size_t i = 0; i < scores.size(); i += 2) EXPECT_EQ(scores[i] + scores[i + 1], 1.0f);
}

TEST(Trainer, TheRecordKeepsTheCurves) {
  Graph graph = corner_network();
  TrainConfig config;
  config.epochs = 3;
  const Labelled training = corners(40, 1);
  const auto result = train(graph, training.samples(), nullptr, config);
  ASSERT_THAT(result, Succeeds());
  const nlohmann::json record = to_json(*result);
  EXPECT_EQ(record["epochs"], 3);
  EXPECT_EQ(record["curves"]["loss"].size(), 3u);
  EXPECT_EQ(record["curves"]["loss"][2].get<double>(), result->curve[2].loss);
  EXPECT_TRUE(record["curves"]["validation_loss"][0].is_null());
  EXPECT_FALSE(record["interrupted"].get<bool>());
}

}  // namespace
}  // namespace mote
