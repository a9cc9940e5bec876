#include "ops/float_math.h"

#include <algorithm>
#include <bit>

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

std::span<const float> masked_gradient(Activation activation, std::span<const float> output,
                                       std::span<const float> gradient) {
  if (activation == Activation::kNone) return gradient;
  thread_local std::vector<float> buffer;
  if (buffer.size() < gradient.size()) buffer.resize(gradient.size());
  const FloatRange range = float_range(activation);
  const float* const y = output.data();
  const float* const g = gradient.data();
  float* const result = buffer.data();
  for (size_t i = 0; i < gradient.size(); ++i) {  // bits instead of a branch that nobody can predict
    const uint32_t keep = -static_cast<uint32_t>((y[i] > range.low) & (y[i] < range.high));
    result[i] = std::bit_cast<float>(std::bit_cast<uint32_t>(g[i]) & keep);
  }
  return {result, gradient.size()};
}

void fill_rows(std::span<float> matrix, std::span<const float> row, int64_t columns) {
  if (row.empty()) {
    std::ranges::fill(matrix, 0.0f);
    return;
  }
  for (size_t at = 0; at < matrix.size(); at += static_cast<size_t>(columns))
    std::ranges::copy(row, matrix.begin() + static_cast<std::ptrdiff_t>(at));
}

void add_rows(std::span<const float> matrix, std::span<float> sum) {
  float* const s = sum.data();
  for (size_t at = 0; at < matrix.size(); at += sum.size())
    for (size_t i = 0; i < sum.size(); ++i) s[i] += matrix[at + i];
}

}  // namespace mote
