#pragma once

#include <functional>

#include "mote/rt/requantize.h"
#include "ops/op.h"

namespace mote {

/// Number of elements as kernels count them.
[[nodiscard]] inline int32_t elements(const TensorType& type) {
  return static_cast<int32_t>(count(type.shape));
}

/// One operand; the output has its dtype and shape.
[[nodiscard]] Result<std::vector<TensorType>> infer_pointwise(Arguments inputs);

/// The int8 input in the output's scale, clamped by the activation (rule R1).
[[nodiscard]] Result<Lowered> lower_requantize(Activation activation, const TensorType& input,
                                               const TensorType& output);
/// The same with any clamp; both types are known to be int8 with one scale.
[[nodiscard]] Result<Lowered> lower_requantize(const rt::OutputStage& stage, const TensorType& input,
                                               const TensorType& output);

/// A function of one int8 as a table of 256 bytes, entry i for the input i - 128.
[[nodiscard]] Lowered lower_table(const TensorType& input, const std::function<int8_t(int32_t)>& function);

/// A function of one int16 as 513 numbers for lookup_s16 (rule I3), and the call. Both types are int16 with one scale.
[[nodiscard]] std::vector<int16_t> interpolated_table(const Quantization& input, const Quantization& output,
                                                      const std::function<float(float)>& function);
[[nodiscard]] Lowered lower_interpolated(const TensorType& input, const TensorType& output,
                                         const std::function<float(float)>& function);

/// A function of x = scale * (input - zero point) as the reference computes it: x with 4 integer bits goes through
/// `function`, which answers with 0 integer bits; the answer is rounded to `fraction_bits` bits and `zero_point` is
/// added (rules L1 and T1). Inputs that do not fit 4 integer bits give -128 or 127.
[[nodiscard]] Lowered lower_saturating(const TensorType& input, int32_t (*function)(int32_t), int32_t fraction_bits,
                                       int32_t zero_point);

/// The logistic function at i / 24 for i of 0 to 255, less one half, with 16 fraction bits; each entry but the last is
/// raised by half of what a line between two entries would miss (rule Y3).
[[nodiscard]] std::vector<int16_t> sigmoid_table();

/// A table kernel of sigmoid_s16.h (rule I6): logistic or tanh of an int16 input with any scale; `most_shift` is the
/// largest power of two above 1/4096 that the reference takes for exact.
[[nodiscard]] Result<Lowered> lower_sigmoid_s16(const Kernel& kernel, const TensorType& input, const TensorType& output,
                                                int32_t most_shift, std::string_view op);

/// Refuses an output that has not this scale and zero point.
[[nodiscard]] Result<> expect_output(const TensorType& output, float scale, int32_t zero_point, std::string_view op,
                                     DType dtype = DType::kInt8);

}  // namespace mote
