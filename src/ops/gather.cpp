#include "ops/gather.h"

#include <algorithm>
#include <cmath>

#include "mote/rt/gather.h"
#include "ops/movement.h"

namespace mote {

namespace {
/// The twins of a kernel for elements of 1, 2, 4 and 8 bytes.
using Twins = std::array<Kernel, 4>;
constexpr Twins kGather{describe_kernel<&rt::gather<1>>("gather<1>", "Gather", "gather"),
                        describe_kernel<&rt::gather<2>>("gather<2>", "Gather", "gather"),
                        describe_kernel<&rt::gather<4>>("gather<4>", "Gather", "gather"),
                        describe_kernel<&rt::gather<8>>("gather<8>", "Gather", "gather")};
constexpr Twins kGatherNd{describe_kernel<&rt::gather_nd<1>>("gather_nd<1>", "GatherNd", "gather"),
                          describe_kernel<&rt::gather_nd<2>>("gather_nd<2>", "GatherNd", "gather"),
                          describe_kernel<&rt::gather_nd<4>>("gather_nd<4>", "GatherNd", "gather"),
                          describe_kernel<&rt::gather_nd<8>>("gather_nd<8>", "GatherNd", "gather")};
constexpr Twins kPickPixels{describe_kernel<&rt::pick_pixels<1>>("pick_pixels<1>", "PickPixels", "gather"),
                            describe_kernel<&rt::pick_pixels<2>>("pick_pixels<2>", "PickPixels", "gather"),
                            describe_kernel<&rt::pick_pixels<4>>("pick_pixels<4>", "PickPixels", "gather"),
                            describe_kernel<&rt::pick_pixels<8>>("pick_pixels<8>", "PickPixels", "gather")};
constexpr size_t kMostDepth = 8;

Result<const Kernel*> twin(const Twins& kernels, Arguments inputs, Arguments outputs) {
  const TensorType& type = inputs[0].type;
  MOTE_TRY(move_kernel(type.dtype));
  MOTE_TRY(expect_same_scale(type, outputs[0].type));
  const int bytes = bits(type.dtype) / 8;
  return &kernels[bytes == 8 ? 3 : bytes == 4 ? 2 : bytes == 2 ? 1 : 0];
}

/// The product of the extents from `first` to before `last`.
int32_t product(const Shape& shape, size_t first, size_t last) {
  int64_t result = 1;
  for (size_t d = first; d < last; ++d) result *= shape[d];
  return static_cast<int32_t>(result);
}

/// Indices as a kernel's operand: constant ones are checked against `extents` (in turns), and int64 becomes int32.
Result<Operand> indices_operand(const Argument& indices, std::span<const int32_t> extents, Lowered& lowered) {
  if (indices.constant == nullptr) {
    if (indices.type.dtype != DType::kInt32)
      return fail(ErrorCode::kUnsupported, "indices that are computed at run time must be int32, they are {}",
                  text(indices.type));
    return Operand::input(1);
  }
  MOTE_TRY_ASSIGN(const std::vector<int32_t> content, constant_integers({&indices, 1}, 0, "the indices"));
  for (size_t i = 0; i < content.size(); ++i) {
    const int32_t extent = extents[i % extents.size()];
    if (content[i] < 0 || content[i] >= extent)
      return fail(ErrorCode::kBadInput, "index {} of {} elements", content[i], extent);
  }
  if (indices.type.dtype == DType::kInt32) return Operand::input(1);
  lowered.constants.push_back(Constant::of<int32_t>("indices", DType::kInt32, content));
  return Operand::constant(0);
}

/// Indices as the float functions see them.
std::vector<int32_t> indices_of(const ConstFloatView& view) {
  std::vector<int32_t> result;
  if (view.content != nullptr) {
    const Argument argument{view.content->type, view.content};
    return constant_integers({&argument, 1}, 0, "the indices").value_or(std::vector<int32_t>());
  }
  for (const float index : view.data) result.push_back(static_cast<int32_t>(index));
  return result;
}

struct GatherPlan {
  rt::Gather parameters;
  Shape output;
};

Result<GatherPlan> plan_gather(const Gather& op, const Shape& input, const Shape& indices) {
  MOTE_TRY_ASSIGN(const size_t axis, front_axis(op.axis, input.size()));
  const auto rank = static_cast<int32_t>(indices.size());
  const int32_t batch = op.batch_dims < 0 ? op.batch_dims + rank : op.batch_dims;
  if (batch < 0 || batch > rank || std::cmp_greater(batch, axis))
    return fail(ErrorCode::kBadInput, "{} batch dimensions of indices of shape {} along axis {}", op.batch_dims,
                text(indices), axis);
  const auto shared = static_cast<size_t>(batch);
  if (!std::equal(indices.begin(), indices.begin() + batch, input.begin()))
    return fail(ErrorCode::kBadInput, "{} and {} differ in their {} batch dimensions", text(input), text(indices),
                batch);
  GatherPlan plan;
  plan.parameters = {product(input, 0, shared), product(input, shared, axis), input[axis],
                     product(input, axis + 1, input.size()), product(indices, shared, indices.size())};
  plan.output.assign(input.begin(), input.begin() + static_cast<ptrdiff_t>(axis));
  plan.output.insert(plan.output.end(), indices.begin() + batch, indices.end());
  plan.output.insert(plan.output.end(), input.begin() + static_cast<ptrdiff_t>(axis) + 1, input.end());
  MOTE_TRY(checked_count(plan.output));
  return plan;
}

struct GatherNdPlan {
  rt::GatherNd parameters;
  Shape output;
};

Result<GatherNdPlan> plan_gather_nd(const Shape& input, const Shape& indices) {
  const size_t depth = indices.empty() ? 0 : static_cast<size_t>(indices.back());
  if (depth < 1 || depth > input.size() || depth > kMostDepth)
    return fail(ErrorCode::kBadInput, "indices of shape {} for an input of shape {}; at most {} dimensions are indexed",
                text(indices), text(input), kMostDepth);
  GatherNdPlan plan{};
  plan.parameters.count = product(indices, 0, indices.size() - 1);
  plan.parameters.depth = static_cast<int32_t>(depth);
  plan.parameters.inner = product(input, depth, input.size());
  for (size_t d = 0; d < depth; ++d) {
    plan.parameters.extents[d] = input[d];
    plan.parameters.steps[d] = product(input, d + 1, input.size());
  }
  plan.output.assign(indices.begin(), indices.end() - 1);
  plan.output.insert(plan.output.end(), input.begin() + static_cast<ptrdiff_t>(depth), input.end());
  MOTE_TRY(checked_count(plan.output));
  return plan;
}

/// Which input element each output element is: the kernel run on the numbers of the input's elements.
template <class Run>
void scatter_add(BackwardContext& context, Run&& run) {
  const std::span<float> result = context.input_gradients[0].data;
  if (result.empty()) return;
  std::vector<int32_t> own(result.size());
  for (size_t i = 0; i < own.size(); ++i) own[i] = static_cast<int32_t>(i);
  std::vector<int32_t> source(context.output_gradients[0].data.size());
  run(own.data(), source.data());
  for (size_t i = 0; i < source.size(); ++i)
    result[static_cast<size_t>(source[i])] += context.output_gradients[0].data[i];
}

/// Rule Z9: the input pixel that is nearest to output pixel `at`, in float32 as the reference computes it.
int32_t nearest(int32_t at, int32_t input, int32_t output, const ResizeNearest& op) {
  const bool corners = op.align_corners && output > 1;
  const float scale = corners ? static_cast<float>(input - 1) / static_cast<float>(output - 1)
                              : static_cast<float>(input) / static_cast<float>(output);
  const float place = (static_cast<float>(at) + (op.half_pixel_centers ? 0.5f : 0.0f)) * scale;
  const float whole = op.align_corners ? std::round(place) : std::floor(place);
  return std::clamp(static_cast<int32_t>(whole), 0, input - 1);
}

struct ResizePlan {
  rt::PickPixels parameters;
  std::vector<int32_t> row_of, column_of;
};

Result<ResizePlan> plan_resize(const ResizeNearest& op, Arguments inputs) {
  MOTE_TRY(expect_operands(inputs, 2, 2, "input, size"));
  MOTE_TRY_ASSIGN(const std::vector<int32_t> size, constant_integers(inputs, 1, "the extents of a resize"));
  const Shape& input = inputs[0].type.shape;
  if (input.size() != 4 || size.size() != 2)
    return fail(ErrorCode::kBadInput, "{} extents for an input of shape {}; height and width of an image are expected",
                size.size(), text(input));
  MOTE_TRY(checked_count({input[0], size[0], size[1], input[3]}));
  constexpr int32_t kLargestExtent = 1 << 16;  // each row and column has an entry in a table
  if (std::max(size[0], size[1]) > kLargestExtent)
    return fail(ErrorCode::kUnsupported, "a resize to {} x {}; height and width up to {} are supported", size[0],
                size[1], kLargestExtent);
  ResizePlan plan{{input[0], input[1], input[2], size[0], size[1], input[3]}, {}, {}};
  for (int32_t y = 0; y < size[0]; ++y) plan.row_of.push_back(nearest(y, input[1], size[0], op));
  for (int32_t x = 0; x < size[1]; ++x) plan.column_of.push_back(nearest(x, input[2], size[1], op));
  return plan;
}

std::vector<Argument> arguments_of(std::span<const ConstFloatView> views) {
  return internal::arguments_of(views);
}

QuantizationRule first_moves() {
  return QuantizationRule::like_input({kActivationOperand, kKeptOperand});
}
}  // namespace

Result<std::vector<TensorType>> Gather::infer(Arguments inputs) const {
  MOTE_TRY(expect_operands(inputs, 2, 2, "input, indices"));
  MOTE_TRY_ASSIGN(const GatherPlan plan, plan_gather(*this, inputs[0].type.shape, inputs[1].type.shape));
  return std::vector<TensorType>{{inputs[0].type.dtype, plan.output, {}}};
}

void Gather::forward(ForwardContext& context) const {
  const GatherPlan plan = *plan_gather(*this, context.inputs[0].shape, context.inputs[1].shape);
  rt::gather<4>(plan.parameters, context.inputs[0].data.data(), indices_of(context.inputs[1]).data(),
                context.outputs[0].data.data());
}

void Gather::backward(BackwardContext& context) const {
  const GatherPlan plan = *plan_gather(*this, context.inputs[0].shape, context.inputs[1].shape);
  const std::vector<int32_t> indices = indices_of(context.inputs[1]);
  scatter_add(context, [&](const void* from, void* to) { rt::gather<4>(plan.parameters, from, indices.data(), to); });
}

QuantizationRule Gather::quantization(Arguments) const {
  return first_moves();
}

Result<Lowered> Gather::lower(Arguments inputs, Arguments outputs) const {
  MOTE_TRY_ASSIGN(const GatherPlan plan, plan_gather(*this, inputs[0].type.shape, inputs[1].type.shape));
  MOTE_TRY_ASSIGN(const Kernel* kernel, twin(kGather, inputs, outputs));
  Lowered lowered;
  MOTE_TRY_ASSIGN(const Operand indices, indices_operand(inputs[1], {&plan.parameters.extent, 1}, lowered));
  lowered.calls.push_back(KernelCall::make(*kernel, plan.parameters, {Operand::input(0), indices, Operand::output(0)}));
  return lowered;
}

Result<std::vector<TensorType>> GatherNd::infer(Arguments inputs) const {
  MOTE_TRY(expect_operands(inputs, 2, 2, "input, indices"));
  MOTE_TRY_ASSIGN(const GatherNdPlan plan, plan_gather_nd(inputs[0].type.shape, inputs[1].type.shape));
  return std::vector<TensorType>{{inputs[0].type.dtype, plan.output, {}}};
}

void GatherNd::forward(ForwardContext& context) const {
  const GatherNdPlan plan = *plan_gather_nd(context.inputs[0].shape, context.inputs[1].shape);
  rt::gather_nd<4>(plan.parameters, context.inputs[0].data.data(), indices_of(context.inputs[1]).data(),
                   context.outputs[0].data.data());
}

void GatherNd::backward(BackwardContext& context) const {
  const GatherNdPlan plan = *plan_gather_nd(context.inputs[0].shape, context.inputs[1].shape);
  const std::vector<int32_t> indices = indices_of(context.inputs[1]);
  scatter_add(context,
              [&](const void* from, void* to) { rt::gather_nd<4>(plan.parameters, from, indices.data(), to); });
}

QuantizationRule GatherNd::quantization(Arguments) const {
  return first_moves();
}

Result<Lowered> GatherNd::lower(Arguments inputs, Arguments outputs) const {
  MOTE_TRY_ASSIGN(const GatherNdPlan plan, plan_gather_nd(inputs[0].type.shape, inputs[1].type.shape));
  MOTE_TRY_ASSIGN(const Kernel* kernel, twin(kGatherNd, inputs, outputs));
  Lowered lowered;
  const std::span<const int32_t> extents(plan.parameters.extents, static_cast<size_t>(plan.parameters.depth));
  MOTE_TRY_ASSIGN(const Operand indices, indices_operand(inputs[1], extents, lowered));
  lowered.calls.push_back(KernelCall::make(*kernel, plan.parameters, {Operand::input(0), indices, Operand::output(0)}));
  return lowered;
}

Result<std::vector<TensorType>> ResizeNearest::infer(Arguments inputs) const {
  MOTE_TRY_ASSIGN(const ResizePlan plan, plan_resize(*this, inputs));
  const rt::PickPixels& p = plan.parameters;
  return std::vector<TensorType>{{inputs[0].type.dtype, {p.batches, p.rows, p.columns, p.channels}, {}}};
}

void ResizeNearest::forward(ForwardContext& context) const {
  const ResizePlan plan = *plan_resize(*this, arguments_of(context.inputs));
  rt::pick_pixels<4>(plan.parameters, context.inputs[0].data.data(), plan.row_of.data(), plan.column_of.data(),
                     context.outputs[0].data.data());
}

void ResizeNearest::backward(BackwardContext& context) const {
  const ResizePlan plan = *plan_resize(*this, arguments_of(context.inputs));
  scatter_add(context, [&](const void* from, void* to) {
    rt::pick_pixels<4>(plan.parameters, from, plan.row_of.data(), plan.column_of.data(), to);
  });
}

QuantizationRule ResizeNearest::quantization(Arguments) const {
  return first_moves();
}

Result<Lowered> ResizeNearest::lower(Arguments inputs, Arguments outputs) const {
  MOTE_TRY_ASSIGN(const ResizePlan plan, plan_resize(*this, inputs));
  MOTE_TRY_ASSIGN(const Kernel* kernel, twin(kPickPixels, inputs, outputs));
  Lowered lowered;
  lowered.constants.push_back(Constant::of<int32_t>("rows", DType::kInt32, plan.row_of, true));
  lowered.constants.push_back(Constant::of<int32_t>("columns", DType::kInt32, plan.column_of, true));
  lowered.calls.push_back(KernelCall::make(
      *kernel, plan.parameters, {Operand::input(0), Operand::constant(0), Operand::constant(1), Operand::output(0)}));
  return lowered;
}

std::vector<OpCase<Gather>> Gather::cases() {
  return {
      {"rows", {0, 0}, {{5, 3}}, {{1, int32_tensor({4}, {4, 0, 2, 2})}}},
      {"channels", {-1, 0}, {{2, 3, 6}}, {{1, int32_tensor({2, 2}, {5, 1, 0, 3})}}},
      {"scalar", {1, 0}, {{2, 4, 3}}, {{1, int32_tensor({}, {2})}}},
      {"batches", {2, 1}, {{2, 2, 4, 3}}, {{1, int32_tensor({2, 3}, {3, 0, 1, 2, 2, 0})}}},
  };
}

std::vector<OpCase<GatherNd>> GatherNd::cases() {
  return {
      {"rows", {}, {{4, 3}}, {{1, int32_tensor({3, 1}, {3, 0, 3})}}},
      {"elements", {}, {{3, 2, 4}}, {{1, int32_tensor({2, 2, 3}, {0, 1, 3, 2, 0, 0, 1, 1, 1, 2, 1, 2})}}},
      {"slices", {}, {{2, 3, 4}}, {{1, int32_tensor({2, 2}, {1, 2, 0, 1})}}},
  };
}

std::vector<OpCase<ResizeNearest>> ResizeNearest::cases() {
  return {
      {"double", {}, {{1, 3, 2, 3}}, {{1, int32_tensor({2}, {6, 4})}}},
      {"uneven", {}, {{2, 5, 3, 2}}, {{1, int32_tensor({2}, {3, 7})}}},
      {"half_pixel", {false, true}, {{1, 4, 5, 2}}, {{1, int32_tensor({2}, {7, 3})}}},
      {"align_corners", {true, false}, {{1, 4, 3, 1}}, {{1, int32_tensor({2}, {6, 5})}}},
      {"to_one", {true, false}, {{1, 4, 3, 1}}, {{1, int32_tensor({2}, {1, 1})}}},
  };
}

}  // namespace mote
