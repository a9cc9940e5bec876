#include "ops/quantize.h"

#include <algorithm>

#include "mote/rt/affine_quantize_f32_s8.h"
#include "mote/rt/quantize_f32.h"
#include "mote/rt/rescale.h"
#include "ops/float_math.h"
#include "ops/pointwise.h"
#include "ops/quantize_math.h"
#include "target/walks.h"

namespace mote {

namespace {
/// The kernel from one type to another.
struct Pair {
  DType from, to;
  Kernel kernel;
};

template <class Output>
constexpr Kernel quantize_kernel(std::string_view name) {
  return walking(describe_kernel<&rt::quantize_f32<Output>>(name, "QuantizeF32", "quantize_f32"),
                 kElementwise<rt::QuantizeF32>);
}
template <class Input, class Output>
constexpr Kernel rescale_kernel(std::string_view name) {
  return walking(describe_kernel<&rt::rescale<Input, Output>>(name, "Rescale", "rescale"), kElementwise<rt::Rescale>);
}

/// Every pair that TensorFlow Lite Micro or LiteRT computes, but int8 to int8, which is requantize_s8.
constexpr Pair kPairs[] = {
    {DType::kFloat32, DType::kInt8, quantize_kernel<int8_t>("quantize_f32<int8_t>")},
    {DType::kFloat32, DType::kUint8, quantize_kernel<uint8_t>("quantize_f32<uint8_t>")},
    {DType::kFloat32, DType::kInt16, quantize_kernel<int16_t>("quantize_f32<int16_t>")},
    {DType::kInt8, DType::kUint8, rescale_kernel<int8_t, uint8_t>("rescale<int8_t, uint8_t>")},
    {DType::kInt8, DType::kInt16, rescale_kernel<int8_t, int16_t>("rescale<int8_t, int16_t>")},
    {DType::kInt8, DType::kInt32, rescale_kernel<int8_t, int32_t>("rescale<int8_t, int32_t>")},
    {DType::kUint8, DType::kInt8, rescale_kernel<uint8_t, int8_t>("rescale<uint8_t, int8_t>")},
    {DType::kUint8, DType::kUint8, rescale_kernel<uint8_t, uint8_t>("rescale<uint8_t, uint8_t>")},
    {DType::kUint8, DType::kInt16, rescale_kernel<uint8_t, int16_t>("rescale<uint8_t, int16_t>")},
    {DType::kInt16, DType::kInt8, rescale_kernel<int16_t, int8_t>("rescale<int16_t, int8_t>")},
    {DType::kInt16, DType::kInt16, rescale_kernel<int16_t, int16_t>("rescale<int16_t, int16_t>")},
    {DType::kInt16, DType::kInt32, rescale_kernel<int16_t, int32_t>("rescale<int16_t, int32_t>")},
    {DType::kInt32, DType::kInt8, rescale_kernel<int32_t, int8_t>("rescale<int32_t, int8_t>")},
    {DType::kInt32, DType::kInt16, rescale_kernel<int32_t, int16_t>("rescale<int32_t, int16_t>")},
};

const Kernel* kernel_between(DType from, DType to) {
  for (const Pair& pair : kPairs)
    if (pair.from == from && pair.to == to) return &pair.kernel;
  return nullptr;
}

/// A difference of two inputs must not be shifted out of int32.
double largest_factor(DType input) {
  return input == DType::kInt8 || input == DType::kUint8 ? 1 << 22 : 1 << 14;
}

constexpr Access kAffineAccess{[](const void* parameters, size_t, const StepVisitor& visit) {
  const auto& p = *static_cast<const rt::AffineQuantizeF32S8*>(parameters);
  walks::elements(int64_t{p.rows} * p.channels, visit);
}};
constexpr Kernel kAffine = walking(
    describe_kernel<&rt::affine_quantize_f32_s8>("affine_quantize_f32_s8", "AffineQuantizeF32S8"), kAffineAccess);
}  // namespace

Result<std::vector<TensorType>> Quantize::infer(Arguments inputs) const {
  MOTE_TRY(expect_operands(inputs, 1, 1, "input"));
  const DType from = inputs[0].type.dtype;
  const bool same = from == DType::kInt8 && dtype == DType::kInt8;
  if (!same && kernel_between(from, dtype) == nullptr)
    return fail(ErrorCode::kUnsupported,
                "from {} to {}, which neither TensorFlow Lite Micro nor LiteRT computes; quantize to int8 or int16",
                name(from), name(dtype));
  return std::vector<TensorType>{{dtype, inputs[0].type.shape, {}}};
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
  if (input.dtype == DType::kInt8 && output.dtype == DType::kInt8)
    return lower_requantize(Activation::kNone, input, output);
  MOTE_TRY(expect_scale(output, "the output"));
  const Kernel& kernel = *kernel_between(input.dtype, output.dtype);
  const std::vector<Operand> operands{Operand::input(0), Operand::output(0)};
  const Quantization& to = output.quantization;
  Lowered lowered;
  if (input.dtype == DType::kFloat32) {
    lowered.calls.push_back(
        KernelCall::make(kernel, rt::QuantizeF32{elements(input), to.zero_point[0], to.scale[0]}, operands));
    return lowered;
  }
  MOTE_TRY(expect_scale(input, "the input"));
  const Quantization& from = input.quantization;
  const double factor = static_cast<double>(from.scale[0]) / static_cast<double>(to.scale[0]);
  if (factor >= largest_factor(input.dtype))
    return fail(ErrorCode::kUnsupported, "an input scale {} times the output's; one of the two must be wrong", factor);
  const rt::Rescale parameters{elements(input), from.zero_point[0], to.zero_point[0], quantize_multiplier(factor)};
  lowered.calls.push_back(KernelCall::make(kernel, parameters, operands));
  return lowered;
}

std::vector<OpCase<Quantize>> Quantize::cases() {
  const CaseType int8{DType::kInt8, -128, 127, {{0.03f}, {-7}, 0}};
  const CaseType uint8{DType::kUint8, 0, 255, {{0.03f}, {128}, 0}};
  const CaseType int16{DType::kInt16, -32768, 32767, {{0.0001f}, {0}, 0}};
  const CaseType int32{DType::kInt32, -60000, 60000, {{0.00005f}, {0}, 0}};
  const std::vector<Shape> shape{{3, 40}};
  return {
      {"row", {}, {{1, 17}}},
      {"cube", {}, {{2, 3, 5}}},
      {"to_int16", {DType::kInt16}, {{1, 33}}},
      {"int8_to_uint8", {DType::kUint8}, shape, {}, {int8}},
      {"int8_to_int32", {DType::kInt32}, shape, {}, {int8}},
      {"uint8_to_int8", {}, shape, {}, {uint8}},
      {"uint8_to_uint8", {DType::kUint8}, shape, {}, {uint8}},
      {"uint8_to_int16", {DType::kInt16}, shape, {}, {uint8}},
      {"int16_to_int8", {}, shape, {}, {int16}},
      {"int16_to_int32", {DType::kInt32}, shape, {}, {int16}},
      {"int32_to_int8", {}, shape, {}, {int32}},
      {"int32_to_int16", {DType::kInt16}, shape, {}, {int32}},
  };
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
