#pragma once

#include <span>

#include "tensor/tensor.h"

namespace mote {

/// The smallest and the largest real value a tensor takes.
struct ValueRange {
  float low = 0;
  float high = 0;
  friend bool operator==(const ValueRange&, const ValueRange&) = default;
};

/// Ranges narrower than this are widened by half of it on either side of zero, so that no scale comes close to zero.
inline constexpr double kSmallestRange = 1e-6;

/// A bias is kept below half of what int32 holds; the other half is left to the sum of products.
inline constexpr double kLargestBias = 1073741823;

/// Asymmetric int8 for this range, as TensorFlow Lite's converter derives it: the range is stretched to contain zero,
/// scale = (high - low) / 255, and the zero point is the rounded place of zero, computed from the end of the range at
/// which it is more exact, and kept within [-128, 127]. A range of nothing but zero gets scale 1, zero point -128.
[[nodiscard]] Quantization activation_quantization(ValueRange range);

/// Largest magnitude of each channel along `axis` (of the whole tensor if axis is -1).
[[nodiscard]] std::vector<float> channel_magnitudes(const Tensor& weights, int32_t axis);

/// Symmetric scales for weights of these magnitudes: magnitude / 127. Channels of zeros get a tiny scale.
[[nodiscard]] std::vector<float> weight_scales(std::span<const float> magnitudes);

/// Float elements in steps of `quantization`, rounded to nearest (ties away from zero), saturated to [low, 127].
[[nodiscard]] Tensor quantize_int8(const Tensor& content, const Quantization& quantization, int32_t low);

/// A float bias as int32 with scale input_scale * weight_scales[c] (one scale for all channels, or one each).
/// Saturates at the ends of int32; raise_scales_for_bias keeps it from coming to that.
[[nodiscard]] Tensor quantize_bias(const Tensor& bias, float input_scale, std::span<const float> weight_scales);

/// Raises the weight scales of channels whose bias would exceed kLargestBias steps of input_scale * scale, as
/// TensorFlow Lite's converter does. Returns how many were raised.
size_t raise_scales_for_bias(std::span<const float> bias, float input_scale, std::span<float> weight_scales);

}  // namespace mote
