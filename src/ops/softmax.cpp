#include "ops/softmax.h"

#include <algorithm>
#include <cmath>

#include "mote/rt/softmax_f32.h"
#include "mote/rt/softmax_s16.h"
#include "mote/rt/softmax_s8.h"
#include "ops/float_math.h"
#include "ops/pointwise.h"
#include "ops/quantize_math.h"
#include "target/walks.h"

namespace mote {

namespace {
constexpr Kernel kInt8 =
    walking(describe_kernel<&rt::softmax_s8>("softmax_s8", "SoftmaxS8"), kRowsTwice<rt::SoftmaxS8>);
constexpr Kernel kInt8Wide = walking(describe_kernel<&rt::softmax_s8_s16>("softmax_s8_s16", "SoftmaxS8", "softmax_s8"),
                                     kRowsTwice<rt::SoftmaxS8>);
constexpr Kernel kInt16 =
    walking(describe_kernel<&rt::softmax_s16>("softmax_s16", "SoftmaxS16"), kRowsTwice<rt::SoftmaxS16>);
constexpr Kernel kFloat =
    walking(describe_kernel<&rt::softmax_f32>("softmax_f32", "SoftmaxF32"), kRowsTwice<rt::SoftmaxF32>);
constexpr int kDifferenceIntegerBits = 5;

int32_t depth_of(const TensorType& type) {
  return type.shape.back();
}
int32_t rows_of(const TensorType& type) {
  return static_cast<int32_t>(count(type.shape) / depth_of(type));
}

/// The input's step as the kernel takes it.
rt::Multiplier step_of(float beta, float scale) {
  return quantize_multiplier(std::min(
      static_cast<double>(beta) * static_cast<double>(scale) * (1 << (31 - kDifferenceIntegerBits)), 2147483647.0));
}

/// The exponentials of all differences that count, and how many there are (rule S1).
std::vector<int32_t> exponentials(const rt::Multiplier& factor) {
  const double radius =
      std::floor(((1 << kDifferenceIntegerBits) - 1) * std::ldexp(1.0, 31 - kDifferenceIntegerBits - factor.shift));
  const auto largest = static_cast<int32_t>(std::min(radius, 255.0));
  std::vector<int32_t> table;
  for (int32_t difference = 0; difference <= largest; ++difference)
    table.push_back(rt::softmax_table_entry(difference, factor));
  return table;
}

/// Of a softmax of int8: 2^-8 or, into int16, 2^-16, from the lowest number of the type on.
Quantization probabilities(bool wide) {
  return wide ? Quantization{{1.0f / 65536}, {-32768}, 0} : Quantization{{1.0f / 256}, {-128}, 0};
}

/// Scales written as 1/65535 pass, as they do in the reference; the kernel answers in 65536ths all the same.
Result<> expect_wide_output(const TensorType& output) {
  constexpr float kTolerance = 0.001f / 65536;
  const Quantization required = probabilities(true), &q = output.quantization;
  if (output.dtype == DType::kInt16 && q.scale.size() == 1 && q.zero_point == required.zero_point &&
      std::abs(q.scale[0] - required.scale[0]) <= kTolerance)
    return {};
  return fail(ErrorCode::kUnsupported,
              "the int16 output of an int8 softmax must have scale 1/65536 and zero point -32768, it is {}",
              text(output));
}

/// Rule I5.
Result<Lowered> lower_int16(float beta, const TensorType& input, const TensorType& output) {
  MOTE_TRY(expect_quantized(input, DType::kInt16, "the input"));
  MOTE_TRY(expect_output(output, 1.0f / 32768, 0, Softmax::kName, DType::kInt16));
  constexpr int32_t kMostDepth = 65535;
  if (depth_of(input) > kMostDepth)
    return fail(ErrorCode::kUnsupported, "a row of {} numbers; at most {} are supported", depth_of(input), kMostDepth);
  const double factor = static_cast<double>(input.quantization.scale[0]) * static_cast<double>(beta) / (10.0 / 65535.0);
  if (!(factor >= 0 && factor < 1 << 14))
    return fail(ErrorCode::kUnsupported, "beta {} times the input's scale {} is outside [0, 2.5)", beta,
                input.quantization.scale[0]);
  const Quantization tenth{{10.0f / 65535}, {32767}, 0};     // [-10, 0]
  const Quantization fraction{{1.0f / 65535}, {-32768}, 0};  // [0, 1]
  const Quantization unit{{2.0f / 65535}, {0}, 0};
  Lowered lowered;
  lowered.constants = {
      Constant::of<int16_t>("exponentials", DType::kInt16,
                            interpolated_table(tenth, unit, [](float x) { return std::exp(x); }), true),
      Constant::of<int16_t>("reciprocals", DType::kInt16,
                            interpolated_table(fraction, unit, [](float x) { return 1.0f / (1.0f + x); }), true)};
  lowered.calls.push_back(
      KernelCall::make(kInt16, rt::SoftmaxS16{rows_of(input), depth_of(input), quantize_multiplier(factor)},
                       {Operand::input(0), Operand::constant(0), Operand::constant(1), Operand::output(0)}));
  return lowered;
}
}  // namespace

Result<std::vector<TensorType>> Softmax::infer(Arguments inputs) const {
  MOTE_TRY(expect_operands(inputs, 1, 1, "input"));
  if (inputs[0].type.shape.empty()) return fail(ErrorCode::kBadInput, "softmax of a scalar");
  if (!std::isfinite(beta) || beta < 0) return fail(ErrorCode::kBadInput, "softmax with beta {}", beta);
  const DType dtype = inputs[0].type.dtype;
  return std::vector<TensorType>{{wide && dtype == DType::kInt8 ? DType::kInt16 : dtype, inputs[0].type.shape, {}}};
}

void Softmax::forward(ForwardContext& context) const {
  const auto depth = context.inputs[0].shape.back();
  const auto input = matrix(context.inputs[0].data, depth);
  auto output = matrix(context.outputs[0].data, depth);
  for (Eigen::Index row = 0; row < input.rows(); ++row) {
    output.row(row) = ((input.row(row).array() - input.row(row).maxCoeff()) * beta).exp();
    output.row(row) /= output.row(row).sum();
  }
}

void Softmax::backward(BackwardContext& context) const {
  if (context.input_gradients[0].data.empty()) return;
  const auto depth = context.inputs[0].shape.back();
  const auto output = matrix(context.outputs[0].data, depth);
  const auto gradient = matrix(context.output_gradients[0].data, depth);
  auto result = matrix(context.input_gradients[0].data, depth);
  for (Eigen::Index row = 0; row < output.rows(); ++row) {
    const float mean = output.row(row).dot(gradient.row(row));
    result.row(row).array() += beta * output.row(row).array() * (gradient.row(row).array() - mean);
  }
}

QuantizationRule Softmax::quantization(Arguments) const {
  return QuantizationRule::fixed_to(probabilities(wide), {kActivationOperand});
}

Result<Lowered> Softmax::lower(Arguments inputs, Arguments outputs) const {
  const TensorType& type = inputs[0].type;
  Lowered lowered;
  if (type.dtype == DType::kFloat32) {
    lowered.calls.push_back(KernelCall::make(kFloat, rt::SoftmaxF32{rows_of(type), depth_of(type), beta},
                                             {Operand::input(0), Operand::output(0)}));
    return lowered;
  }
  if (type.dtype == DType::kInt16) return lower_int16(beta, type, outputs[0].type);
  MOTE_TRY(expect_quantized(type, DType::kInt8, "the input"));
  MOTE_TRY(wide ? expect_wide_output(outputs[0].type) : expect_output(outputs[0].type, 1.0f / 256, -128, kName));
  const rt::Multiplier factor = step_of(beta, type.quantization.scale[0]);
  const std::vector<int32_t> table = exponentials(factor);
  lowered.constants.push_back(Constant::of<int32_t>("exponentials", DType::kInt32, table, true));
  const rt::SoftmaxS8 parameters{rows_of(type), depth_of(type), static_cast<int32_t>(table.size()), factor};
  lowered.calls.push_back(KernelCall::make(wide ? kInt8Wide : kInt8, parameters,
                                           {Operand::input(0), Operand::constant(0), Operand::output(0)}));
  return lowered;
}

std::vector<OpCase<Softmax>> Softmax::cases() {
  return {{"four", {}, {{1, 4}}}, {"rows", {0.5f}, {{3, 2, 7}}}, {"one", {}, {{2, 1}}}};
}

}  // namespace mote
