#include "ops/split.h"

#include <algorithm>
#include <numeric>

namespace mote {

namespace {
constexpr int32_t kMostParts = 4096;

/// The whole as a row of parts along `axis`, part i with extent `extents[i]` there. Splitting copies from the whole
/// (operand `whole`) to the parts; joining the other way.
enum class Direction { kSplit, kJoin };
std::vector<Copy> part_copies(const Shape& whole, size_t axis, std::span<const int32_t> extents, Direction direction,
                              int32_t operand = 0) {
  const std::vector<int64_t> whole_steps = dense_steps(whole);
  std::vector<Copy> copies;
  int64_t start = 0;
  for (size_t i = 0; i < extents.size(); ++i) {
    Shape part = whole;
    part[axis] = extents[i];
    const std::vector<int64_t> part_steps = dense_steps(part);
    const auto index = static_cast<int32_t>(i);
    copies.push_back(direction == Direction::kSplit
                         ? block_copy(Operand::input(operand), Operand::output(index), part, whole_steps, part_steps,
                                      start * whole_steps[axis], 0)
                         : block_copy(Operand::input(index), Operand::output(0), part, part_steps, whole_steps, 0,
                                      start * whole_steps[axis]));
    start += extents[i];
  }
  return copies;
}

Movement split_movement(const Shape& input, size_t axis, std::span<const int32_t> extents, int32_t operand) {
  Movement movement{{}, part_copies(input, axis, extents, Direction::kSplit, operand)};
  for (const int32_t extent : extents) {
    movement.outputs.push_back(input);
    movement.outputs.back()[axis] = extent;
  }
  return movement;
}

Result<size_t> constant_axis(Arguments inputs, size_t operand, size_t rank) {
  MOTE_TRY_ASSIGN(const std::vector<int32_t> axis, constant_integers(inputs, operand, "the axis of a split"));
  if (axis.size() != 1) return fail(ErrorCode::kBadInput, "{} axes, one is expected", axis.size());
  return front_axis(axis[0], rank);
}

/// All operands are moved into one result: they have one type and, quantized, one scale.
Result<> expect_one_dtype(Arguments inputs) {
  for (size_t i = 1; i < inputs.size(); ++i)
    if (inputs[i].type.dtype != inputs[0].type.dtype)
      return fail(ErrorCode::kBadInput, "operand 0 is {}, operand {} is {}", text(inputs[0].type), i,
                  text(inputs[i].type));
  return {};
}
}  // namespace

Result<Movement> SplitEvenly::movement(Arguments inputs) const {
  MOTE_TRY(expect_operands(inputs, 2, 2, "axis, input"));
  const Shape& input = inputs[1].type.shape;
  MOTE_TRY_ASSIGN(const size_t axis, constant_axis(inputs, 0, input.size()));
  if (num_splits < 1 || num_splits > kMostParts || input[axis] % num_splits != 0)
    return fail(ErrorCode::kBadInput, "{} equal parts of {} along axis {}", num_splits, text(input), axis);
  const std::vector<int32_t> extents(static_cast<size_t>(num_splits), input[axis] / num_splits);
  return split_movement(input, axis, extents, 1);
}

std::vector<OpCase<SplitEvenly>> SplitEvenly::cases() {
  return {
      {"channels", {{}, 3}, {{}, {1, 4, 2, 6}}, {{0, int32_tensor({}, {-1})}}},
      {"rows", {{}, 2}, {{}, {2, 4, 3}}, {{0, int32_tensor({}, {1})}}},
  };
}

Result<Movement> SplitV::movement(Arguments inputs) const {
  MOTE_TRY(expect_operands(inputs, 3, 3, "input, extents, axis"));
  const Shape& input = inputs[0].type.shape;
  MOTE_TRY_ASSIGN(const size_t axis, constant_axis(inputs, 2, input.size()));
  MOTE_TRY_ASSIGN(std::vector<int32_t> extents, constant_integers(inputs, 1, "the extents of a split"));
  if (std::cmp_not_equal(extents.size(), num_splits) || extents.empty() || num_splits > kMostParts)
    return fail(ErrorCode::kBadInput, "{} extents for {} parts", extents.size(), num_splits);
  const auto open = std::ranges::find(extents, -1);
  if (open != extents.end()) {
    *open = 0;
    const int64_t left = input[axis] - std::accumulate(extents.begin(), extents.end(), int64_t{0});
    *open = static_cast<int32_t>(std::clamp<int64_t>(left, 0, input[axis]));
  }
  const int64_t total = std::accumulate(extents.begin(), extents.end(), int64_t{0});
  if (total != input[axis] || std::ranges::any_of(extents, [](int32_t extent) { return extent < 1; }))
    return fail(ErrorCode::kBadInput, "parts of {} along axis {} of {}", fmt::join(extents, ", "), axis, text(input));
  return split_movement(input, axis, extents, 0);
}

std::vector<OpCase<SplitV>> SplitV::cases() {
  return {
      {"uneven", {{}, 3}, {{2, 7, 3}}, {{1, int32_tensor({3}, {1, -1, 2})}, {2, int32_tensor({}, {1})}}},
      {"last", {{}, 2}, {{3, 5}}, {{1, int32_tensor({2}, {4, 1})}, {2, int32_tensor({}, {-1})}}},
  };
}

Result<Movement> Unpack::movement(Arguments inputs) const {
  MOTE_TRY(expect_operands(inputs, 1, 1, "input"));
  const Shape& input = inputs[0].type.shape;
  MOTE_TRY_ASSIGN(const size_t at, front_axis(axis, input.size()));
  if (num != input[at] || num > kMostParts)
    return fail(ErrorCode::kBadInput, "{} results of an input of shape {} along axis {}", num, text(input), at);
  Movement movement = split_movement(input, at, std::vector<int32_t>(static_cast<size_t>(num), 1), 0);
  for (Shape& shape : movement.outputs) shape.erase(shape.begin() + static_cast<ptrdiff_t>(at));
  return movement;
}

std::vector<OpCase<Unpack>> Unpack::cases() {
  return {
      {"first", {{}, 3, 0}, {{3, 4, 2}}},
      {"last", {{}, 2, -1}, {{3, 5, 2}}},
  };
}

Result<Movement> Concatenation::movement(Arguments inputs) const {
  MOTE_TRY(expect_operands(inputs, 1, kMostParts, "inputs"));
  if (fused_activation != Activation::kNone)
    return fail(ErrorCode::kUnsupported, "an activation fused into a concatenation; make it an op of its own");
  MOTE_TRY(expect_one_dtype(inputs));
  Shape output = inputs[0].type.shape;
  MOTE_TRY_ASSIGN(const size_t at, front_axis(axis, output.size()));
  std::vector<int32_t> extents;
  int64_t total = 0;
  for (const Argument& input : inputs) {
    const Shape& shape = input.type.shape;
    Shape same = output;
    if (shape.size() == output.size()) same[at] = shape[at];
    if (shape != same)
      return fail(ErrorCode::kBadInput, "shapes {} and {} do not fit together along axis {}", text(output), text(shape),
                  at);
    extents.push_back(shape[at]);
    total += shape[at];
  }
  output[at] = static_cast<int32_t>(std::min<int64_t>(total, INT32_MAX));
  MOTE_TRY(checked_count(output));
  return Movement{{output}, part_copies(output, at, extents, Direction::kJoin)};
}

QuantizationRule Concatenation::quantization(Arguments inputs) const {
  return QuantizationRule::shared(std::vector<OperandRule>(inputs.size(), kActivationOperand));
}

std::vector<OpCase<Concatenation>> Concatenation::cases() {
  return {
      {"channels", {{}, 3, Activation::kNone}, {{1, 3, 2, 4}, {1, 3, 2, 1}, {1, 3, 2, 5}}},
      {"rows", {{}, 1, Activation::kNone}, {{2, 3, 4}, {2, 1, 4}}},
      {"negative_axis", {{}, -2, Activation::kNone}, {{2, 3}, {5, 3}}},
      {"one", {{}, 0, Activation::kNone}, {{2, 3}}},
  };
}

Result<Movement> Pack::movement(Arguments inputs) const {
  const auto wanted = static_cast<size_t>(std::clamp(values_count, 1, kMostParts));
  MOTE_TRY(expect_operands(inputs, wanted, wanted, "as many as values_count says"));
  MOTE_TRY(expect_one_dtype(inputs));
  Shape output = inputs[0].type.shape;
  for (const Argument& input : inputs)
    if (input.type.shape != output)
      return fail(ErrorCode::kBadInput, "shapes {} and {} differ", text(output), text(input.type.shape));
  MOTE_TRY_ASSIGN(const size_t at, front_axis(axis, output.size() + 1));
  output.insert(output.begin() + static_cast<ptrdiff_t>(at), values_count);
  MOTE_TRY(checked_count(output));
  return Movement{{output}, part_copies(output, at, std::vector<int32_t>(wanted, 1), Direction::kJoin)};
}

QuantizationRule Pack::quantization(Arguments inputs) const {
  return QuantizationRule::shared(std::vector<OperandRule>(inputs.size(), kActivationOperand));
}

std::vector<OpCase<Pack>> Pack::cases() {
  return {
      {"first", {{}, 2, 0}, {{3, 4}, {3, 4}}},
      {"last", {{}, 3, -1}, {{2, 5}, {2, 5}, {2, 5}}},
      {"middle", {{}, 2, 1}, {{2, 3, 2}, {2, 3, 2}}},
  };
}

}  // namespace mote
