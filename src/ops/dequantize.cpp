#include "ops/dequantize.h"

#include <algorithm>

#include "mote/rt/dequantize_f32.h"
#include "ops/pointwise.h"
#include "ops/quantize_math.h"
#include "target/walks.h"

namespace mote {

namespace {
template <class Input>
constexpr Kernel kernel_from(std::string_view name) {
  return walking(describe_kernel<&rt::dequantize_f32<Input>>(name, "DequantizeF32", "dequantize_f32"),
                 kElementwise<rt::DequantizeF32>);
}
constexpr Kernel kInt8 = kernel_from<int8_t>("dequantize_f32<int8_t>");
constexpr Kernel kUint8 = kernel_from<uint8_t>("dequantize_f32<uint8_t>");
constexpr Kernel kInt16 = kernel_from<int16_t>("dequantize_f32<int16_t>");
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
  const Kernel* kernel = input.dtype == DType::kInt8    ? &kInt8
                         : input.dtype == DType::kUint8 ? &kUint8
                         : input.dtype == DType::kInt16 ? &kInt16
                                                        : nullptr;
  if (kernel == nullptr)
    return fail(ErrorCode::kUnsupported,
                "from {}; int8, uint8 and int16 are dequantized at run time, convert the model to one of them",
                name(input.dtype));
  MOTE_TRY(expect_scale(input, "the input"));
  const rt::DequantizeF32 parameters{elements(input), input.quantization.zero_point[0], input.quantization.scale[0]};
  Lowered lowered;
  lowered.calls.push_back(KernelCall::make(*kernel, parameters, {Operand::input(0), Operand::output(0)}));
  return lowered;
}

std::vector<OpCase<Dequantize>> Dequantize::cases() {
  const CaseType from_uint8{DType::kUint8, 0, 255, {{0.03f}, {128}, 0}};
  return {{"row", {}, {{1, 17}}}, {"cube", {}, {{2, 3, 5}}}, {"from_uint8", {}, {{3, 40}}, {}, {from_uint8}}};
}

}  // namespace mote
