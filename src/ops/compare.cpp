#include "ops/compare.h"

#include <algorithm>

#include "mote/rt/compare.h"
#include "ops/broadcast.h"
#include "ops/pointwise.h"
#include "ops/quantize_math.h"

namespace mote {

namespace {
constexpr Kernel kFloat = describe_kernel<&rt::compare_f32>("compare_f32", "Compare", "compare");
constexpr Kernel kInt32 = describe_kernel<&rt::compare_s32>("compare_s32", "Compare", "compare");
constexpr Kernel kInt64 = describe_kernel<&rt::compare_s64>("compare_s64", "Compare", "compare");
constexpr Kernel kTruth = describe_kernel<&rt::compare_u8>("compare_u8", "Compare", "compare");
constexpr Kernel kInt8 = describe_kernel<&rt::compare_s8>("compare_s8", "CompareScaled", "compare");
constexpr Kernel kInt16 = describe_kernel<&rt::compare_s16>("compare_s16", "Compare", "compare");
constexpr Kernel kLogical = describe_kernel<&rt::logical_u8>("logical_u8", "Logical", "compare");
constexpr Kernel kNot = describe_kernel<&rt::logical_not_u8>("logical_not_u8", "LogicalNot", "compare");

int32_t relation(Comparison comparison) {
  using enum Comparison;
  switch (comparison) {
    case kEqual:
      return rt::kEqual;
    case kNotEqual:
      return rt::kLess | rt::kGreater | rt::kUnordered;
    case kGreater:
      return rt::kGreater;
    case kGreaterEqual:
      return rt::kGreater | rt::kEqual;
    case kLess:
      return rt::kLess;
    case kLessEqual:
      return rt::kLess | rt::kEqual;
  }
  return 0;
}

const Kernel* plain_kernel(DType dtype) {
  switch (dtype) {
    case DType::kFloat32:
      return &kFloat;
    case DType::kInt32:
      return &kInt32;
    case DType::kInt64:
      return &kInt64;
    case DType::kBool:
      return &kTruth;
    default:
      return nullptr;
  }
}

Result<std::vector<TensorType>> truth_of_two(Arguments inputs) {
  MOTE_TRY_ASSIGN(Shape shape, broadcast_shape(inputs[0].type.shape, inputs[1].type.shape));
  return std::vector<TensorType>{{DType::kBool, std::move(shape), {}}};
}

Result<> expect_truth(Arguments inputs) {
  for (const Argument& input : inputs)
    if (input.type.dtype != DType::kBool)
      return fail(ErrorCode::kBadInput, "an operand is {}, bool is expected", text(input.type));
  return {};
}

Result<rt::CompareScaled> scaled_parameters(const rt::Compare& compare, Arguments inputs) {
  const Quantization& a = inputs[0].type.quantization;
  const Quantization& b = inputs[1].type.quantization;
  for (const float scale : {a.scale[0], b.scale[0]})
    if (scale >= 1)
      return fail(ErrorCode::kUnsupported, "compares numbers of scale {}; only scales below 1 are defined", scale);
  const auto factor = [](const Quantization& q) { return quantize_multiplier(static_cast<double>(q.scale[0])); };
  return rt::CompareScaled{compare, a.zero_point[0], b.zero_point[0], factor(a), factor(b)};
}

std::vector<Operand> pair_operands() {
  return {Operand::input(0), Operand::input(1), Operand::output(0)};
}
}  // namespace

namespace internal {

Result<std::vector<TensorType>> infer_compare(Comparison comparison, Arguments inputs) {
  MOTE_TRY(expect_operands(inputs, 2, 2, "a, b"));
  const DType dtype = inputs[0].type.dtype;
  if (dtype != inputs[1].type.dtype)
    return fail(ErrorCode::kBadInput, "compares {} with {}; both must be of one type", name(dtype),
                name(inputs[1].type.dtype));
  if (dtype == DType::kBool && !takes_truth_values(comparison))
    return fail(ErrorCode::kUnsupported, "compares truth values, which have no order");
  return truth_of_two(inputs);
}

void forward_compare(Comparison comparison, ForwardContext& context) {
  const ConstFloatView& a = context.inputs[0];
  const ConstFloatView& b = context.inputs[1];
  const FloatView& output = context.outputs[0];
  const rt::Compare compare{{}, relation(comparison)};
  for_each_pair(a.shape, b.shape, output.shape,
                [&](size_t i, size_t j, size_t o) { output.data[o] = compare(a.data[i], b.data[j]); });
}

Result<Lowered> lower_compare(Comparison comparison, Arguments inputs, Arguments) {
  MOTE_TRY_ASSIGN(const rt::Broadcast walk, plan_broadcast(inputs[0].type.shape, inputs[1].type.shape));
  const rt::Compare compare{walk, relation(comparison)};
  const DType dtype = inputs[0].type.dtype;
  Lowered lowered;
  if (const Kernel* kernel = plain_kernel(dtype)) {
    lowered.calls.push_back(KernelCall::make(*kernel, compare, pair_operands()));
    return lowered;
  }
  const DType activations = dtype == DType::kInt16 ? DType::kInt16 : DType::kInt8;
  MOTE_TRY(expect_quantized(inputs[0].type, activations, "the first operand"));
  MOTE_TRY(expect_quantized(inputs[1].type, activations, "the second operand"));
  if (activations == DType::kInt8) {
    MOTE_TRY_ASSIGN(const rt::CompareScaled scaled, scaled_parameters(compare, inputs));
    lowered.calls.push_back(KernelCall::make(mote::kInt8, scaled, pair_operands()));
    return lowered;
  }
  if (inputs[0].type.quantization != inputs[1].type.quantization)
    return fail(
        ErrorCode::kUnsupported,
        "compares int16 numbers of scale {} and {}, which the reference does as if they were one; give both one "
        "scale",
        inputs[0].type.quantization.scale[0], inputs[1].type.quantization.scale[0]);
  lowered.calls.push_back(KernelCall::make(mote::kInt16, compare, pair_operands()));
  return lowered;
}

Result<std::vector<TensorType>> infer_logical(Arguments inputs) {
  MOTE_TRY(expect_operands(inputs, 2, 2, "a, b"));
  MOTE_TRY(expect_truth(inputs));
  return truth_of_two(inputs);
}

void forward_logical(bool both, ForwardContext& context) {
  const ConstFloatView& a = context.inputs[0];
  const ConstFloatView& b = context.inputs[1];
  const FloatView& output = context.outputs[0];
  for_each_pair(a.shape, b.shape, output.shape, [&](size_t i, size_t j, size_t o) {
    output.data[o] = both ? std::min(a.data[i], b.data[j]) : std::max(a.data[i], b.data[j]);
  });
}

Result<Lowered> lower_logical(bool both, Arguments inputs) {
  MOTE_TRY_ASSIGN(const rt::Broadcast walk, plan_broadcast(inputs[0].type.shape, inputs[1].type.shape));
  Lowered lowered;
  lowered.calls.push_back(KernelCall::make(kLogical, rt::Logical{walk, both ? 1 : 0}, pair_operands()));
  return lowered;
}

}  // namespace internal

Result<std::vector<TensorType>> LogicalNot::infer(Arguments inputs) const {
  MOTE_TRY(expect_operands(inputs, 1, 1, "input"));
  MOTE_TRY(expect_truth(inputs));
  return infer_pointwise(inputs);
}

void LogicalNot::forward(ForwardContext& context) const {
  std::ranges::transform(context.inputs[0].data, context.outputs[0].data.begin(), [](float x) { return 1 - x; });
}

QuantizationRule LogicalNot::quantization(Arguments) const {
  return QuantizationRule::calibrated({kKeptOperand});
}

Result<Lowered> LogicalNot::lower(Arguments inputs, Arguments) const {
  Lowered lowered;
  lowered.calls.push_back(
      KernelCall::make(kNot, rt::LogicalNot{elements(inputs[0].type)}, {Operand::input(0), Operand::output(0)}));
  return lowered;
}

std::vector<OpCase<LogicalNot>> LogicalNot::cases() {
  return {{"image", {}, {{2, 3, 5}}, {}, {DType::kBool}}};
}

}  // namespace mote
