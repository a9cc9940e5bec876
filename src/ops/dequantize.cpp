#include "ops/dequantize.h"

#include <algorithm>

#include "mote/rt/dequantize_s8_f32.h"
#include "ops/pointwise.h"
#include "ops/quantize_math.h"

namespace mote {

namespace {
constexpr Kernel kKernel = describe_kernel<&rt::dequantize_s8_f32>("dequantize_s8_f32", "DequantizeS8F32");
}  // namespace

Result<std::vector<TensorType>> Dequantize::infer(Arguments inputs) const {
  MOTE_TRY(expect_operands(inputs, 1, 1, "input"));
  return std::vector<TensorType>{{DType::kFloat32, inputs[0].type.shape, {}}};
}

void Dequantize::forward(ForwardContext& context) const {
  const auto input = context.inputs[0].data;
  std::copy(input.begin(), input.end(), context.outputs[0].data.begin());
}

void Dequantize::backward(BackwardContext& context) const {
  const auto result = context.input_gradients[0].data;
  for (size_t i = 0; i < result.size(); ++i) result[i] += context.output_gradients[0].data[i];
}

QuantizationRule Dequantize::quantization(Arguments) const {
  return QuantizationRule::like_input({kActivationOperand});
}

Result<Lowered> Dequantize::lower(Arguments inputs, Arguments) const {
  const TensorType& input = inputs[0].type;
  MOTE_TRY(expect_quantized(input, DType::kInt8, "the input"));
  const rt::DequantizeS8F32 parameters{elements(input), input.quantization.zero_point[0], input.quantization.scale[0]};
  Lowered lowered;
  lowered.calls.push_back(KernelCall::make(kKernel, parameters, {Operand::input(0), Operand::output(0)}));
  return lowered;
}

std::vector<OpCase<Dequantize>> Dequantize::cases() {
  return {{"row", {}, {{1, 17}}}, {"cube", {}, {{2, 3, 5}}}};
}

}  // namespace mote
