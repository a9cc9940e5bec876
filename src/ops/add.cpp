#include "ops/add.h"

#include <algorithm>

#include "mote/rt/add_f32.h"
#include "mote/rt/add_s8.h"
#include "ops/broadcast.h"
#include "ops/float_math.h"
#include "ops/quantize_math.h"

namespace mote {

namespace {
constexpr Kernel kInt8 = describe_kernel<&rt::add_s8>("add_s8", "AddS8");
constexpr Kernel kFloat = describe_kernel<&rt::add_f32>("add_f32", "AddF32");
constexpr int kCommonBits = 20;

Result<rt::AddS8> int8_parameters(Activation activation, const TensorType& a, const TensorType& b,
                                  const TensorType& output) {
  MOTE_TRY(expect_quantized(a, DType::kInt8, "the first operand"));
  MOTE_TRY(expect_quantized(b, DType::kInt8, "the second operand"));
  MOTE_TRY(expect_quantized(output, DType::kInt8, "the output"));
  const auto scale = [](const TensorType& type) { return static_cast<double>(type.quantization.scale[0]); };
  const double twice_larger = 2 * std::max(scale(a), scale(b));
  const double to_output = twice_larger / ((1 << kCommonBits) * scale(output));
  if (to_output >= 1)
    return fail(ErrorCode::kUnsupported, "an output scale of {} is too fine for operands of scale {} and {}",
                scale(output), scale(a), scale(b));
  rt::AddS8 result{};
  result.a_zero_point = a.quantization.zero_point[0];
  result.b_zero_point = b.quantization.zero_point[0];
  result.a_factor = quantize_multiplier(scale(a) / twice_larger);
  result.b_factor = quantize_multiplier(scale(b) / twice_larger);
  result.output_factor = quantize_multiplier(to_output);
  result.stage = output_stage(activation, output.quantization);
  return result;
}
}  // namespace

Result<std::vector<TensorType>> Add::infer(Arguments inputs) const {
  MOTE_TRY(expect_operands(inputs, 2, 2, "a, b"));
  MOTE_TRY_ASSIGN(Shape shape, broadcast_shape(inputs[0].type.shape, inputs[1].type.shape));
  return std::vector<TensorType>{{inputs[0].type.dtype, std::move(shape), {}}};
}

void Add::forward(ForwardContext& context) const {
  const ConstFloatView& a = context.inputs[0];
  const ConstFloatView& b = context.inputs[1];
  const FloatView& output = context.outputs[0];
  for_each_pair(a.shape, b.shape, output.shape,
                [&](size_t i, size_t j, size_t o) { output.data[o] = a.data[i] + b.data[j]; });
  apply_activation(activation, output.data);
}

void Add::backward(BackwardContext& context) const {
  const std::vector<float> gradient =
      activation_gradient(activation, context.outputs[0].data, context.output_gradients[0].data);
  const FloatView& a = context.input_gradients[0];
  const FloatView& b = context.input_gradients[1];
  for_each_pair(context.inputs[0].shape, context.inputs[1].shape, context.outputs[0].shape,
                [&](size_t i, size_t j, size_t o) {
                  if (!a.data.empty()) a.data[i] += gradient[o];
                  if (!b.data.empty()) b.data[j] += gradient[o];
                });
}

QuantizationRule Add::quantization(Arguments) const {
  return QuantizationRule::calibrated({kActivationOperand, kActivationOperand});
}

Result<Lowered> Add::lower(Arguments inputs, Arguments outputs) const {
  MOTE_TRY_ASSIGN(const rt::Broadcast walk, plan_broadcast(inputs[0].type.shape, inputs[1].type.shape));
  const std::vector<Operand> operands = {Operand::input(0), Operand::input(1), Operand::output(0)};
  Lowered lowered;
  if (inputs[0].type.dtype == DType::kFloat32 && inputs[1].type.dtype == DType::kFloat32) {
    const FloatRange range = float_range(activation);
    lowered.calls.push_back(KernelCall::make(kFloat, rt::AddF32{walk, range.low, range.high}, operands));
    return lowered;
  }
  MOTE_TRY_ASSIGN(rt::AddS8 parameters, int8_parameters(activation, inputs[0].type, inputs[1].type, outputs[0].type));
  parameters.walk = walk;
  lowered.calls.push_back(KernelCall::make(kInt8, parameters, operands));
  return lowered;
}

std::vector<OpCase<Add>> Add::cases() {
  return {
      {"same", {}, {{1, 5, 4, 3}, {1, 5, 4, 3}}},
      {"relu", {Activation::kRelu}, {{2, 9}, {2, 9}}},
      {"relu6", {Activation::kRelu6}, {{1, 7}, {1, 7}}},
      {"scalar", {}, {{2, 3, 4}, {}}},
      {"channels", {}, {{1, 6, 5}, {5}}},
      {"channels_first", {}, {{5}, {2, 6, 5}}},
      {"crossing", {}, {{2, 1, 4, 1, 3}, {1, 5, 1, 2, 1}}},
  };
}

}  // namespace mote
