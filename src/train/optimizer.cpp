#include "train/optimizer.h"

#include <cmath>
#include <utility>

namespace mote {

Optimizer::Optimizer(const OptimizerConfig& config, std::vector<ParameterRange> ranges, size_t parameters)
    : config_(config), ranges_(std::move(ranges)), first_(parameters) {
  if (config_.kind == OptimizerKind::kAdam) second_.resize(parameters);
}

void Optimizer::step(std::span<float> weights, std::span<const float> gradient, double learning_rate) {
  const auto shrink = static_cast<float>(1 - learning_rate * config_.weight_decay);
  if (config_.weight_decay != 0)
    for (const ParameterRange& range : ranges_)
      if (range.decays)
        for (float& w : weights.subspan(range.begin, range.count)) w *= shrink;
  if (config_.kind == OptimizerKind::kSgd) return step_sgd(weights, gradient, static_cast<float>(learning_rate));
  step_adam(weights, gradient, learning_rate);
}

void Optimizer::step_sgd(std::span<float> weights, std::span<const float> gradient, float rate) {
  const auto momentum = static_cast<float>(config_.momentum);
  const float look_ahead = config_.nesterov ? momentum : 0.0f;
  float* const w = weights.data();
  float* const v = first_.data();
  const float* const g = gradient.data();
  const size_t n = weights.size();
  if (config_.nesterov) {
    for (size_t i = 0; i < n; ++i) {
      v[i] = momentum * v[i] + g[i];
      w[i] -= rate * (g[i] + look_ahead * v[i]);
    }
  } else {
    for (size_t i = 0; i < n; ++i) {
      v[i] = momentum * v[i] + g[i];
      w[i] -= rate * v[i];
    }
  }
}

void Optimizer::step_adam(std::span<float> weights, std::span<const float> gradient, double rate) {
  power1_ *= config_.beta1;
  power2_ *= config_.beta2;
  const auto beta1 = static_cast<float>(config_.beta1), beta2 = static_cast<float>(config_.beta2);
  const auto step = static_cast<float>(rate / (1 - power1_));
  const auto correction = static_cast<float>(1 / std::sqrt(1 - power2_));
  const auto epsilon = static_cast<float>(config_.epsilon);
  float* const w = weights.data();
  float* const m = first_.data();
  float* const v = second_.data();
  const float* const g = gradient.data();
  const size_t n = weights.size();
  for (size_t i = 0; i < n; ++i) {
    m[i] += (1 - beta1) * (g[i] - m[i]);
    v[i] += (1 - beta2) * (g[i] * g[i] - v[i]);
    w[i] -= step * m[i] / (std::sqrt(v[i]) * correction + epsilon);
  }
}

}  // namespace mote
