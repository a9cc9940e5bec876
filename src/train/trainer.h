#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <span>
#include <vector>

#include "base/log.h"
#include "base/progress.h"
#include "graph/graph.h"
#include "train/train_config.h"

namespace mote {

/// Samples to train or to test on, by view: nothing is copied.
struct Samples {
  std::span<const float> inputs;   ///< [n][elements of the graph's input without its batch]
  std::span<const int> labels;     ///< [n] class index; empty for regression
  std::span<const float> targets;  ///< [n][elements of the graph's output]; regression only
  std::span<const size_t> rows;    ///< which of the n are meant, in any order
  bool all = true;                 ///< all n, whatever `rows` says

  /// The samples `which` of these.
  [[nodiscard]] Samples only(std::span<const size_t> which) const { return {inputs, labels, targets, which, false}; }
};

/// Changes a copy of a training sample before the network sees it (augmentation, normalisation), on any thread and in
/// any order: the change may depend on its arguments only. `sample` is the index among the n of Samples.
using Augment = std::function<void(std::span<float> window, uint64_t epoch, uint64_t sample)>;

/// Figures after one epoch. Without validation data (or labels) the figures that need it are NaN.
struct EpochRecord {
  size_t epoch = 0;  ///< from 1
  double loss = 0, accuracy = 0;
  double validation_loss = 0, validation_accuracy = 0, validation_macro_f1 = 0;
  double learning_rate = 0;  ///< at the epoch's end
};

struct TrainResult {
  std::vector<EpochRecord> curve;
  size_t best_epoch = 0;  ///< whose weights the graph holds now; 0: no epoch was finished
  bool stopped_early = false, interrupted = false;
  LossKind loss = LossKind::kCrossEntropy;
  double seconds = 0;             ///< of the training steps, without validation
  double samples_per_second = 0;  ///< trained
};

/// Trains all weights and biases of a float graph with one input and one output, in place. Labels ask for
/// cross-entropy, on the logits if the graph ends with a softmax; targets ask for the mean squared error.
///
/// The same graph, samples and configuration give the same weights, whatever the number of threads: a batch is cut into
/// shards of `config.shard` samples, and the shards' gradients are added in their order.
///
/// With validation data the weights of the best epoch are kept; without, those of the last. An interrupt ends training
/// after the running epoch's current step and keeps the best so far (or, before the first epoch is over, the weights
/// as they are). `augment` may be empty.
///
/// kBadInput for no samples, sizes that do not match, labels out of range, values that are not finite, and for a loss
/// that stops being a finite number.
[[nodiscard]] Result<TrainResult> train(Graph& graph, const Samples& training, const Samples* validation,
                                        const TrainConfig& config, const Augment& augment = {},
                                        const Progress& progress = {}, const Log& log = {});

/// The graph's output for each sample, [n][output elements], on `threads` threads (0: one a core).
[[nodiscard]] Result<std::vector<float>> predict(const Graph& graph, const Samples& samples, size_t threads = 0);

/// The run record: curves as one list a figure, NaN as null.
[[nodiscard]] nlohmann::json to_json(const TrainResult& result);

}  // namespace mote
