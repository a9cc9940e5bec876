#include "ops/relu.h"

#include "mote/rt/clamp_f32.h"
#include "ops/float_math.h"
#include "ops/pointwise.h"
#include "ops/quantize_math.h"

namespace mote {

namespace {
constexpr Kernel kFloat = describe_kernel<&rt::clamp_f32>("clamp_f32", "ClampF32");

void forward_clamp(Activation activation, ForwardContext& context) {
  const auto input = context.inputs[0].data;
  std::copy(input.begin(), input.end(), context.outputs[0].data.begin());
  apply_activation(activation, context.outputs[0].data);
}

void backward_clamp(Activation activation, BackwardContext& context) {
  const auto result = context.input_gradients[0].data;
  if (result.empty()) return;
  const std::vector<float> gradient =
      activation_gradient(activation, context.outputs[0].data, context.output_gradients[0].data);
  for (size_t i = 0; i < result.size(); ++i) result[i] += gradient[i];
}

Result<Lowered> lower_clamp(Activation activation, Arguments inputs, Arguments outputs) {
  if (inputs[0].type.dtype != DType::kFloat32) return lower_requantize(activation, inputs[0].type, outputs[0].type);
  const FloatRange range = float_range(activation);
  Lowered lowered;
  lowered.calls.push_back(KernelCall::make(kFloat, rt::ClampF32{elements(inputs[0].type), range.low, range.high},
                                           {Operand::input(0), Operand::output(0)}));
  return lowered;
}
}  // namespace

Result<std::vector<TensorType>> Relu::infer(Arguments inputs) const {
  return infer_pointwise(inputs);
}
void Relu::forward(ForwardContext& context) const {
  forward_clamp(Activation::kRelu, context);
}
void Relu::backward(BackwardContext& context) const {
  backward_clamp(Activation::kRelu, context);
}
QuantizationRule Relu::quantization(Arguments) const {
  return QuantizationRule::calibrated({kActivationOperand});
}
Result<Lowered> Relu::lower(Arguments inputs, Arguments outputs) const {
  return lower_clamp(Activation::kRelu, inputs, outputs);
}
std::vector<OpCase<Relu>> Relu::cases() {
  return {{"row", {}, {{1, 17}}}, {"image", {}, {{2, 3, 5, 3}}}};
}

Result<std::vector<TensorType>> Relu6::infer(Arguments inputs) const {
  return infer_pointwise(inputs);
}
void Relu6::forward(ForwardContext& context) const {
  forward_clamp(Activation::kRelu6, context);
}
void Relu6::backward(BackwardContext& context) const {
  backward_clamp(Activation::kRelu6, context);
}
QuantizationRule Relu6::quantization(Arguments) const {
  return QuantizationRule::calibrated({kActivationOperand});
}
Result<Lowered> Relu6::lower(Arguments inputs, Arguments outputs) const {
  return lower_clamp(Activation::kRelu6, inputs, outputs);
}
std::vector<OpCase<Relu6>> Relu6::cases() {
  return {{"row", {}, {{1, 17}}}, {"image", {}, {{2, 3, 5, 3}}}};
}

}  // namespace mote
