#include "ops/mul.h"

#include "mote/rt/mul_f32.h"
#include "mote/rt/mul_s8.h"
#include "ops/broadcast.h"
#include "ops/float_math.h"
#include "ops/quantize_math.h"

namespace mote {

namespace {
constexpr Kernel kInt8 = describe_kernel<&rt::mul_s8>("mul_s8", "MulS8");
constexpr Kernel kFloat = describe_kernel<&rt::mul_f32>("mul_f32", "MulF32");

Result<rt::MulS8> int8_parameters(Activation activation, const TensorType& a, const TensorType& b,
                                  const TensorType& output) {
  MOTE_TRY(expect_quantized(a, DType::kInt8, "the first operand"));
  MOTE_TRY(expect_quantized(b, DType::kInt8, "the second operand"));
  MOTE_TRY(expect_quantized(output, DType::kInt8, "the output"));
  const auto scale = [](const TensorType& type) { return static_cast<double>(type.quantization.scale[0]); };
  const double factor = scale(a) * scale(b) / scale(output);
  // |product| <= 255 * 255 < 2^16: with a shift of up to 15 the left shift stays inside int32, as the reference needs.
  if (factor >= 1 << 15)
    return fail(ErrorCode::kUnsupported, "an output scale of {} is too fine for operands of scale {} and {}",
                scale(output), scale(a), scale(b));
  rt::MulS8 result{};
  result.a_zero_point = a.quantization.zero_point[0];
  result.b_zero_point = b.quantization.zero_point[0];
  result.factor = quantize_multiplier(factor);
  result.stage = output_stage(activation, output.quantization);
  return result;
}
}  // namespace

Result<std::vector<TensorType>> Mul::infer(Arguments inputs) const {
  MOTE_TRY(expect_operands(inputs, 2, 2, "a, b"));
  MOTE_TRY_ASSIGN(Shape shape, broadcast_shape(inputs[0].type.shape, inputs[1].type.shape));
  return std::vector<TensorType>{{inputs[0].type.dtype, std::move(shape), {}}};
}

void Mul::forward(ForwardContext& context) const {
  const ConstFloatView& a = context.inputs[0];
  const ConstFloatView& b = context.inputs[1];
  const FloatView& output = context.outputs[0];
  for_each_pair(a.shape, b.shape, output.shape,
                [&](size_t i, size_t j, size_t o) { output.data[o] = a.data[i] * b.data[j]; });
  apply_activation(activation, output.data);
}

void Mul::backward(BackwardContext& context) const {
  const std::vector<float> gradient =
      activation_gradient(activation, context.outputs[0].data, context.output_gradients[0].data);
  const ConstFloatView& a = context.inputs[0];
  const ConstFloatView& b = context.inputs[1];
  const FloatView& a_gradient = context.input_gradients[0];
  const FloatView& b_gradient = context.input_gradients[1];
  for_each_pair(a.shape, b.shape, context.outputs[0].shape, [&](size_t i, size_t j, size_t o) {
    if (!a_gradient.data.empty()) a_gradient.data[i] += gradient[o] * b.data[j];
    if (!b_gradient.data.empty()) b_gradient.data[j] += gradient[o] * a.data[i];
  });
}

QuantizationRule Mul::quantization(Arguments) const {
  return QuantizationRule::calibrated({kActivationOperand, kActivationOperand});
}

Result<Lowered> Mul::lower(Arguments inputs, Arguments outputs) const {
  MOTE_TRY_ASSIGN(const rt::Broadcast walk, plan_broadcast(inputs[0].type.shape, inputs[1].type.shape));
  const std::vector<Operand> operands = {Operand::input(0), Operand::input(1), Operand::output(0)};
  Lowered lowered;
  if (inputs[0].type.dtype == DType::kFloat32 && inputs[1].type.dtype == DType::kFloat32) {
    const FloatRange range = float_range(activation);
    lowered.calls.push_back(KernelCall::make(kFloat, rt::MulF32{walk, range.low, range.high}, operands));
    return lowered;
  }
  MOTE_TRY_ASSIGN(rt::MulS8 parameters, int8_parameters(activation, inputs[0].type, inputs[1].type, outputs[0].type));
  parameters.walk = walk;
  lowered.calls.push_back(KernelCall::make(kInt8, parameters, operands));
  return lowered;
}

int64_t Mul::macs(Arguments, Arguments outputs) const {
  return count(outputs[0].type.shape);
}

std::vector<OpCase<Mul>> Mul::cases() {
  return {
      {"same", {}, {{1, 5, 4, 3}, {1, 5, 4, 3}}},
      {"relu", {Activation::kRelu}, {{2, 9}, {2, 9}}},
      {"scalar", {}, {{}, {2, 3, 4}}},
      {"channels", {}, {{1, 6, 5}, {5}}},
      {"gate", {}, {{2, 3, 3, 4}, {2, 1, 1, 4}}},
      {"crossing", {}, {{2, 1, 4, 1, 3}, {1, 5, 1, 2, 1}}},
  };
}

}  // namespace mote
