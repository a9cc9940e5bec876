#pragma once

#include <cstdint>
#include <vector>

#include "mote/rt/requantize.h"
#include "ops/op.h"

namespace mote {

/// The factor as a 31-bit multiplier and a shift, rounded to nearest, ties away from zero (rule Q5).
/// 0 gives {0, 0}; factors below 2^-32 give 0 too, as the reference does.
[[nodiscard]] rt::Multiplier quantize_multiplier(double factor);

/// The range of a fused activation in steps of the output's int8 scale (rule Q6).
[[nodiscard]] rt::OutputStage output_stage(Activation activation, const Quantization& output);

struct FloatRange {
  float low, high;
};
/// The range of a fused activation in float; unbounded sides are the largest finite values.
[[nodiscard]] FloatRange float_range(Activation activation);

/// What a layer with weights needs to run in int8: for each of `channels` outputs the bias with the input's zero point
/// folded in, and the factors input scale * weights scale / output scale.
struct ChannelConstants {
  std::vector<int32_t> bias;
  std::vector<int32_t> factors;  ///< (multiplier, shift) pairs: one a channel, or one for all
  [[nodiscard]] int32_t factor_stride() const { return factors.size() > 2 ? 2 : 0; }
};

/// `weight_sums` int64[channels]: the sum of the channel's weights. `bias` may be null.
/// Refuses a bias whose scale is not input scale * weights scale, weights whose zero point is not 0.
[[nodiscard]] Result<ChannelConstants> channel_constants(const TensorType& input, const TensorType& weights,
                                                         const Tensor* bias, const TensorType& output,
                                                         std::span<const int64_t> weight_sums);

/// Refuses activations of a layer whose dtype is not `dtype`, or that lack a single scale and a zero point in range.
[[nodiscard]] Result<> expect_quantized(const TensorType& type, DType dtype, std::string_view what);

}  // namespace mote
