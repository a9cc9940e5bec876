#include "ops/select.h"

#include <algorithm>
#include <array>

#include "mote/rt/select.h"
#include "ops/broadcast.h"
#include "ops/quantize_math.h"

namespace mote {

namespace {
constexpr size_t kDimensions = 5;
constexpr size_t kOperands = 3;

struct Entry {
  DType dtype;
  Kernel kernel;
};
constexpr Entry kKernels[] = {
    {DType::kFloat32, describe_kernel<&rt::select_f32>("select_f32", "Select", "select")},
    {DType::kInt8, describe_kernel<&rt::select_s8>("select_s8", "Select", "select")},
    {DType::kInt16, describe_kernel<&rt::select_s16>("select_s16", "Select", "select")},
    {DType::kInt32, describe_kernel<&rt::select_s32>("select_s32", "Select", "select")},
    {DType::kInt64, describe_kernel<&rt::select_s64>("select_s64", "Select", "select")},
    {DType::kBool, describe_kernel<&rt::select_u8>("select_u8", "Select", "select")},
};

/// The condition's shape aligned at the innermost dimension.
Shape aligned_condition(bool by_rows, const Shape& condition, const Shape& a) {
  Shape shape = condition;
  if (by_rows && condition.size() == 1 && condition[0] != 1) shape.resize(std::max(a.size(), size_t{1}), 1);
  return shape;
}

/// One dimension after merging, and which operands it moves.
struct Walk {
  int32_t extent;
  std::array<bool, kOperands> moves;
};

int32_t extent_from_back(const Shape& shape, size_t i) {
  return i < shape.size() ? shape[shape.size() - 1 - i] : 1;
}

/// Innermost first.
std::vector<Walk> merged(const std::array<Shape, kOperands>& shapes, const Shape& output) {
  std::vector<Walk> result;
  for (size_t i = 0; i < output.size(); ++i) {
    Walk next{extent_from_back(output, i), {}};
    if (next.extent == 1) continue;
    for (size_t j = 0; j < kOperands; ++j) next.moves[j] = extent_from_back(shapes[j], i) != 1;
    if (!result.empty() && result.back().moves == next.moves)
      result.back().extent *= next.extent;
    else
      result.push_back(next);
  }
  return result;
}

Result<Shape> output_shape(const std::array<Shape, kOperands>& shapes) {
  MOTE_TRY_ASSIGN(const Shape values, broadcast_shape(shapes[1], shapes[2]));
  return broadcast_shape(shapes[0], values);
}

Result<rt::Select> plan_walk(const std::array<Shape, kOperands>& shapes) {
  MOTE_TRY_ASSIGN(const Shape output, output_shape(shapes));
  const std::vector<Walk> walks = merged(shapes, output);
  if (walks.size() > kDimensions)
    return fail(ErrorCode::kUnsupported, "shapes {}, {} and {} repeat each other in {} turns; at most {} are computed",
                text(shapes[0]), text(shapes[1]), text(shapes[2]), walks.size(), kDimensions);
  rt::Select result{};
  std::ranges::fill(result.extents, 1);
  int32_t* const steps[kOperands] = {result.condition_steps, result.a_steps, result.b_steps};
  for (size_t i = 0; i < walks.size(); ++i) result.extents[kDimensions - 1 - i] = walks[i].extent;
  for (size_t j = 0; j < kOperands; ++j) {
    int32_t stride = 1;
    int32_t walked = 0;  // from the start of the dimensions inside to where their walk ends
    for (size_t i = 0; i < walks.size(); ++i) {
      const int32_t own = walks[i].moves[j] ? stride : 0;
      steps[j][kDimensions - 1 - i] = own - walked;
      walked += own * (i == 0 ? walks[i].extent : walks[i].extent - 1);
      if (walks[i].moves[j]) stride *= walks[i].extent;
    }
  }
  return result;
}

template <class View>
std::array<Shape, kOperands> shapes_of(bool by_rows, const std::vector<View>& inputs) {
  return {aligned_condition(by_rows, inputs[0].shape, inputs[1].shape), inputs[1].shape, inputs[2].shape};
}

std::array<Shape, kOperands> shapes_of(bool by_rows, Arguments inputs) {
  const Shape& a = inputs[1].type.shape;
  return {aligned_condition(by_rows, inputs[0].type.shape, a), a, inputs[2].type.shape};
}
}  // namespace

namespace internal {

Result<std::vector<TensorType>> infer_select(bool by_rows, Arguments inputs) {
  MOTE_TRY(expect_operands(inputs, 3, 3, "condition, a, b"));
  const TensorType& a = inputs[1].type;
  const TensorType& b = inputs[2].type;
  if (inputs[0].type.dtype != DType::kBool)
    return fail(ErrorCode::kBadInput, "the condition is {}, bool is expected", text(inputs[0].type));
  if (a.dtype != b.dtype)
    return fail(ErrorCode::kBadInput, "selects from {} and {}; both must be of one type", name(a.dtype), name(b.dtype));
  if (by_rows && a.shape != b.shape)
    return fail(ErrorCode::kBadInput, "selects from shapes {} and {}; this op needs equal ones", text(a.shape),
                text(b.shape));
  MOTE_TRY_ASSIGN(Shape shape, output_shape(shapes_of(by_rows, inputs)));
  if (by_rows && shape != a.shape)
    return fail(ErrorCode::kBadInput, "a condition of shape {} does not fit {}", text(inputs[0].type.shape),
                text(a.shape));
  return std::vector<TensorType>{{a.dtype, std::move(shape), {}}};
}

void forward_select(bool by_rows, ForwardContext& context) {
  const auto& inputs = context.inputs;
  const rt::Select walk = *plan_walk(shapes_of(by_rows, inputs));
  std::vector<uint8_t> condition;
  for (const float x : inputs[0].data) condition.push_back(x != 0 ? 1 : 0);
  rt::select(walk, condition.data(), inputs[1].data.data(), inputs[2].data.data(), context.outputs[0].data.data());
}

void backward_select(bool by_rows, BackwardContext& context) {
  const auto& inputs = context.inputs;
  const auto shapes = shapes_of(by_rows, inputs);
  const std::span<const float> gradient = context.output_gradients[0].data;
  std::vector<float> holds(gradient.size());
  for_each_pair(shapes[0], context.outputs[0].shape, context.outputs[0].shape,
                [&](size_t i, size_t, size_t o) { holds[o] = inputs[0].data[i]; });
  for (const size_t operand : {size_t{1}, size_t{2}}) {
    const std::span<float> result = context.input_gradients[operand].data;
    if (result.empty()) continue;
    for_each_pair(shapes[operand], context.outputs[0].shape, context.outputs[0].shape, [&](size_t i, size_t, size_t o) {
      if ((holds[o] != 0) == (operand == 1)) result[i] += gradient[o];
    });
  }
}

Result<Lowered> lower_select(bool by_rows, Arguments inputs, Arguments outputs) {
  MOTE_TRY_ASSIGN(rt::Select walk, plan_walk(shapes_of(by_rows, inputs)));
  walk.condition_constant = inputs[0].constant != nullptr ? 1 : 0;
  walk.a_constant = inputs[1].constant != nullptr ? 1 : 0;
  walk.b_constant = inputs[2].constant != nullptr ? 1 : 0;
  const TensorType& output = outputs[0].type;
  for (const Argument& input : inputs.subspan(1))
    if (input.type.quantization != output.quantization)
      return fail(ErrorCode::kUnsupported,
                  "operands and output must share scale and zero point; an operand is {}, the output {}",
                  text(input.type), text(output));
  for (const Entry& entry : kKernels)
    if (entry.dtype == output.dtype) {
      Lowered lowered;
      lowered.calls.push_back(KernelCall::make(
          entry.kernel, walk, {Operand::input(0), Operand::input(1), Operand::input(2), Operand::output(0)}));
      return lowered;
    }
  return fail(ErrorCode::kUnsupported, "selects {}, which no kernel does", name(output.dtype));
}

}  // namespace internal

std::vector<OpCase<SelectV2>> SelectV2::cases() {
  const std::vector<CaseType> truth = {DType::kBool};
  return {
      {"same", {}, {{2, 3, 4}, {2, 3, 4}, {2, 3, 4}}, {}, truth},
      {"scalars", {}, {{3, 5}, {}, {}}, {}, truth},
      {"channels", {}, {{4}, {2, 3, 4}, {1}}, {}, truth},
      {"rows", {}, {{3, 1}, {3, 5}, {1, 5}}, {}, truth},
      {"crossing", {}, {{2, 1, 1, 2}, {1, 3, 1, 1}, {1, 1, 4, 2}}, {}, truth},
  };
}

std::vector<OpCase<Select>> Select::cases() {
  const std::vector<CaseType> truth = {DType::kBool};
  return {
      {"same", {}, {{2, 3, 4}, {2, 3, 4}, {2, 3, 4}}, {}, truth},
      {"rows", {}, {{3}, {3, 2, 5}, {3, 2, 5}}, {}, truth},
      {"one", {}, {{}, {3, 4}, {3, 4}}, {}, truth},
  };
}

}  // namespace mote
