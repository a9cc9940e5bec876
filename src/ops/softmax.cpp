#include "ops/softmax.h"

#include <algorithm>
#include <cmath>

#include "mote/rt/softmax_f32.h"
#include "mote/rt/softmax_s8.h"
#include "ops/float_math.h"
#include "ops/quantize_math.h"

namespace mote {

namespace {
constexpr Kernel kInt8 = describe_kernel<&rt::softmax_s8>("softmax_s8", "SoftmaxS8");
constexpr Kernel kFloat = describe_kernel<&rt::softmax_f32>("softmax_f32", "SoftmaxF32");
constexpr int kDifferenceIntegerBits = 5;

int32_t depth_of(const TensorType& type) {
  return type.shape.back();
}
int32_t rows_of(const TensorType& type) {
  return static_cast<int32_t>(count(type.shape) / depth_of(type));
}

/// The exponentials of all differences that count, and how many there are (rule S1).
std::vector<int32_t> exponentials(float beta, float scale) {
  const double real = std::min(
      static_cast<double>(beta) * static_cast<double>(scale) * (1 << (31 - kDifferenceIntegerBits)), 2147483647.0);
  const rt::Multiplier factor = quantize_multiplier(real);
  const double radius =
      std::floor(((1 << kDifferenceIntegerBits) - 1) * std::ldexp(1.0, 31 - kDifferenceIntegerBits - factor.shift));
  const auto largest = static_cast<int32_t>(std::min(radius, 255.0));
  std::vector<int32_t> table;
  for (int32_t difference = 0; difference <= largest; ++difference)
    table.push_back(rt::softmax_table_entry(difference, factor));
  return table;
}
}  // namespace

Result<std::vector<TensorType>> Softmax::infer(Arguments inputs) const {
  MOTE_TRY(expect_operands(inputs, 1, 1, "input"));
  if (inputs[0].type.shape.empty()) return fail(ErrorCode::kBadInput, "softmax of a scalar");
  return std::vector<TensorType>{{inputs[0].type.dtype, inputs[0].type.shape, {}}};
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
  return QuantizationRule::fixed_to({{1.0f / 256}, {-128}, 0}, {kActivationOperand});
}

Result<Lowered> Softmax::lower(Arguments inputs, Arguments outputs) const {
  const TensorType& type = inputs[0].type;
  Lowered lowered;
  if (type.dtype == DType::kFloat32) {
    lowered.calls.push_back(KernelCall::make(kFloat, rt::SoftmaxF32{rows_of(type), depth_of(type), beta},
                                             {Operand::input(0), Operand::output(0)}));
    return lowered;
  }
  MOTE_TRY(expect_quantized(type, DType::kInt8, "the input"));
  MOTE_TRY(expect_quantized(outputs[0].type, DType::kInt8, "the output"));
  const Quantization& out = outputs[0].type.quantization;
  if (out.scale[0] != 1.0f / 256 || out.zero_point[0] != -128)
    return fail(ErrorCode::kUnsupported,
                "the output of an int8 softmax must have scale 1/256 and zero point -128, it has {}",
                text(outputs[0].type));
  const std::vector<int32_t> table = exponentials(beta, type.quantization.scale[0]);
  lowered.constants.push_back(Constant::of<int32_t>("exponentials", DType::kInt32, table, true));
  lowered.calls.push_back(
      KernelCall::make(kInt8, rt::SoftmaxS8{rows_of(type), depth_of(type), static_cast<int32_t>(table.size())},
                       {Operand::input(0), Operand::constant(0), Operand::output(0)}));
  return lowered;
}

std::vector<OpCase<Softmax>> Softmax::cases() {
  return {{"four", {}, {{1, 4}}}, {"rows", {0.5f}, {{3, 2, 7}}}, {"one", {}, {{2, 1}}}};
}

}  // namespace mote
