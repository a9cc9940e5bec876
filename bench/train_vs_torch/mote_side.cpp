/// Mote's half of the comparison with PyTorch, and the data and initial weights for both.
///
///   train_bench write DIR            windows.bin, labels.bin, weights.bin, setup.json
///   train_bench run THREADS N        trains N times; one JSON object with the median speed and loss

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <numbers>

#include "base/files.h"
#include "base/rng.h"
#include "train/loss.h"
#include "train/network.h"
#include "train/parameters.h"
#include "train/trainer.h"

namespace mote {
namespace {

constexpr int32_t kLength = 50, kChannels = 6, kClasses = 3;
constexpr size_t kSamples = 2048, kEpochs = 10;
constexpr double kLearningRate = 0.001;

constexpr std::string_view kNetwork = R"({"layers": [
  {"type": "conv1d", "filters": 8, "kernel": 5, "activation": "relu"}, {"type": "max_pool", "size": 2},
  {"type": "conv1d", "filters": 16, "kernel": 3, "activation": "relu"}, {"type": "max_pool", "size": 2},
  {"type": "flatten"}, {"type": "dense", "units": 16, "activation": "relu"},
  {"type": "dense", "units": 3}, {"type": "softmax"}]})";

struct Data {
  std::vector<float> windows;
  std::vector<int> labels;
};

/// Oscillations whose rate and axis tell the class, under noise strong enough that the loss stays off zero.
Data make_data() {
  Rng rng(42);
  Data data;
  for (size_t i = 0; i < kSamples; ++i) {
    const int label = static_cast<int>(rng.below(kClasses));
    const double rate = rng.uniform(2, 4) + label, phase = rng.uniform(0, 2 * std::numbers::pi);
    for (int t = 0; t < kLength; ++t)
      for (int c = 0; c < kChannels; ++c) {
        const double angle = 2 * std::numbers::pi * rate * t / kLength + phase + c;
        data.windows.push_back(static_cast<float>(0.6 * std::sin(angle) + rng.normal()));
      }
    data.labels.push_back(label);
  }
  return data;
}

Result<Graph> make_network() {
  MOTE_TRY_ASSIGN(const ModelConfig config, model_config(nlohmann::json::parse(kNetwork), "the benchmark's network"));
  return build_network(config, {kLength, kChannels, kClasses, true}, "gesture");
}

/// Mean cross-entropy over all samples.
Result<double> loss_of(const Graph& graph, const Data& data) {
  const Samples samples{.inputs = data.windows, .labels = data.labels, .targets = {}, .rows = {}};
  MOTE_TRY_ASSIGN(const std::vector<float> scores, predict(graph, samples, 1));
  double loss = 0;
  for (size_t i = 0; i < data.labels.size(); ++i)
    loss -= std::log(static_cast<double>(scores[i * kClasses + static_cast<size_t>(data.labels[i])]));
  return loss / static_cast<double>(kSamples);
}

struct Run {
  double samples_per_second, loss;
};

template <class T>
Result<> write_values(const std::filesystem::path& path, std::span<const T> values) {
  return write_file(path, {reinterpret_cast<const uint8_t*>(values.data()), values.size_bytes()});
}

Result<> write_inputs(const std::filesystem::path& folder) {
  const Data data = make_data();
  MOTE_TRY_ASSIGN(const Graph graph, make_network());
  std::vector<float> weights;
  for (const Parameter& parameter : ParameterLayout(graph).parameters)
    for (const float w : graph.value(parameter.value).constant->as<float>()) weights.push_back(w);
  MOTE_TRY(write_values<float>(folder / "windows.bin", data.windows));
  MOTE_TRY(write_values<int>(folder / "labels.bin", data.labels));
  MOTE_TRY(write_values<float>(folder / "weights.bin", weights));
  MOTE_TRY_ASSIGN(const double initial_loss, loss_of(graph, data));
  const nlohmann::json setup = {{"initial_loss", initial_loss},  {"length", kLength}, {"channels", kChannels},
                                {"classes", kClasses},           {"batch", 32},       {"epochs", kEpochs},
                                {"learning_rate", kLearningRate}};
  return write_text(folder / "setup.json", setup.dump(2));
}

Result<Run> run_once(const Data& data, size_t threads, size_t epochs, uint64_t seed) {
  MOTE_TRY_ASSIGN(Graph graph, make_network());
  TrainConfig config;
  config.epochs = epochs;
  config.learning_rate = kLearningRate;
  config.schedule.kind = ScheduleConfig::Kind::kConstant;
  config.threads = threads;
  config.seed = seed;
  const Samples samples{.inputs = data.windows, .labels = data.labels, .targets = {}, .rows = {}};
  MOTE_TRY_ASSIGN(const TrainResult result, train(graph, samples, nullptr, config));
  MOTE_TRY_ASSIGN(const double loss, loss_of(graph, data));
  return Run{result.samples_per_second, loss};
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

Result<> measure(size_t threads, size_t repeats) {
  const Data data = make_data();
  MOTE_TRY(run_once(data, threads, 2, 0));  // warm-up
  std::vector<double> speeds, losses;
  for (size_t seed = 1; seed <= repeats; ++seed) {
    MOTE_TRY_ASSIGN(const Run run, run_once(data, threads, kEpochs, seed));
    speeds.push_back(run.samples_per_second);
    losses.push_back(run.loss);
  }
  const nlohmann::json report = {{"samples_per_second", median(speeds)}, {"loss", median(losses)}, {"runs", speeds}};
  fmt::print("{}\n", report.dump());
  return {};
}

}  // namespace
}  // namespace mote

int main(int argc, char** argv) {
  using namespace mote;
  Result<> done = fail(ErrorCode::kBadInput, "usage: train_bench write DIR | train_bench run THREADS REPEATS");
  if (argc == 3 && std::strcmp(argv[1], "write") == 0) done = write_inputs(argv[2]);
  if (argc == 4 && std::strcmp(argv[1], "run") == 0)
    done = measure(static_cast<size_t>(std::atoi(argv[2])), static_cast<size_t>(std::atoi(argv[3])));
  if (done) return 0;
  fmt::print(stderr, "train_bench: {}\n", done.error().text());
  return 1;
}
