#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace mote {

enum class LossKind { kCrossEntropy, kMeanSquaredError };
[[nodiscard]] std::string_view name(LossKind kind);

struct CrossEntropyOptions {
  std::vector<float> class_weights;  ///< [classes]; empty: all 1
  float label_smoothing = 0;         ///< in [0, 1): the share of the target spread over all classes
};

/// The sum over rows of w[label] * -sum_c t[c] * log softmax(logits)[c], with t = (1 - s) [c = label] + s / classes.
/// logits, gradient: [labels.size()][classes]; gradient receives the derivative by each logit times `scale`, and may be
/// empty. The largest logit of a row is taken out first, so no exponential overflows.
[[nodiscard]] double cross_entropy(std::span<const float> logits, std::span<const int> labels,
                                   const CrossEntropyOptions& options, float scale, std::span<float> gradient);

/// The sum over all elements of (output - target)^2. gradient, if not empty, receives its derivative times `scale`.
[[nodiscard]] double squared_error(std::span<const float> outputs, std::span<const float> targets, float scale,
                                   std::span<float> gradient);

}  // namespace mote
