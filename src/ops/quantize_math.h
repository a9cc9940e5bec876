#pragma once

#include <cstdint>
#include <vector>

#include "mote/rt/requantize.h"
#include "ops/op.h"

namespace mote {

/// The factor as a 31-bit multiplier and a shift, rounded to nearest, ties away from zero (rule Q5).
/// 0 gives {0, 0}; factors below 2^-32 give 0 too, as the reference does.
[[nodiscard]] rt::Multiplier quantize_multiplier(double factor);

/// The numbers that an integer type of up to 32 bits holds.
struct IntegerRange {
  int32_t low, high;
};
[[nodiscard]] IntegerRange integer_range(DType dtype);

/// The range of a fused activation in steps of the output's scale, inside the output's type (rule Q6).
[[nodiscard]] rt::OutputStage output_stage(Activation activation, const TensorType& output);
/// As above, for int8.
[[nodiscard]] rt::OutputStage output_stage(Activation activation, const Quantization& output);

struct FloatRange {
  float low, high;
};
/// The range of a fused activation in float; unbounded sides are the largest finite values.
[[nodiscard]] FloatRange float_range(Activation activation);

/// What a layer with weights needs to run on int8 or int16 activations: for each of `channels` outputs the bias with
/// the input's zero point folded in, and the factors input scale * weights scale / output scale. Either `bias` or
/// `wide_bias` is filled: int16 activations with an int64 bias are summed in 64 bits and end in rule I1, all else is
/// summed in 32 bits and ends in Q3.
struct ChannelConstants {
  std::vector<int32_t> bias;
  std::vector<int64_t> wide_bias;
  std::vector<int32_t> factors;  ///< (multiplier, shift) pairs: one a channel, or one for all
  [[nodiscard]] int32_t factor_stride() const { return factors.size() > 2 ? 2 : 0; }
};

/// `weight_sums` int64[channels]: the sum of the channel's weights. `bias` may be null.
/// `weight_sums` may be all 0 for int16 activations, whose zero point is 0.
/// Refuses activations that are not of the type asked for, int8 or int16, weights that are not int8 or whose zero point
/// is not 0, and a bias that is neither int32 nor, beside int16 activations, int64.
[[nodiscard]] Result<ChannelConstants> channel_constants(const TensorType& input, const TensorType& weights,
                                                         const Tensor* bias, const TensorType& output,
                                                         std::span<const int64_t> weight_sums,
                                                         DType activations = DType::kInt8);

/// Refuses an integer tensor that lacks a single scale and a zero point that its type can hold.
[[nodiscard]] Result<> expect_scale(const TensorType& type, std::string_view what);

/// Refuses activations of a layer whose dtype is not `dtype`, or that lack a single scale and a zero point in range;
/// for int16 that is 0.
[[nodiscard]] Result<> expect_quantized(const TensorType& type, DType dtype, std::string_view what);

}  // namespace mote
