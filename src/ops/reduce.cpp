#include "ops/reduce.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "mote/rt/reduce.h"
#include "ops/quantize_math.h"
#include "target/walks.h"

namespace mote::internal {

namespace {

using enum ReduceKind;

constexpr Kernel kFloatSum =
    walking(describe_kernel<&rt::reduce_sum_f32>("reduce_sum_f32", "Reduce", "reduce"), kReduction<rt::Reduce>);
constexpr Kernel kFloatMean = walking(
    describe_kernel<&rt::reduce_mean_f32>("reduce_mean_f32", "ReduceMeanF32", "reduce"), kReduction<rt::ReduceMeanF32>);
constexpr Kernel kFloatProd =
    walking(describe_kernel<&rt::reduce_prod_f32>("reduce_prod_f32", "Reduce", "reduce"), kReduction<rt::Reduce>);
constexpr Kernel kFloatMax =
    walking(describe_kernel<&rt::reduce_max_f32>("reduce_max_f32", "Reduce", "reduce"), kReduction<rt::Reduce>);
constexpr Kernel kFloatMin =
    walking(describe_kernel<&rt::reduce_min_f32>("reduce_min_f32", "Reduce", "reduce"), kReduction<rt::Reduce>);
constexpr Kernel kInt8Max =
    walking(describe_kernel<&rt::reduce_max_s8>("reduce_max_s8", "Reduce", "reduce"), kReduction<rt::Reduce>);
constexpr Kernel kInt8Min =
    walking(describe_kernel<&rt::reduce_min_s8>("reduce_min_s8", "Reduce", "reduce"), kReduction<rt::Reduce>);
constexpr Kernel kInt16Max =
    walking(describe_kernel<&rt::reduce_max_s16>("reduce_max_s16", "Reduce", "reduce"), kReduction<rt::Reduce>);
constexpr Kernel kInt16Min =
    walking(describe_kernel<&rt::reduce_min_s16>("reduce_min_s16", "Reduce", "reduce"), kReduction<rt::Reduce>);
constexpr Kernel kTruthAny =
    walking(describe_kernel<&rt::reduce_any_u8>("reduce_any_u8", "Reduce", "reduce"), kReduction<rt::Reduce>);
constexpr Kernel kTruthAll =
    walking(describe_kernel<&rt::reduce_all_u8>("reduce_all_u8", "Reduce", "reduce"), kReduction<rt::Reduce>);
constexpr Kernel kInt8Sum =
    walking(describe_kernel<&rt::reduce_sum_s8>("reduce_sum_s8", "ReduceSum", "reduce"), kReduction<rt::ReduceSum>);
constexpr Kernel kInt16Sum =
    walking(describe_kernel<&rt::reduce_sum_s16>("reduce_sum_s16", "ReduceSum", "reduce"), kReduction<rt::ReduceSum>);
constexpr Kernel kInt8Prod =
    walking(describe_kernel<&rt::reduce_prod_s8>("reduce_prod_s8", "ReduceProd", "reduce"), kReduction<rt::ReduceProd>);
constexpr Kernel kInt16Prod = walking(describe_kernel<&rt::reduce_prod_s16>("reduce_prod_s16", "ReduceProd", "reduce"),
                                      kReduction<rt::ReduceProd>);

/// By axis: whether it is reduced.
Result<std::vector<bool>> reduced_axes(const Shape& shape, const Tensor* operand) {
  if (operand == nullptr || operand->type.dtype != DType::kInt32)
    return fail(ErrorCode::kUnsupported, "axes that are not a constant int32 tensor");
  const auto rank = static_cast<int32_t>(shape.size());
  std::vector<bool> reduced(shape.size());
  for (const int32_t axis : operand->as<int32_t>()) {
    if (axis < -rank || axis >= rank)
      return fail(ErrorCode::kBadInput, "axis {} of an input of shape {}", axis, text(shape));
    reduced[static_cast<size_t>(axis < 0 ? axis + rank : axis)] = true;
  }
  return reduced;
}

/// Elements of the input that meet in one output.
int64_t elements_of_one(const Shape& shape, const std::vector<bool>& reduced) {
  int64_t result = 1;
  for (size_t i = 0; i < shape.size(); ++i) result *= reduced[i] ? shape[i] : 1;
  return result;
}

/// Merged axes of one kind, innermost first.
struct Axis {
  int32_t extent, stride;
};

Result<> write_axes(const std::vector<Axis>& axes, int32_t* extents, int32_t* steps) {
  constexpr size_t kAxes = 4;
  if (axes.size() > kAxes)
    return fail(ErrorCode::kUnsupported, "kept and reduced axes take {} turns; at most {} are computed", axes.size(),
                kAxes);
  std::fill(extents, extents + kAxes, 1);
  std::fill(steps, steps + kAxes, 0);
  int32_t walked = 0;
  for (size_t i = 0; i < axes.size(); ++i) {
    const size_t at = kAxes - 1 - i;
    extents[at] = axes[i].extent;
    steps[at] = axes[i].stride - walked;
    // The innermost loop steps once more after its last element; the outer ones do not.
    walked += axes[i].stride * (i == 0 ? axes[i].extent : axes[i].extent - 1);
  }
  // Nothing to walk inside: the loop still takes its one step.
  return {};
}

Result<rt::ReduceWalk> plan_walk(const Shape& shape, const std::vector<bool>& reduced) {
  std::vector<Axis> kinds[2];
  int32_t stride = 1;
  int last = -1;
  for (size_t i = shape.size(); i-- > 0;) {
    if (shape[i] == 1) continue;
    std::vector<Axis>& own = kinds[reduced[i] ? 1 : 0];
    if (last == (reduced[i] ? 1 : 0))
      own.back().extent *= shape[i];
    else
      own.push_back({shape[i], stride});
    last = reduced[i] ? 1 : 0;
    stride *= shape[i];
  }
  rt::ReduceWalk walk{};
  MOTE_TRY(write_axes(kinds[0], walk.kept, walk.kept_steps));
  MOTE_TRY(write_axes(kinds[1], walk.reduced, walk.reduced_steps));
  return walk;
}

struct Plan {
  rt::ReduceWalk walk;
  int32_t elements;
};

Result<Plan> plan(const Shape& shape, const Tensor* axes) {
  MOTE_TRY_ASSIGN(const auto reduced, reduced_axes(shape, axes));
  MOTE_TRY_ASSIGN(const rt::ReduceWalk walk, plan_walk(shape, reduced));
  return Plan{walk, static_cast<int32_t>(elements_of_one(shape, reduced))};
}

/// The output that each element of the input goes to, in order.
std::vector<size_t> targets(const Shape& shape, const Tensor* axes) {
  const std::vector<bool> reduced = *reduced_axes(shape, axes);
  std::vector<size_t> result = {0};
  size_t stride = 1;
  for (size_t i = shape.size(); i-- > 0;) {
    const size_t inner = result.size();
    const size_t step = reduced[i] ? 0 : stride;
    for (size_t n = 1; n < static_cast<size_t>(shape[i]); ++n)
      for (size_t j = 0; j < inner; ++j) result.push_back(result[j] + n * step);
    if (!reduced[i]) stride *= static_cast<size_t>(shape[i]);
  }
  return result;
}

/// Rule M1: the factor with the division by `elements` inside, kept at 31 significant bits.
rt::Multiplier mean_factor(double scale_ratio, int32_t elements) {
  rt::Multiplier factor = quantize_multiplier(scale_ratio);
  const int32_t bits = std::bit_width(static_cast<uint32_t>(elements)) - 1;
  const int32_t shift = std::min({bits, 32, 31 + factor.shift});
  factor.multiplier = static_cast<int32_t>((static_cast<int64_t>(factor.multiplier) << shift) / elements);
  factor.shift -= shift;
  return factor;
}

Result<KernelCall> float_call(ReduceKind kind, const Plan& plan, const std::vector<Operand>& operands) {
  if (kind == kMean) return KernelCall::make(kFloatMean, rt::ReduceMeanF32{plan.walk, plan.elements}, operands);
  const Kernel& kernel = kind == kSum ? kFloatSum : kind == kProd ? kFloatProd : kind == kMax ? kFloatMax : kFloatMin;
  return KernelCall::make(kernel, rt::Reduce{plan.walk}, operands);
}

Result<KernelCall> extreme_call(ReduceKind kind, const Plan& plan, const TensorType& input, const TensorType& output,
                                const std::vector<Operand>& operands) {
  if (input.quantization != output.quantization)
    return fail(ErrorCode::kUnsupported,
                "input and output must share scale and zero point; the input is {}, the output {}", text(input),
                text(output));
  const bool wide = input.dtype == DType::kInt16;
  const Kernel& kernel = kind == kMax ? (wide ? kInt16Max : kInt8Max) : (wide ? kInt16Min : kInt8Min);
  return KernelCall::make(kernel, rt::Reduce{plan.walk}, operands);
}

Result<KernelCall> sum_call(ReduceKind kind, const Plan& plan, const TensorType& input, const TensorType& output,
                            const std::vector<Operand>& operands) {
  const bool wide = input.dtype == DType::kInt16;
  const int32_t zero_point = input.quantization.zero_point[0];
  if (plan.elements > (wide ? 1 << 16 : 1 << 23) - 1)
    return fail(ErrorCode::kUnsupported, "a sum of {} elements could leave int32; reduce in two steps", plan.elements);
  const double ratio =
      static_cast<double>(input.quantization.scale[0]) / static_cast<double>(output.quantization.scale[0]);
  const rt::Multiplier factor = kind == kMean ? mean_factor(ratio, plan.elements) : quantize_multiplier(ratio);
  return KernelCall::make(
      wide ? kInt16Sum : kInt8Sum,
      rt::ReduceSum{plan.walk, -zero_point * plan.elements, factor, output_stage(Activation::kNone, output)}, operands);
}

Result<KernelCall> product_call(const Plan& plan, const TensorType& input, const TensorType& output,
                                const std::vector<Operand>& operands) {
  const double root = std::pow(static_cast<double>(output.quantization.scale[0]), 1.0 / plan.elements);
  const rt::Multiplier factor = quantize_multiplier(static_cast<double>(input.quantization.scale[0]) / root);
  if (factor.shift > 7)
    return fail(ErrorCode::kUnsupported, "an output scale of {} is too fine for a product of elements of scale {}",
                output.quantization.scale[0], input.quantization.scale[0]);
  return KernelCall::make(
      input.dtype == DType::kInt16 ? kInt16Prod : kInt8Prod,
      rt::ReduceProd{plan.walk, input.quantization.zero_point[0], factor, output_stage(Activation::kNone, output)},
      operands);
}

Result<KernelCall> call(ReduceKind kind, const Plan& plan, const TensorType& input, const TensorType& output) {
  const std::vector<Operand> operands{Operand::input(0), Operand::output(0)};
  if (of_truth_values(kind))
    return KernelCall::make(kind == kAny ? kTruthAny : kTruthAll, rt::Reduce{plan.walk}, operands);
  if (input.dtype == DType::kFloat32) return float_call(kind, plan, operands);
  const DType activations = input.dtype == DType::kInt16 ? DType::kInt16 : DType::kInt8;
  MOTE_TRY(expect_quantized(input, activations, "the input"));
  MOTE_TRY(expect_quantized(output, activations, "the output"));
  if (kind == kMax || kind == kMin) return extreme_call(kind, plan, input, output, operands);
  return kind == kProd ? product_call(plan, input, output, operands) : sum_call(kind, plan, input, output, operands);
}

void add_extreme_gradients(ReduceKind kind, std::span<const float> input, std::span<const size_t> target,
                           std::span<const float> gradient, std::span<float> result) {
  constexpr size_t kNone = SIZE_MAX;
  std::vector<size_t> winner(gradient.size(), kNone);  // the first of equals
  for (size_t i = 0; i < input.size(); ++i) {
    size_t& best = winner[target[i]];
    if (best == kNone || (kind == kMax ? input[i] > input[best] : input[i] < input[best])) best = i;
  }
  for (size_t o = 0; o < gradient.size(); ++o) result[winner[o]] += gradient[o];
}

/// The derivative by a factor is the product of the others: those before it times those behind it.
void add_product_gradients(std::span<const float> input, std::span<const size_t> target,
                           std::span<const float> gradient, std::span<float> result) {
  std::vector<float> running(gradient.size(), 1.0f);
  std::vector<float> before(input.size());
  for (size_t i = 0; i < input.size(); ++i) {
    before[i] = running[target[i]];
    running[target[i]] *= input[i];
  }
  std::ranges::fill(running, 1.0f);
  for (size_t i = input.size(); i-- > 0;) {
    result[i] += gradient[target[i]] * before[i] * running[target[i]];
    running[target[i]] *= input[i];
  }
}

}  // namespace

Result<std::vector<TensorType>> infer_reduce(ReduceKind kind, bool keep, Arguments inputs) {
  MOTE_TRY(expect_operands(inputs, 2, 2, "input, axes"));
  const TensorType& input = inputs[0].type;
  if (of_truth_values(kind) != (input.dtype == DType::kBool))
    return fail(ErrorCode::kUnsupported, "the input is {}, {} is expected", name(input.dtype),
                of_truth_values(kind) ? "bool" : "a number");
  MOTE_TRY_ASSIGN(const auto reduced, reduced_axes(input.shape, inputs[1].constant));
  MOTE_TRY(plan_walk(input.shape, reduced));
  Shape shape;
  for (size_t i = 0; i < input.shape.size(); ++i)
    if (!reduced[i])
      shape.push_back(input.shape[i]);
    else if (keep)
      shape.push_back(1);
  return std::vector<TensorType>{{input.dtype, std::move(shape), {}}};
}

void forward_reduce(ReduceKind kind, ForwardContext& context) {
  // Truth values are 0 and 1: any is the largest, all the smallest.
  const ReduceKind as_float = kind == kAny ? kMax : kind == kAll ? kMin : kind;
  const Plan p = *plan(context.inputs[0].shape, context.inputs[1].content);
  const KernelCall kernel_call = *float_call(as_float, p, {});
  float* output = context.outputs[0].data.data();
  void* pointers[] = {const_cast<float*>(context.inputs[0].data.data()), output};
  kernel_call.kernel->run(kernel_call.parameters.get(), pointers);
}

void backward_reduce(ReduceKind kind, BackwardContext& context) {
  const std::span<float> result = context.input_gradients[0].data;
  if (result.empty()) return;
  const std::span<const float> input = context.inputs[0].data;
  const std::span<const float> gradient = context.output_gradients[0].data;
  const std::vector<size_t> target = targets(context.inputs[0].shape, context.inputs[1].content);
  if (kind == kMax || kind == kMin) return add_extreme_gradients(kind, input, target, gradient, result);
  if (kind == kProd) return add_product_gradients(input, target, gradient, result);
  const float share = kind == kMean ? static_cast<float>(gradient.size()) / static_cast<float>(input.size()) : 1.0f;
  for (size_t i = 0; i < result.size(); ++i) result[i] += gradient[target[i]] * share;
}

Result<Lowered> lower_reduce(ReduceKind kind, Arguments inputs, Arguments outputs) {
  MOTE_TRY_ASSIGN(const Plan p, plan(inputs[0].type.shape, inputs[1].constant));
  Lowered lowered;
  MOTE_TRY_ASSIGN(KernelCall kernel_call, call(kind, p, inputs[0].type, outputs[0].type));
  lowered.calls.push_back(std::move(kernel_call));
  return lowered;
}

std::vector<ReduceExample> reduce_examples() {
  const auto axes = [](std::vector<int32_t> list) {
    Tensor tensor({DType::kInt32, {static_cast<int32_t>(list.size())}, {}});
    std::copy(list.begin(), list.end(), tensor.as<int32_t>().begin());
    return tensor;
  };
  return {
      {"height_and_width", false, {1, 5, 3, 4}, axes({1, 2})},
      {"time_kept", true, {2, 1, 7, 3}, axes({2})},
      {"last", false, {3, 6}, axes({-1})},
      {"one_element", true, {1, 1, 1, 5}, axes({2, 1})},
      {"first", false, {4, 3, 2}, axes({0})},
      {"apart", true, {3, 2, 4, 5}, axes({1, -1})},
      {"outer_and_inner", false, {3, 2, 2, 3}, axes({3, 0})},
      {"everything", false, {2, 3, 2}, axes({0, 1, 2})},
      {"five_axes", false, {2, 3, 2, 3, 2}, axes({1, 3})},
  };
}

}  // namespace mote::internal
