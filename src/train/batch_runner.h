#pragma once

#include <memory>
#include <span>
#include <vector>

#include "graph/graph.h"
#include "train/parameters.h"

namespace mote {

/// Runs a float graph forward and backward on shards of up to `capacity` samples. One a thread: all memory and all
/// views are made once, a step allocates nothing of its own.
class BatchRunner {
 public:
  /// `graph` has one input, whose first extent is the batch. `result` is the value that the loss looks at; nodes it
  /// does not depend on are left out. `weights` is the flat array of parameters, shared by all runners and read only.
  [[nodiscard]] static Result<BatchRunner> create(const Graph& graph, ValueId result, const ParameterLayout& layout,
                                                  std::span<const float> weights, size_t capacity);

  /// Refuses a graph that cannot be trained: an op between a weight and the result has no derivative.
  [[nodiscard]] Result<> check_gradients() const;

  /// Makes the views for shards of `samples` <= capacity. Must precede their first run.
  [[nodiscard]] Result<> prepare(size_t samples);

  /// The input of a shard, to be filled before forward(): [samples][input elements].
  [[nodiscard]] std::span<float> input(size_t samples);
  /// The result after forward(): [samples][result elements].
  [[nodiscard]] std::span<const float> forward(size_t samples, bool training, uint64_t seed);
  /// The first `elements` of what a node computed in the last forward().
  [[nodiscard]] std::span<const float> value(ValueId id, size_t elements) const;
  /// Where the loss's derivative by the result goes before backward().
  [[nodiscard]] std::span<float> result_gradient(size_t samples);
  /// Adds the derivative by each parameter to `gradient` (flat, as the layout says). The seed is forward's.
  void backward(size_t samples, uint64_t seed, std::span<float> gradient);

  [[nodiscard]] size_t input_elements() const { return input_elements_; }
  [[nodiscard]] size_t result_elements() const { return result_elements_; }

 private:
  /// An operand whose gradient is a stretch of the flat gradient that the caller passes.
  struct ParameterOperand {
    size_t node, operand, begin, count;
  };
  /// The views of one number of samples.
  struct Views {
    std::vector<ForwardContext> forward;
    std::vector<BackwardContext> backward;
    std::vector<std::span<float>> sums;  ///< gradients that ops add to, to be zeroed before each shard
  };

  BatchRunner(const Graph& graph, ValueId result, std::span<const float> weights, size_t capacity);
  void choose_nodes();
  void place_values(const ParameterLayout& layout);
  [[nodiscard]] ConstFloatView view(const Graph& shaped, ValueId id) const;
  [[nodiscard]] std::span<float> gradient_of(const Graph& shaped, ValueId id);

  const Graph* graph_;
  ValueId result_;
  std::span<const float> weights_;
  size_t capacity_;
  size_t input_elements_ = 0, result_elements_ = 0;
  std::vector<size_t> nodes_;                ///< indices of the nodes that run, in order
  std::vector<bool> needs_gradient_;         ///< by ValueId
  std::vector<size_t> offsets_;              ///< by ValueId, into values_ and gradients_
  std::vector<ptrdiff_t> in_weights_;        ///< by ValueId, offset in weights_ or -1
  std::vector<std::vector<float>> numbers_;  ///< by ValueId: constants of other types as floats
  std::vector<float> values_, gradients_;
  std::vector<ParameterOperand> parameter_operands_;
  std::vector<std::unique_ptr<Views>> views_;  ///< by number of samples
};

}  // namespace mote
