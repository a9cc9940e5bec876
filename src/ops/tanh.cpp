#include "ops/tanh.h"

#include <cmath>

#include "mote/rt/lookup_s8.h"
#include "mote/rt/sigmoid_s16.h"
#include "mote/rt/tanh_f32.h"
#include "ops/pointwise.h"
#include "ops/quantize_math.h"
#include "target/walks.h"

namespace mote {

namespace {
constexpr Kernel kInt16 =
    walking(describe_kernel<&rt::tanh_s16>("tanh_s16", "SigmoidS16", "sigmoid_s16"), kElementwise<rt::SigmoidS16>);
constexpr Kernel kFloat = walking(describe_kernel<&rt::tanh_f32>("tanh_f32", "TanhF32"), kElementwise<rt::TanhF32>);
constexpr int32_t kFractionBits = 7;
constexpr float kScale = 1.0f / (1 << kFractionBits);
constexpr int32_t kZeroPoint = 0;
}  // namespace

Result<std::vector<TensorType>> Tanh::infer(Arguments inputs) const {
  return infer_pointwise(inputs);
}

void Tanh::forward(ForwardContext& context) const {
  const auto input = context.inputs[0].data;
  for (size_t i = 0; i < input.size(); ++i) context.outputs[0].data[i] = std::tanh(input[i]);
}

void Tanh::backward(BackwardContext& context) const {
  const auto result = context.input_gradients[0].data;
  const auto output = context.outputs[0].data;
  for (size_t i = 0; i < result.size(); ++i)
    result[i] += context.output_gradients[0].data[i] * (1 - output[i] * output[i]);
}

QuantizationRule Tanh::quantization(Arguments) const {
  return QuantizationRule::fixed_to({{kScale}, {kZeroPoint}, 0}, {kActivationOperand});
}

Result<Lowered> Tanh::lower(Arguments inputs, Arguments outputs) const {
  const TensorType& input = inputs[0].type;
  if (input.dtype == DType::kInt16) return lower_sigmoid_s16(kInt16, input, outputs[0].type, 1, kName);
  if (input.dtype != DType::kFloat32) {
    MOTE_TRY(expect_quantized(input, DType::kInt8, "the input"));
    MOTE_TRY(expect_output(outputs[0].type, kScale, kZeroPoint, kName));
    return lower_saturating(input, rt::tanh_fixed, kFractionBits, kZeroPoint);
  }
  Lowered lowered;
  lowered.calls.push_back(
      KernelCall::make(kFloat, rt::TanhF32{elements(input)}, {Operand::input(0), Operand::output(0)}));
  return lowered;
}

std::vector<OpCase<Tanh>> Tanh::cases() {
  return {{"row", {}, {{1, 17}}}, {"cube", {}, {{2, 3, 5}}}};
}

}  // namespace mote
