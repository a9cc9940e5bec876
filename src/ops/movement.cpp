#include "ops/movement.h"

#include <algorithm>

#include "target/access.h"

namespace mote {

namespace {
constexpr size_t kDimensions = 8;
template <size_t kBytes>
constexpr Access kMoving{nullptr, nullptr, [](const void* parameters) -> std::optional<BlockCopy> {
                           const auto& p = *static_cast<const rt::Move*>(parameters);
                           const int32_t count = p.extents[kDimensions - 1];
                           for (size_t d = 0; d + 1 < kDimensions; ++d)
                             if (p.extents[d] != 1) return std::nullopt;
                           if (count != 1 && (p.from_steps[kDimensions - 1] != 1 || p.to_steps[kDimensions - 1] != 1))
                             return std::nullopt;
                           return BlockCopy{static_cast<size_t>(p.from) * kBytes, static_cast<size_t>(p.to) * kBytes,
                                            static_cast<size_t>(count) * kBytes};
                         }};
constexpr Kernel kMove8 = walking(describe_kernel<&rt::move_8>("move_8", "Move", "move"), kMoving<1>);
constexpr Kernel kMove16 = walking(describe_kernel<&rt::move_16>("move_16", "Move", "move"), kMoving<2>);
constexpr Kernel kMove32 = walking(describe_kernel<&rt::move_32>("move_32", "Move", "move"), kMoving<4>);
constexpr Kernel kMove64 = walking(describe_kernel<&rt::move_64>("move_64", "Move", "move"), kMoving<8>);

/// Dimensions of extent 1 dropped, and those merged that both sides walk as one.
std::vector<CopyDimension> merged(const std::vector<CopyDimension>& dimensions) {
  std::vector<CopyDimension> result;  // outermost first
  for (const CopyDimension& next : dimensions) {
    if (next.extent == 1) continue;
    if (!result.empty()) {
      CopyDimension& outer = result.back();
      if (outer.from_step == next.extent * next.from_step && outer.to_step == next.extent * next.to_step) {
        outer = {outer.extent * next.extent, next.from_step, next.to_step};
        continue;
      }
    }
    result.push_back(next);
  }
  return result;
}

bool fits(int64_t value) {
  return value >= INT32_MIN && value <= INT32_MAX;
}

/// Element of a type that stands for zero.
Constant zero_of(const TensorType& type) {
  const size_t bytes = std::max<size_t>(static_cast<size_t>(bits(type.dtype)) / 8, 1);
  std::vector<uint8_t> content(bytes);
  const Quantization& q = type.quantization;
  if (q.zero_point.size() == 1)
    for (size_t i = 0; i < bytes; ++i)
      content[i] = static_cast<uint8_t>(static_cast<uint32_t>(q.zero_point[0]) >> (8 * std::min<size_t>(i, 3)));
  return {"zero", type.dtype, std::move(content), true};
}

Result<> expect_same_scales(Arguments inputs, Arguments outputs, const Movement& movement) {
  for (const Copy& copy : movement.copies) {
    if (copy.from.kind != Operand::Kind::kInput) continue;
    if (auto ok = expect_same_scale(inputs[static_cast<size_t>(copy.from.index)].type,
                                    outputs[static_cast<size_t>(copy.to.index)].type);
        !ok)
      return fail(std::move(ok).error().in(fmt::format("operand {}", copy.from.index)));
  }
  return {};
}
}  // namespace

Result<rt::Move> plan_move(const Copy& copy) {
  const std::vector<CopyDimension> dimensions = merged(copy.dimensions);
  if (dimensions.size() > kDimensions)
    return fail(ErrorCode::kUnsupported, "elements move along {} dimensions at a time; at most {} are computed",
                dimensions.size(), kDimensions);
  rt::Move result{};
  std::ranges::fill(result.extents, 1);
  int64_t from_walked = 0;
  int64_t to_walked = 0;
  bool all_fit = fits(copy.from_start) && fits(copy.to_start);
  for (size_t i = 0; i < dimensions.size(); ++i) {
    const CopyDimension& d = dimensions[dimensions.size() - 1 - i];
    const size_t at = kDimensions - 1 - i;
    const int64_t steps[] = {d.extent, d.from_step - from_walked, d.to_step - to_walked};
    all_fit = all_fit && std::ranges::all_of(steps, fits);
    result.extents[at] = static_cast<int32_t>(steps[0]);
    result.from_steps[at] = static_cast<int32_t>(steps[1]);
    result.to_steps[at] = static_cast<int32_t>(steps[2]);
    // The innermost loop steps once more after its last element; the outer ones do not.
    const int64_t turns = i == 0 ? d.extent : d.extent - 1;
    from_walked += d.from_step * turns;
    to_walked += d.to_step * turns;
  }
  if (dimensions.empty()) {
    result.from_steps[kDimensions - 1] = 1;
    result.to_steps[kDimensions - 1] = 1;
  }
  if (!all_fit) return fail(ErrorCode::kUnsupported, "the tensors have more elements than int32 counts");
  result.from = static_cast<int32_t>(copy.from_start);
  result.to = static_cast<int32_t>(copy.to_start);
  return result;
}

bool moves_nothing(const Movement& movement, int64_t elements) {
  if (movement.outputs.size() != 1 || movement.copies.size() != 1) return movement.copies.empty();
  const Copy& copy = movement.copies[0];
  if (copy.from.kind != Operand::Kind::kInput || copy.from_start != 0 || copy.to_start != 0) return false;
  const std::vector<CopyDimension> dimensions = merged(copy.dimensions);
  if (dimensions.empty()) return elements == 1;
  const CopyDimension& d = dimensions[0];
  return dimensions.size() == 1 && d.extent == elements && d.from_step == 1 && d.to_step == 1;
}

Result<> expect_same_scale(const TensorType& from, const TensorType& to) {
  const Quantization& a = from.quantization;
  const Quantization& b = to.quantization;
  if (a.per_channel() || b.per_channel())
    return fail(ErrorCode::kUnsupported, "{} has a scale for each channel; what moves has one scale", text(from));
  if (a.scale == b.scale && a.zero_point == b.zero_point) return {};
  return fail(ErrorCode::kUnsupported,
              "{} becomes {}: what only moves must keep its scale and zero point; put a quantize op in between",
              text(from), text(to));
}

Result<const Kernel*> move_kernel(DType dtype) {
  switch (dtype == DType::kInt4 ? 4 : bits(dtype)) {
    case 8:
      return &kMove8;
    case 16:
      return &kMove16;
    case 32:
      return &kMove32;
    case 64:
      return &kMove64;
    default:
      return fail(ErrorCode::kUnsupported, "elements of {} are packed in bytes; none are moved", name(dtype));
  }
}

std::vector<int64_t> dense_steps(const Shape& shape) {
  std::vector<int64_t> steps(shape.size());
  int64_t step = 1;
  for (size_t d = shape.size(); d-- > 0;) {
    steps[d] = step;
    step *= shape[d];
  }
  return steps;
}

Copy block_copy(Operand from, Operand to, const Shape& extents, const std::vector<int64_t>& from_steps,
                const std::vector<int64_t>& to_steps, int64_t from_start, int64_t to_start) {
  Copy copy{from, to, from_start, to_start, {}};
  for (size_t d = 0; d < extents.size(); ++d) copy.dimensions.push_back({extents[d], from_steps[d], to_steps[d]});
  return copy;
}

Copy fill_copy(Operand to, const Shape& shape, Operand from) {
  return {from, to, 0, 0, {{count(shape), 0, 1}}};
}

Result<size_t> front_axis(int64_t axis, size_t rank) {
  const auto extent = static_cast<int64_t>(rank);
  if (axis < -extent || axis >= extent) return fail(ErrorCode::kBadInput, "axis {} of {} dimensions", axis, rank);
  return static_cast<size_t>(axis < 0 ? axis + extent : axis);
}

Result<std::vector<int32_t>> constant_integers(Arguments inputs, size_t operand, std::string_view what) {
  const Tensor* content = inputs[operand].constant;
  if (content == nullptr)
    return fail(ErrorCode::kUnsupported, "{} are computed at run time; only constant ones are compiled", what);
  std::vector<int32_t> result;
  if (content->type.dtype == DType::kInt32) {
    const auto elements = content->as<int32_t>();
    result.assign(elements.begin(), elements.end());
  } else if (content->type.dtype == DType::kInt64) {
    for (const int64_t wide : content->as<int64_t>())
      result.push_back(static_cast<int32_t>(std::clamp<int64_t>(wide, INT32_MIN, INT32_MAX)));
  } else {
    return fail(ErrorCode::kUnsupported, "{} must be int32 or int64, they are {}", what, text(content->type));
  }
  return result;
}

Tensor int32_tensor(Shape shape, std::initializer_list<int32_t> content) {
  Tensor tensor(TensorType{DType::kInt32, std::move(shape), {}});
  std::ranges::copy(content, tensor.as<int32_t>().begin());
  return tensor;
}

namespace internal {

Result<Lowered> lower_movement(const Movement& movement, size_t moved, Arguments inputs, Arguments outputs) {
  const TensorType& type = inputs[moved].type;
  MOTE_TRY_ASSIGN(const Kernel* kernel, move_kernel(type.dtype));
  MOTE_TRY(expect_same_scales(inputs, outputs, movement));
  Lowered lowered;
  if (moved == 0 && moves_nothing(movement, count(type.shape))) return lowered;
  for (const Copy& copy : movement.copies) {
    MOTE_TRY_ASSIGN(const rt::Move walk, plan_move(copy));
    Operand from = copy.from;
    if (from.kind == Operand::Kind::kNone) {
      from = Operand::constant(0);
      if (lowered.constants.empty()) lowered.constants.push_back(zero_of(outputs[0].type));
    }
    lowered.calls.push_back(KernelCall::make(*kernel, walk, {from, copy.to}));
  }
  return lowered;
}

std::vector<Argument> arguments_of(std::span<const ConstFloatView> inputs) {
  std::vector<Argument> result;
  for (const ConstFloatView& view : inputs) {
    const DType dtype = view.content != nullptr ? view.content->type.dtype : DType::kFloat32;
    result.push_back({{dtype, view.shape, {}}, view.content});
  }
  return result;
}

void run_movement(const Movement& movement, size_t moved, ForwardContext& context) {
  if (movement.copies.empty()) {
    std::ranges::copy(context.inputs[moved].data, context.outputs[0].data.begin());
    return;
  }
  for (const Copy& copy : movement.copies) {
    const auto walk = plan_move(copy);
    if (!walk) return;
    const float zero = 0;
    const float* from = &zero;
    if (copy.from.kind == Operand::Kind::kInput)
      from = context.inputs[static_cast<size_t>(copy.from.index)].data.data();
    if (copy.from.kind == Operand::Kind::kOutput)
      from = context.outputs[static_cast<size_t>(copy.from.index)].data.data();
    rt::move_32(*walk, from, context.outputs[static_cast<size_t>(copy.to.index)].data.data());
  }
}

namespace {
/// Calls visit(index read, index written) for every element of a copy, in the kernel's order.
template <class Visitor>
void for_each_move(const Copy& copy, Visitor&& visit) {
  std::vector<int64_t> at(copy.dimensions.size());
  int64_t from = copy.from_start;
  int64_t to = copy.to_start;
  for (;;) {
    visit(static_cast<size_t>(from), static_cast<size_t>(to));
    size_t d = at.size();
    for (; d-- > 0;) {
      const CopyDimension& dimension = copy.dimensions[d];
      from += dimension.from_step;
      to += dimension.to_step;
      if (++at[d] < dimension.extent) break;
      from -= dimension.from_step * dimension.extent;
      to -= dimension.to_step * dimension.extent;
      at[d] = 0;
    }
    if (d == static_cast<size_t>(-1)) return;
  }
}
}  // namespace

// A result that was copied onto has no longer a share in what it held before: its derivative goes back along the last
// copy that wrote it.
void run_movement_backward(const Movement& movement, size_t moved, BackwardContext& context) {
  if (movement.copies.empty()) {
    const std::span<float> result = context.input_gradients[moved].data;
    for (size_t i = 0; i < result.size(); ++i) result[i] += context.output_gradients[0].data[i];
    return;
  }
  std::vector<std::vector<float>> left;  // of the outputs' gradients
  for (const ConstFloatView& gradient : context.output_gradients)
    left.emplace_back(gradient.data.begin(), gradient.data.end());
  for (size_t i = movement.copies.size(); i-- > 0;) {
    const Copy& copy = movement.copies[i];
    std::vector<float>& written = left[static_cast<size_t>(copy.to.index)];
    std::span<float> read;
    if (copy.from.kind == Operand::Kind::kInput)
      read = context.input_gradients[static_cast<size_t>(copy.from.index)].data;
    if (copy.from.kind == Operand::Kind::kOutput) read = left[static_cast<size_t>(copy.from.index)];
    for_each_move(copy, [&](size_t from, size_t to) {
      if (!read.empty()) read[from] += written[to];
      written[to] = 0;
    });
  }
}

}  // namespace internal

}  // namespace mote
