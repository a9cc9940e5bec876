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

/// Refuses an integer tensor that lacks a single scale and a zero point that its type can hold.
[[nodiscard]] Result<> expect_scale(const TensorType& type, std::string_view what);

/// Refuses activations of a layer whose dtype is not `dtype`, or that lack a single scale and a zero point in range;
/// for int16 that is 0.
[[nodiscard]] Result<> expect_quantized(const TensorType& type, DType dtype, std::string_view what);

}  // namespace mote
