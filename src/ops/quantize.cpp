#include "ops/quantize.h"

#include <algorithm>

#include "mote/rt/affine_quantize_f32_s8.h"
#include "mote/rt/quantize_f32_s8.h"
#include "ops/float_math.h"
#include "ops/pointwise.h"
#include "ops/quantize_math.h"

namespace mote {

namespace {
constexpr Kernel kQuantize = describe_kernel<&rt::quantize_f32_s8>("quantize_f32_s8", "QuantizeF32S8");
constexpr Kernel kAffine =
    describe_kernel<&rt::affine_quantize_f32_s8>("affine_quantize_f32_s8", "AffineQuantizeF32S8");
}  // namespace

Result<std::vector<TensorType>> Quantize::infer(Arguments inputs) const {
  MOTE_TRY(expect_operands(inputs, 1, 1, "input"));
  return std::vector<TensorType>{{DType::kInt8, inputs[0].type.shape, {}}};
}

void Quantize::forward(ForwardContext& context) const {
  const auto input = context.inputs[0].data;
  std::copy(input.begin(), input.end(), context.outputs[0].data.begin());
}

void Quantize::backward(BackwardContext& context) const {
  const auto result = context.input_gradients[0].data;
  for (size_t i = 0; i < result.size(); ++i) result[i] += context.output_gradients[0].data[i];
}

QuantizationRule Quantize::quantization(Arguments) const {
  return QuantizationRule::calibrated({kActivationOperand});
}

Result<Lowered> Quantize::lower(Arguments inputs, Arguments outputs) const {
  const TensorType& input = inputs[0].type;
  const TensorType& output = outputs[0].type;
  if (input.dtype != DType::kFloat32) return lower_requantize(Activation::kNone, input, output);
  MOTE_TRY(expect_quantized(output, DType::kInt8, "the output"));
  const rt::QuantizeF32S8 parameters{elements(input), output.quantization.zero_point[0], output.quantization.scale[0]};
  Lowered lowered;
  lowered.calls.push_back(KernelCall::make(kQuantize, parameters, {Operand::input(0), Operand::output(0)}));
  return lowered;
}

std::vector<OpCase<Quantize>> Quantize::cases() {
  return {{"row", {}, {{1, 17}}}, {"cube", {}, {{2, 3, 5}}}};
}

Result<std::vector<TensorType>> AffineQuantize::infer(Arguments inputs) const {
  MOTE_TRY(expect_operands(inputs, 3, 3, "input, factor, offset"));
  const Shape& input = inputs[0].type.shape;
  for (size_t i = 1; i < 3; ++i)
    if (input.empty() || inputs[i].type.shape != Shape{input.back()})
      return fail(ErrorCode::kBadInput, "an input of shape {} needs one factor and one offset a channel, got shape {}",
                  text(input), text(inputs[i].type.shape));
  return std::vector<TensorType>{{DType::kInt8, input, {}}};
}

void AffineQuantize::forward(ForwardContext& context) const {
  const auto channels = context.inputs[0].shape.back();
  const auto factor = matrix(context.inputs[1].data, channels).row(0).array();
  const auto offset = matrix(context.inputs[2].data, channels).row(0).array();
  matrix(context.outputs[0].data, channels).array() =
      (matrix(context.inputs[0].data, channels).array().rowwise() * factor).rowwise() + offset;
}

void AffineQuantize::backward(BackwardContext& context) const {
  const auto channels = context.inputs[0].shape.back();
  const auto gradient = matrix(context.output_gradients[0].data, channels);
  if (!context.input_gradients[0].data.empty())
    matrix(context.input_gradients[0].data, channels).array() +=
        gradient.array().rowwise() * matrix(context.inputs[1].data, channels).row(0).array();
  if (!context.input_gradients[1].data.empty())
    matrix(context.input_gradients[1].data, channels).row(0) +=
        gradient.cwiseProduct(matrix(context.inputs[0].data, channels)).colwise().sum();
  if (!context.input_gradients[2].data.empty())
    matrix(context.input_gradients[2].data, channels).row(0) += gradient.colwise().sum();
}

QuantizationRule AffineQuantize::quantization(Arguments) const {
  return QuantizationRule::calibrated({kActivationOperand, kKeptOperand, kKeptOperand});
}

Result<Lowered> AffineQuantize::lower(Arguments inputs, Arguments outputs) const {
  for (const Argument& input : inputs)
    if (input.type.dtype != DType::kFloat32)
      return fail(ErrorCode::kUnsupported, "an operand {}; all three must be float32", text(input.type));
  const TensorType& output = outputs[0].type;
  MOTE_TRY(expect_quantized(output, DType::kInt8, "the output"));
  if (inputs[1].constant == nullptr || inputs[2].constant == nullptr)
    return fail(ErrorCode::kUnsupported, "factors that are computed at run time; only constant ones are compiled");
  const int32_t channels = output.shape.back();
  const rt::AffineQuantizeF32S8 parameters{elements(output) / channels, channels, output.quantization.zero_point[0],
                                           output.quantization.scale[0]};
  Lowered lowered;
  lowered.constants = {{"factor", DType::kFloat32, inputs[1].constant->data},
                       {"offset", DType::kFloat32, inputs[2].constant->data}};
  lowered.calls.push_back(KernelCall::make(
      kAffine, parameters, {Operand::input(0), Operand::constant(0), Operand::constant(1), Operand::output(0)}));
  return lowered;
}

int64_t AffineQuantize::macs(Arguments, Arguments outputs) const {
  return count(outputs[0].type.shape);
}

std::vector<OpCase<AffineQuantize>> AffineQuantize::cases() {
  return {{"window", {}, {{1, 10, 6}, {6}, {6}}}, {"single", {}, {{3, 1}, {1}, {1}}}};
}

}  // namespace mote
