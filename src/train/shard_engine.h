#pragma once

#include <functional>
#include <span>
#include <vector>

#include "train/batch_runner.h"
#include "train/loss.h"
#include "train/trainer.h"
#include "train/worker_pool.h"

namespace mote {

/// What the loss needs to know, the same for every shard.
struct LossSetup {
  LossKind kind = LossKind::kCrossEntropy;
  CrossEntropyOptions cross_entropy;
};

/// Sums over samples; divided by their number (and that of the outputs) they are means.
struct ShardSums {
  double loss = 0;
  size_t correct = 0;  ///< classification: largest score at the label
};

/// Cuts lists of samples into shards of a fixed size and works on them with a pool of threads. What it computes does
/// not depend on the number of threads: every shard has a place of its own for its results, and places are added up in
/// order.
class ShardEngine {
 public:
  /// `result` is the value that the loss and run() look at. `layout` outlives the engine. `weights` may change between
  /// calls, not during one.
  [[nodiscard]] static Result<std::unique_ptr<ShardEngine>> create(const Graph& graph, ValueId result,
                                                                   const ParameterLayout& layout,
                                                                   std::span<const float> weights, size_t shard,
                                                                   size_t threads);

  /// As BatchRunner::check_gradients: must succeed before step().
  [[nodiscard]] Result<> check_gradients() const { return runners_.front().check_gradients(); }

  /// Makes room for gradients of batches of `samples`, before the first step of that size.
  [[nodiscard]] Result<> prepare_batch(size_t samples);
  /// Forward and backward for one mini-batch. The derivative of the mean loss is then in gradient().
  [[nodiscard]] ShardSums step(const Samples& samples, std::span<const size_t> batch, const LossSetup& loss,
                               const Augment& augment, uint64_t epoch, uint64_t seed);
  [[nodiscard]] std::span<const float> gradient() const { return std::span(gradients_).first(parameters_); }
  [[nodiscard]] std::span<float> gradient() { return std::span(gradients_).first(parameters_); }

  /// Moves the running statistics in `weights` by those of the last step's shards. Each shard was normalised by its own
  /// mean and variance; the running ones follow those of the whole batch.
  void move_statistics(std::span<float> weights) const;

  /// The result of each sample `which`, [which][result elements].
  [[nodiscard]] Result<> run(const Samples& samples, std::span<const size_t> which, std::span<float> results);

  [[nodiscard]] size_t result_elements() const { return runners_.front().result_elements(); }
  [[nodiscard]] size_t input_elements() const { return runners_.front().input_elements(); }

 private:
  ShardEngine(size_t shard, size_t threads, const ParameterLayout& layout)
      : shard_(shard),
        parameters_(layout.elements),
        layout_(layout),
        pool_(threads),
        work_([this](size_t thread, size_t index) {
          task_.loss != nullptr ? train_shard(runners_[thread], index) : run_shard(runners_[thread], index);
        }) {}
  void train_shard(BatchRunner& runner, size_t index);
  void run_shard(BatchRunner& runner, size_t index);
  [[nodiscard]] size_t shards_of(size_t samples) const { return (samples + shard_ - 1) / shard_; }
  [[nodiscard]] std::span<const size_t> shard_of(size_t index) const;
  void keep_statistics(const BatchRunner& runner, size_t index);
  void load(BatchRunner& runner, std::span<const size_t> shard, bool augmented) const;

  /// The work at hand, for all threads to see.
  struct Task {
    const Samples* samples = nullptr;
    std::span<const size_t> which;
    const LossSetup* loss = nullptr;  ///< null: run only
    const Augment* augment = nullptr;
    uint64_t epoch = 0, seed = 0;
    std::span<float> results;
  };

  size_t shard_, parameters_;
  const ParameterLayout& layout_;
  std::vector<BatchRunner> runners_;  ///< one a thread
  std::vector<float> gradients_;      ///< [shards of a batch][parameters]
  std::vector<float> statistics_;     ///< [shards of a batch][mean and variance of each normalisation]
  std::vector<ShardSums> sums_;       ///< [shards of a batch]
  std::vector<int> labels_;           ///< [samples of a batch]
  std::vector<float> targets_;        ///< [samples of a batch][outputs]
  Task task_;
  WorkerPool pool_;
  WorkerPool::Work work_;
};

}  // namespace mote
