#include "train/shard_engine.h"

#include <algorithm>

namespace mote {

namespace {
/// A seed of its own for each shard.
uint64_t shard_seed(uint64_t seed, size_t shard) {
  return seed ^ ((shard + 1) * 0xD1B54A32D192ED03u);
}

/// Mean and variance of every channel of every normalisation.
size_t statistic_elements(const ParameterLayout& layout) {
  size_t elements = 0;
  for (const RunningStatistic& statistic : layout.statistics) elements += 2 * statistic.channels;
  return elements;
}

size_t correct_rows(std::span<const float> scores, std::span<const int> labels) {
  const size_t classes = labels.empty() ? 0 : scores.size() / labels.size();
  size_t correct = 0;
  for (size_t row = 0; row < labels.size(); ++row) {
    const auto one = scores.subspan(row * classes, classes);
    if (std::max_element(one.begin(), one.end()) - one.begin() == labels[row]) ++correct;
  }
  return correct;
}
}  // namespace

Result<std::unique_ptr<ShardEngine>> ShardEngine::create(const Graph& graph, ValueId result,
                                                         const ParameterLayout& layout, std::span<const float> weights,
                                                         size_t shard, size_t threads) {
  std::unique_ptr<ShardEngine> engine(new ShardEngine(shard, threads, layout));
  for (size_t thread = 0; thread < threads; ++thread) {
    MOTE_TRY_ASSIGN(BatchRunner runner, BatchRunner::create(graph, result, layout, weights, shard));
    engine->runners_.push_back(std::move(runner));
  }
  return engine;
}

Result<> ShardEngine::prepare_batch(size_t samples) {
  const size_t shards = shards_of(samples);
  if (sums_.size() < shards) {
    sums_.resize(shards);
    gradients_.resize(shards * parameters_);
    statistics_.resize(shards * statistic_elements(layout_));
  }
  labels_.resize(std::max(labels_.size(), samples));
  targets_.resize(std::max(targets_.size(), samples * result_elements()));
  if (samples % shard_ != 0)
    for (BatchRunner& runner : runners_) MOTE_TRY(runner.prepare(samples % shard_));
  return {};
}

ShardSums ShardEngine::step(const Samples& samples, std::span<const size_t> batch, const LossSetup& loss,
                            const Augment& augment, uint64_t epoch, uint64_t seed) {
  task_ = {&samples, batch, &loss, augment ? &augment : nullptr, epoch, seed, {}};
  const size_t shards = shards_of(batch.size());
  pool_.run(shards, work_);
  ShardSums total = sums_[0];
  float* const sum = gradients_.data();
  for (size_t s = 1; s < shards; ++s) {
    const float* const one = gradients_.data() + s * parameters_;
    for (size_t i = 0; i < parameters_; ++i) sum[i] += one[i];
    total.loss += sums_[s].loss;
    total.correct += sums_[s].correct;
  }
  return total;
}

Result<> ShardEngine::run(const Samples& samples, std::span<const size_t> which, std::span<float> results) {
  MOTE_TRY(prepare_batch(which.size() % shard_));
  task_ = {&samples, which, nullptr, nullptr, 0, 0, results};
  pool_.run(shards_of(which.size()), work_);
  return {};
}

std::span<const size_t> ShardEngine::shard_of(size_t index) const {
  const size_t begin = index * shard_;
  return task_.which.subspan(begin, std::min(shard_, task_.which.size() - begin));
}

void ShardEngine::load(BatchRunner& runner, std::span<const size_t> shard, bool augmented) const {
  const size_t elements = runner.input_elements();
  const std::span<float> input = runner.input(shard.size());
  for (size_t i = 0; i < shard.size(); ++i) {
    const std::span<float> window = input.subspan(i * elements, elements);
    std::ranges::copy(task_.samples->inputs.subspan(shard[i] * elements, elements), window.begin());
    if (augmented) (*task_.augment)(window, task_.epoch, shard[i]);
  }
}

void ShardEngine::train_shard(BatchRunner& runner, size_t index) {
  const std::span<const size_t> shard = shard_of(index);
  const size_t n = shard.size(), outputs = runner.result_elements();
  load(runner, shard, task_.augment != nullptr);
  const uint64_t seed = shard_seed(task_.seed, index);
  const std::span<const float> result = runner.forward(n, true, seed);
  keep_statistics(runner, index);
  const std::span<float> result_gradient = runner.result_gradient(n);
  ShardSums& sums = sums_[index];
  const auto batch = static_cast<float>(task_.which.size());
  if (task_.loss->kind == LossKind::kCrossEntropy) {
    const std::span<int> labels = std::span(labels_).subspan(index * shard_, n);
    for (size_t i = 0; i < n; ++i) labels[i] = task_.samples->labels[shard[i]];
    sums = {cross_entropy(result, labels, task_.loss->cross_entropy, 1 / batch, result_gradient),
            correct_rows(result, labels)};
  } else {
    const std::span<float> targets = std::span(targets_).subspan(index * shard_ * outputs, n * outputs);
    for (size_t i = 0; i < n; ++i)
      std::ranges::copy(task_.samples->targets.subspan(shard[i] * outputs, outputs),
                        targets.subspan(i * outputs).begin());
    sums = {squared_error(result, targets, 1 / (batch * static_cast<float>(outputs)), result_gradient), 0};
  }
  const std::span<float> gradient = std::span(gradients_).subspan(index * parameters_, parameters_);
  std::ranges::fill(gradient, 0.0f);
  runner.backward(n, seed, gradient);
}

void ShardEngine::keep_statistics(const BatchRunner& runner, size_t index) {
  float* to = statistics_.data() + index * statistic_elements(layout_);
  for (const RunningStatistic& statistic : layout_.statistics)
    for (const ValueId id : {statistic.batch_mean, statistic.batch_variance})
      to = std::ranges::copy(runner.value(id, statistic.channels), to).out;
}

void ShardEngine::move_statistics(std::span<float> weights) const {
  const size_t shards = shards_of(task_.which.size()), step = statistic_elements(layout_);
  const auto n = static_cast<double>(task_.which.size());
  size_t at = 0;
  for (const RunningStatistic& statistic : layout_.statistics) {
    for (size_t c = 0; c < statistic.channels; ++c) {
      double mean = 0, square = 0;
      for (size_t s = 0; s < shards; ++s) {
        const double share = static_cast<double>(shard_of(s).size()) / n;
        const auto shard_mean = static_cast<double>(statistics_[s * step + at + c]);
        const auto shard_variance = static_cast<double>(statistics_[s * step + at + statistic.channels + c]);
        mean += share * shard_mean;
        square += share * (shard_variance + shard_mean * shard_mean);
      }
      const double variance = std::max(0.0, square - mean * mean);
      float& running_mean = weights[statistic.mean + c];
      float& running_variance = weights[statistic.variance + c];
      running_mean = statistic.op.moved_statistic(running_mean, static_cast<float>(mean));
      running_variance = statistic.op.moved_statistic(running_variance, static_cast<float>(variance));
    }
    at += 2 * statistic.channels;
  }
}

void ShardEngine::run_shard(BatchRunner& runner, size_t index) {
  const std::span<const size_t> shard = shard_of(index);
  load(runner, shard, false);
  const std::span<const float> result = runner.forward(shard.size(), false, 0);
  std::ranges::copy(result, task_.results.subspan(index * shard_ * runner.result_elements()).begin());
}

}  // namespace mote
