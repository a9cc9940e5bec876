#include "ops/float_math.h"

#include <algorithm>

#include "ops/quantize_math.h"

namespace mote {

void apply_activation(Activation activation, std::span<float> values) {
  if (activation == Activation::kNone) return;
  const FloatRange range = float_range(activation);
  for (float& value : values) value = std::clamp(value, range.low, range.high);
}

std::vector<float> activation_gradient(Activation activation, std::span<const float> output,
                                       std::span<const float> gradient) {
  std::vector<float> result(gradient.begin(), gradient.end());
  if (activation == Activation::kNone) return result;
  const FloatRange range = float_range(activation);
  for (size_t i = 0; i < result.size(); ++i)
    result[i] = output[i] > range.low && output[i] < range.high ? result[i] : 0.0f;
  return result;
}

}  // namespace mote
