#include "ops/prelu.h"

#include <cmath>

#include "mote/rt/prelu.h"
#include "ops/broadcast.h"
#include "ops/quantize_math.h"
#include "target/walks.h"

namespace mote {

namespace {
constexpr Kernel kFloat =
    walking(describe_kernel<&rt::prelu_f32>("prelu_f32", "Pairwise", "prelu"), kBroadcast<rt::Pairwise>);
constexpr Kernel kInt8 =
    walking(describe_kernel<&rt::prelu_s8>("prelu_s8", "PreluInteger", "prelu"), kBroadcast<rt::PreluInteger>);
constexpr Kernel kInt16 =
    walking(describe_kernel<&rt::prelu_s16>("prelu_s16", "PreluInteger", "prelu"), kBroadcast<rt::PreluInteger>);

/// Refuses a factor that would shift what it multiplies out of int32: x has 8 or 16 bits, times alpha 16 or 24.
Result<rt::Multiplier> factor_within(double factor, int most_shift) {
  if (factor < std::ldexp(1.0, most_shift)) return quantize_multiplier(factor);
  return fail(ErrorCode::kUnsupported, "a factor of {} between the scales of a prelu; one of them must be wrong",
              factor);
}
}  // namespace

Result<std::vector<TensorType>> Prelu::infer(Arguments inputs) const {
  MOTE_TRY(expect_operands(inputs, 2, 2, "input, alpha"));
  MOTE_TRY_ASSIGN(const Shape shape, broadcast_shape(inputs[0].type.shape, inputs[1].type.shape));
  if (shape != inputs[0].type.shape)
    return fail(ErrorCode::kBadInput, "alpha of shape {} does not repeat to the input's {}", text(inputs[1].type.shape),
                text(inputs[0].type.shape));
  return std::vector<TensorType>{{inputs[0].type.dtype, shape, {}}};
}

void Prelu::forward(ForwardContext& context) const {
  const auto input = context.inputs[0].data;
  const auto alpha = context.inputs[1].data;
  for_each_pair(context.inputs[0].shape, context.inputs[1].shape, context.outputs[0].shape,
                [&](size_t i, size_t j, size_t o) {
                  context.outputs[0].data[o] = input[i] >= 0 ? input[i] : input[i] * alpha[j];
                });
}

void Prelu::backward(BackwardContext& context) const {
  const auto input = context.inputs[0].data;
  const auto alpha = context.inputs[1].data;
  const auto gradient = context.output_gradients[0].data;
  const auto by_input = context.input_gradients[0].data;
  const auto by_alpha = context.input_gradients[1].data;
  for_each_pair(context.inputs[0].shape, context.inputs[1].shape, context.outputs[0].shape,
                [&](size_t i, size_t j, size_t o) {
                  const bool below = input[i] < 0;
                  if (!by_input.empty()) by_input[i] += below ? gradient[o] * alpha[j] : gradient[o];
                  if (!by_alpha.empty() && below) by_alpha[j] += gradient[o] * input[i];
                });
}

QuantizationRule Prelu::quantization(Arguments) const {
  return QuantizationRule::calibrated({kActivationOperand, weights_operand(-1)});
}

Result<Lowered> Prelu::lower(Arguments inputs, Arguments outputs) const {
  const TensorType& input = inputs[0].type;
  const TensorType& alpha = inputs[1].type;
  const TensorType& output = outputs[0].type;
  MOTE_TRY_ASSIGN(const rt::Broadcast walk, plan_broadcast(inputs[0], inputs[1]));
  const std::vector<Operand> operands = {Operand::input(0), Operand::input(1), Operand::output(0)};
  Lowered lowered;
  if (input.dtype == DType::kFloat32 && alpha.dtype == DType::kFloat32) {
    lowered.calls.push_back(KernelCall::make(kFloat, rt::Pairwise{walk}, operands));
    return lowered;
  }
  const bool wide = input.dtype == DType::kInt16;
  const DType dtype = wide ? DType::kInt16 : DType::kInt8;
  MOTE_TRY(expect_quantized(input, dtype, "the input"));
  MOTE_TRY(expect_quantized(alpha, DType::kInt8, "alpha"));
  MOTE_TRY(expect_quantized(output, dtype, "the output"));
  const double to_output =
      static_cast<double>(input.quantization.scale[0]) / static_cast<double>(output.quantization.scale[0]);
  const double with_alpha = static_cast<double>(input.quantization.scale[0]) *
                            static_cast<double>(alpha.quantization.scale[0]) /
                            static_cast<double>(output.quantization.scale[0]);
  rt::PreluInteger parameters{walk, input.quantization.zero_point[0], alpha.quantization.zero_point[0], {}, {}, {}};
  MOTE_TRY_ASSIGN(parameters.positive, factor_within(to_output, wide ? 15 : 22));
  MOTE_TRY_ASSIGN(parameters.negative, factor_within(with_alpha, wide ? 8 : 15));
  parameters.stage = output_stage(Activation::kNone, output);
  lowered.calls.push_back(KernelCall::make(wide ? kInt16 : kInt8, parameters, operands));
  return lowered;
}

std::vector<OpCase<Prelu>> Prelu::cases() {
  return {
      {"channels", {}, {{2, 3, 5, 3}, {3}}},
      {"shared_over_image", {}, {{1, 4, 3, 5}, {1, 1, 5}}},
      {"each", {}, {{1, 7}, {1, 7}}},
      {"one", {}, {{3, 5}, {1}}},
  };
}

}  // namespace mote
