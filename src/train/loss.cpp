#include "train/loss.h"

#include <algorithm>
#include <cmath>

namespace mote {

std::string_view name(LossKind kind) {
  return kind == LossKind::kCrossEntropy ? "cross_entropy" : "mean_squared_error";
}

double cross_entropy(std::span<const float> logits, std::span<const int> labels, const CrossEntropyOptions& options,
                     float scale, std::span<float> gradient) {
  if (labels.empty()) return 0;
  const size_t classes = logits.size() / labels.size();
  const float spread = options.label_smoothing / static_cast<float>(classes);
  const float peak = 1 - options.label_smoothing;
  double total = 0;
  for (size_t row = 0; row < labels.size(); ++row) {
    const std::span<const float> x = logits.subspan(row * classes, classes);
    const auto label = static_cast<size_t>(labels[row]);
    const float weight = options.class_weights.empty() ? 1.0f : options.class_weights[label];
    const float largest = *std::max_element(x.begin(), x.end());
    float sum = 0, mean_distance = 0;
    for (const float v : x) {
      sum += std::exp(v - largest);
      mean_distance += largest - v;
    }
    const float log_sum = std::log(sum);
    total += static_cast<double>(
        weight * (peak * (log_sum + largest - x[label]) + options.label_smoothing * log_sum + spread * mean_distance));
    if (gradient.empty()) continue;
    for (size_t c = 0; c < classes; ++c) {
      const float target = spread + (c == label ? peak : 0.0f);
      gradient[row * classes + c] = scale * weight * (std::exp(x[c] - largest) / sum - target);
    }
  }
  return total;
}

double squared_error(std::span<const float> outputs, std::span<const float> targets, float scale,
                     std::span<float> gradient) {
  double total = 0;
  for (size_t i = 0; i < outputs.size(); ++i) {
    const float difference = outputs[i] - targets[i];
    total += static_cast<double>(difference) * static_cast<double>(difference);
    if (!gradient.empty()) gradient[i] = 2 * scale * difference;
  }
  return total;
}

}  // namespace mote
