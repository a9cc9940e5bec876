#include "ops/l2_normalization.h"

#include <algorithm>

#include "mote/rt/l2_normalize.h"
#include "ops/float_math.h"
#include "ops/pointwise.h"
#include "ops/quantize_math.h"

namespace mote {

namespace {
constexpr Kernel kFloat = describe_kernel<&rt::l2_normalize_f32>("l2_normalize_f32", "L2NormalizeF32", "l2_normalize");
constexpr Kernel kInt8 = describe_kernel<&rt::l2_normalize_s8>("l2_normalize_s8", "L2NormalizeS8", "l2_normalize");
constexpr float kScale = 1.0f / 128;
constexpr int32_t kZeroPoint = 0;
constexpr int32_t kMostDepth = 33025;  // squares of 255 in an int32
constexpr float kShortest = 1e-6f;
}  // namespace

Result<std::vector<TensorType>> L2Normalization::infer(Arguments inputs) const {
  MOTE_TRY(expect_operands(inputs, 1, 1, "input"));
  if (inputs[0].type.shape.empty()) return fail(ErrorCode::kBadInput, "l2 normalization of a scalar");
  if (activation != Activation::kNone)
    return fail(ErrorCode::kUnsupported,
                "an activation is fused into l2 normalization, which the reference does not compute; make it a node");
  return std::vector<TensorType>{{inputs[0].type.dtype, inputs[0].type.shape, {}}};
}

void L2Normalization::forward(ForwardContext& context) const {
  const auto depth = context.inputs[0].shape.back();
  const auto input = matrix(context.inputs[0].data, depth);
  auto output = matrix(context.outputs[0].data, depth);
  for (Eigen::Index row = 0; row < input.rows(); ++row)
    output.row(row) = input.row(row) / std::max(input.row(row).norm(), kShortest);
}

void L2Normalization::backward(BackwardContext& context) const {
  if (context.input_gradients[0].data.empty()) return;
  const auto depth = context.inputs[0].shape.back();
  const auto input = matrix(context.inputs[0].data, depth);
  const auto output = matrix(context.outputs[0].data, depth);
  const auto gradient = matrix(context.output_gradients[0].data, depth);
  auto result = matrix(context.input_gradients[0].data, depth);
  for (Eigen::Index row = 0; row < input.rows(); ++row) {
    const float length = input.row(row).norm();
    const float along = length > kShortest ? output.row(row).dot(gradient.row(row)) : 0.0f;
    result.row(row) += (gradient.row(row) - along * output.row(row)) / std::max(length, kShortest);
  }
}

QuantizationRule L2Normalization::quantization(Arguments) const {
  return QuantizationRule::fixed_to({{kScale}, {kZeroPoint}, 0}, {kActivationOperand});
}

Result<Lowered> L2Normalization::lower(Arguments inputs, Arguments outputs) const {
  const TensorType& input = inputs[0].type;
  const int32_t depth = input.shape.back();
  const auto rows = static_cast<int32_t>(count(input.shape) / depth);
  const std::vector<Operand> operands = {Operand::input(0), Operand::output(0)};
  Lowered lowered;
  if (input.dtype == DType::kFloat32) {
    lowered.calls.push_back(KernelCall::make(kFloat, rt::L2NormalizeF32{rows, depth}, operands));
    return lowered;
  }
  MOTE_TRY(expect_quantized(input, DType::kInt8, "the input"));
  MOTE_TRY(expect_output(outputs[0].type, kScale, kZeroPoint, kName));
  if (depth > kMostDepth)
    return fail(ErrorCode::kUnsupported, "l2 normalization over {} elements; in int8 at most {} are computed", depth,
                kMostDepth);
  lowered.calls.push_back(
      KernelCall::make(kInt8, rt::L2NormalizeS8{rows, depth, input.quantization.zero_point[0]}, operands));
  return lowered;
}

std::vector<OpCase<L2Normalization>> L2Normalization::cases() {
  return {{"row", {}, {{1, 9}}}, {"image", {}, {{2, 3, 2, 5}}}, {"one", {}, {{4, 1}}}};
}

}  // namespace mote
