#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace mote {

enum class OptimizerKind { kSgd, kAdam };

struct OptimizerConfig {
  OptimizerKind kind = OptimizerKind::kAdam;
  double momentum = 0.9;                              ///< SGD
  bool nesterov = false;                              ///< SGD
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7;  ///< Adam
  /// Each step shrinks decaying weights by learning rate * weight_decay (decoupled from the gradient, as in AdamW).
  double weight_decay = 0;

  bool operator==(const OptimizerConfig&) const = default;
};

/// A stretch of the parameters that is treated alike.
struct ParameterRange {
  size_t begin = 0, count = 0;
  bool decays = true;  ///< false for biases and batch normalisation
};

/// Moves parameters against their gradient and keeps what the rule remembers from step to step.
///
/// SGD:  v = momentum * v + g;  w -= rate * (nesterov ? g + momentum * v : v)
/// Adam: Kingma and Ba 2015, algorithm 1, with both bias corrections.
class Optimizer {
 public:
  Optimizer(const OptimizerConfig& config, std::vector<ParameterRange> ranges, size_t parameters);

  /// weights, gradient: [parameters].
  void step(std::span<float> weights, std::span<const float> gradient, double learning_rate);

 private:
  void step_sgd(std::span<float> weights, std::span<const float> gradient, float rate);
  void step_adam(std::span<float> weights, std::span<const float> gradient, double rate);

  OptimizerConfig config_;
  std::vector<ParameterRange> ranges_;
  std::vector<float> first_, second_;
  double power1_ = 1, power2_ = 1;  ///< beta^steps
};

}  // namespace mote
