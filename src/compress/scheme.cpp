#include "compress/scheme.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace mote {

namespace {
constexpr double kLowest = -128;
constexpr double kHighest = 127;

/// The distance between elements that follow each other along `axis`, and the extent of the axis.
struct AxisWalk {
  size_t inner = 1;
  size_t extent = 1;
  [[nodiscard]] size_t channel(size_t element) const { return element / inner % extent; }
};

AxisWalk walk(const Shape& shape, int32_t axis) {
  AxisWalk result;
  if (axis < 0) return result;
  result.extent = static_cast<size_t>(shape[static_cast<size_t>(axis)]);
  for (size_t i = static_cast<size_t>(axis) + 1; i < shape.size(); ++i) result.inner *= static_cast<size_t>(shape[i]);
  return result;
}
}  // namespace

Quantization activation_quantization(ValueRange range) {
  double low = std::min(0.0, static_cast<double>(range.low));
  double high = std::max(0.0, static_cast<double>(range.high));
  if (low == 0 && high == 0) return {{1.0f}, {static_cast<int32_t>(kLowest)}, 0};
  if (high - low <= kSmallestRange) {
    low = std::min(low, -kSmallestRange / 2);
    high = std::max(high, kSmallestRange / 2);
  }
  const double scale = (high - low) / (kHighest - kLowest);
  const double from_low = kLowest - low / scale;
  const double from_high = kHighest - high / scale;
  const double low_error = -kLowest + std::abs(low / scale);
  const double high_error = kHighest + std::abs(high / scale);
  const double zero_point = std::clamp(low_error < high_error ? from_low : from_high, kLowest, kHighest);
  return {{static_cast<float>(scale)}, {static_cast<int32_t>(std::round(zero_point))}, 0};
}

std::vector<float> channel_magnitudes(const Tensor& weights, int32_t axis) {
  const AxisWalk along = walk(weights.type.shape, axis);
  std::vector<float> result(along.extent);
  const auto elements = weights.as<float>();
  for (size_t i = 0; i < elements.size(); ++i) {
    float& largest = result[along.channel(i)];
    largest = std::max(largest, std::abs(elements[i]));
  }
  return result;
}

std::vector<float> weight_scales(std::span<const float> magnitudes) {
  std::vector<float> result;
  for (const float magnitude : magnitudes)
    result.push_back(static_cast<float>(std::max(static_cast<double>(magnitude), kSmallestRange / 2) / kHighest));
  return result;
}

Tensor quantize_int8(const Tensor& content, const Quantization& quantization, int32_t low) {
  const bool one_scale = quantization.scale.size() == 1;
  const AxisWalk along = walk(content.type.shape, one_scale ? -1 : quantization.axis);
  Tensor result({DType::kInt8, content.type.shape, quantization});
  const auto from = content.as<float>();
  const auto to = result.as<int8_t>();
  for (size_t i = 0; i < from.size(); ++i) {
    const size_t c = along.channel(i);
    const double steps = static_cast<double>(from[i]) / static_cast<double>(quantization.scale[c]);
    const double stored = std::round(steps + quantization.zero_point[c]);
    to[i] = static_cast<int8_t>(std::clamp(stored, static_cast<double>(low), kHighest));
  }
  return result;
}

Tensor quantize_bias(const Tensor& bias, float input_scale, std::span<const float> weight_scales) {
  Quantization quantization{{}, std::vector<int32_t>(weight_scales.size()), 0};
  for (const float scale : weight_scales)
    quantization.scale.push_back(static_cast<float>(static_cast<double>(input_scale) * static_cast<double>(scale)));
  Tensor result({DType::kInt32, bias.type.shape, std::move(quantization)});
  const auto from = bias.as<float>();
  const auto to = result.as<int32_t>();
  using Limits = std::numeric_limits<int32_t>;
  for (size_t i = 0; i < from.size(); ++i) {
    const double weight_scale = static_cast<double>(weight_scales[weight_scales.size() == 1 ? 0 : i]);
    const double stored = std::round(static_cast<double>(from[i]) / (static_cast<double>(input_scale) * weight_scale));
    to[i] = static_cast<int32_t>(
        std::clamp(stored, static_cast<double>(Limits::min()), static_cast<double>(Limits::max())));
  }
  return result;
}

size_t raise_scales_for_bias(std::span<const float> bias, float input_scale, std::span<float> weight_scales) {
  size_t raised = 0;
  for (size_t i = 0; i < bias.size(); ++i) {
    float& scale = weight_scales[weight_scales.size() == 1 ? 0 : i];
    const double least = std::abs(static_cast<double>(bias[i])) / (kLargestBias * static_cast<double>(input_scale));
    if (static_cast<double>(scale) >= least) continue;
    scale = static_cast<float>(least);
    ++raised;
  }
  return raised;
}

}  // namespace mote
