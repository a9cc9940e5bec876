#include "ops/log_softmax.h"

#include <algorithm>
#include <cmath>

#include "mote/rt/log_softmax.h"
#include "mote/rt/softmax_s8.h"
#include "ops/float_math.h"
#include "ops/pointwise.h"
#include "ops/quantize_math.h"

namespace mote {

namespace {
constexpr Kernel kFloat = describe_kernel<&rt::log_softmax_f32>("log_softmax_f32", "LogSoftmaxF32", "log_softmax");
constexpr Kernel kInt8 = describe_kernel<&rt::log_softmax_s8>("log_softmax_s8", "LogSoftmaxS8", "log_softmax");
constexpr int kDifferenceIntegerBits = 5;
constexpr float kScale = 1.0f / 16;
constexpr int32_t kZeroPoint = 127;
constexpr int32_t kMostDepth = 4095;  // exponentials of 2^19 each in an int32

int32_t depth_of(const TensorType& type) {
  return type.shape.back();
}
int32_t rows_of(const TensorType& type) {
  return static_cast<int32_t>(count(type.shape) / depth_of(type));
}

/// Rule N7. The factor keeps to what int32 holds; its inverse must stay below 1.
Result<rt::LogSoftmaxS8> int8_parameters(const TensorType& input) {
  const double step =
      std::min(std::ldexp(static_cast<double>(input.quantization.scale[0]), 31 - kDifferenceIntegerBits), 2147483647.0);
  rt::LogSoftmaxS8 result{};
  result.factor = quantize_multiplier(step);
  if (result.factor.shift < 2)
    return fail(ErrorCode::kUnsupported, "an input scale of {} is too small for a log softmax in int8",
                input.quantization.scale[0]);
  if (depth_of(input) > kMostDepth)
    return fail(ErrorCode::kUnsupported, "a log softmax over {} elements; in int8 at most {} are computed",
                depth_of(input), kMostDepth);
  result.inverse = quantize_multiplier(std::ldexp(1.0, 31 - result.factor.shift) / result.factor.multiplier);
  const double radius = std::floor(((1 << kDifferenceIntegerBits) - 1) *
                                   std::ldexp(1.0, 31 - kDifferenceIntegerBits - result.factor.shift));
  result.rows = rows_of(input);
  result.depth = depth_of(input);
  result.table_size = static_cast<int32_t>(std::min(radius + 1, 256.0));
  result.most = result.table_size;
  return result;
}
}  // namespace

Result<std::vector<TensorType>> LogSoftmax::infer(Arguments inputs) const {
  MOTE_TRY(expect_operands(inputs, 1, 1, "input"));
  if (inputs[0].type.shape.empty()) return fail(ErrorCode::kBadInput, "log softmax of a scalar");
  return std::vector<TensorType>{{inputs[0].type.dtype, inputs[0].type.shape, {}}};
}

void LogSoftmax::forward(ForwardContext& context) const {
  const auto depth = context.inputs[0].shape.back();
  const auto input = matrix(context.inputs[0].data, depth);
  auto output = matrix(context.outputs[0].data, depth);
  for (Eigen::Index row = 0; row < input.rows(); ++row) {
    output.row(row) = input.row(row).array() - input.row(row).maxCoeff();
    output.row(row).array() -= std::log(output.row(row).array().exp().sum());
  }
}

void LogSoftmax::backward(BackwardContext& context) const {
  if (context.input_gradients[0].data.empty()) return;
  const auto depth = context.inputs[0].shape.back();
  const auto output = matrix(context.outputs[0].data, depth);
  const auto gradient = matrix(context.output_gradients[0].data, depth);
  auto result = matrix(context.input_gradients[0].data, depth);
  for (Eigen::Index row = 0; row < output.rows(); ++row)
    result.row(row).array() += gradient.row(row).array() - output.row(row).array().exp() * gradient.row(row).sum();
}

QuantizationRule LogSoftmax::quantization(Arguments) const {
  return QuantizationRule::fixed_to({{kScale}, {kZeroPoint}, 0}, {kActivationOperand});
}

Result<Lowered> LogSoftmax::lower(Arguments inputs, Arguments outputs) const {
  const TensorType& input = inputs[0].type;
  Lowered lowered;
  if (input.dtype == DType::kFloat32) {
    lowered.calls.push_back(KernelCall::make(kFloat, rt::LogSoftmaxF32{rows_of(input), depth_of(input)},
                                             {Operand::input(0), Operand::output(0)}));
    return lowered;
  }
  MOTE_TRY(expect_quantized(input, DType::kInt8, "the input"));
  MOTE_TRY(expect_output(outputs[0].type, kScale, kZeroPoint, kName));
  MOTE_TRY_ASSIGN(const rt::LogSoftmaxS8 parameters, int8_parameters(input));
  std::vector<int32_t> table;
  for (int32_t difference = 0; difference < parameters.table_size; ++difference)
    table.push_back(rt::softmax_table_entry(difference, parameters.factor));
  lowered.constants.push_back(Constant::of<int32_t>("exponentials", DType::kInt32, table, true));
  lowered.calls.push_back(
      KernelCall::make(kInt8, parameters, {Operand::input(0), Operand::constant(0), Operand::output(0)}));
  return lowered;
}

std::vector<OpCase<LogSoftmax>> LogSoftmax::cases() {
  return {{"four", {}, {{1, 4}}}, {"rows", {}, {{3, 2, 7}}}, {"one", {}, {{2, 1}}}};
}

}  // namespace mote
