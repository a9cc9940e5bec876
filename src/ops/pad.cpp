#include "ops/pad.h"

namespace mote {

namespace {
/// The padded shape, and where the input begins in it.
struct Padded {
  Shape shape;
  std::vector<int32_t> before, after;
};

Result<Padded> padded(Arguments inputs) {
  MOTE_TRY_ASSIGN(const std::vector<int32_t> paddings, constant_integers(inputs, 1, "the paddings"));
  Padded result;
  result.shape = inputs[0].type.shape;
  if (paddings.size() != 2 * result.shape.size())
    return fail(ErrorCode::kBadInput, "{} paddings for an input of shape {}", paddings.size(), text(result.shape));
  for (size_t d = 0; d < result.shape.size(); ++d) {
    const int32_t before = paddings[2 * d];
    const int32_t after = paddings[2 * d + 1];
    const int64_t extent = int64_t{result.shape[d]} + before + after;
    if (before < 0 || after < 0 || extent > INT32_MAX)
      return fail(ErrorCode::kBadInput, "paddings of {} and {} along dimension {}", before, after, d);
    result.shape[d] = static_cast<int32_t>(extent);
    result.before.push_back(before);
    result.after.push_back(after);
  }
  MOTE_TRY(checked_count(result.shape));
  return result;
}

Copy to_the_middle(const Shape& input, const Padded& padding) {
  const std::vector<int64_t> steps = dense_steps(padding.shape);
  int64_t start = 0;
  for (size_t d = 0; d < steps.size(); ++d) start += padding.before[d] * steps[d];
  return block_copy(Operand::input(0), Operand::output(0), input, dense_steps(input), steps, 0, start);
}

Movement pad_movement(const Shape& input, const Padded& padding, Operand value) {
  Movement movement{{padding.shape}, {}};
  if (padding.shape != input) movement.copies.push_back(fill_copy(Operand::output(0), padding.shape, value));
  movement.copies.push_back(to_the_middle(input, padding));
  return movement;
}
}  // namespace

Result<Movement> Pad::movement(Arguments inputs) const {
  MOTE_TRY(expect_operands(inputs, 2, 2, "input, paddings"));
  MOTE_TRY_ASSIGN(const Padded padding, padded(inputs));
  return pad_movement(inputs[0].type.shape, padding, {});
}

std::vector<OpCase<Pad>> Pad::cases() {
  return {
      {"image", {}, {{1, 5, 4, 3}}, {{1, int32_tensor({4, 2}, {0, 0, 1, 2, 0, 1, 0, 0})}}},
      {"channels", {}, {{2, 3, 5}}, {{1, int32_tensor({3, 2}, {0, 0, 0, 0, 1, 2})}}},
      {"all_sides", {}, {{2, 3}}, {{1, int32_tensor({2, 2}, {1, 1, 2, 3})}}},
      {"none", {}, {{2, 3}}, {{1, int32_tensor({2, 2}, {0, 0, 0, 0})}}},
  };
}

Result<Movement> PadV2::movement(Arguments inputs) const {
  MOTE_TRY(expect_operands(inputs, 3, 3, "input, paddings, value"));
  MOTE_TRY_ASSIGN(const Padded padding, padded(inputs));
  if (inputs[2].type.dtype != inputs[0].type.dtype || count(inputs[2].type.shape) != 1)
    return fail(ErrorCode::kBadInput, "the value must be one element of the input's type; it is {}, the input {}",
                text(inputs[2].type), text(inputs[0].type));
  return pad_movement(inputs[0].type.shape, padding, Operand::input(2));
}

QuantizationRule PadV2::quantization(Arguments) const {
  return QuantizationRule::shared({kActivationOperand, kKeptOperand, kActivationOperand});
}

std::vector<OpCase<PadV2>> PadV2::cases() {
  return {
      {"image", {}, {{1, 5, 4, 3}, {}, {}}, {{1, int32_tensor({4, 2}, {0, 0, 1, 0, 2, 1, 0, 0})}}},
      {"rows", {}, {{3, 4}, {}, {1}}, {{1, int32_tensor({2, 2}, {2, 0, 0, 1})}}},
  };
}

// The input goes to the middle; then, a dimension after the other, what is there already is mirrored at both ends.
Result<Movement> MirrorPad::movement(Arguments inputs) const {
  MOTE_TRY(expect_operands(inputs, 2, 2, "input, paddings"));
  MOTE_TRY_ASSIGN(const Padded padding, padded(inputs));
  const Shape& input = inputs[0].type.shape;
  const int32_t skipped = mode == MirrorMode::kReflect ? 1 : 0;
  const std::vector<int64_t> steps = dense_steps(padding.shape);
  Movement movement{{padding.shape}, {to_the_middle(input, padding)}};
  Shape block = input;  // what is there, and where it begins
  int64_t start = movement.copies[0].to_start;
  for (size_t d = input.size(); d-- > 0;) {
    const int32_t before = padding.before[d];
    const int32_t after = padding.after[d];
    if (before > input[d] - skipped || after > input[d] - skipped)
      return fail(ErrorCode::kBadInput, "paddings of {} and {} mirror more than there is along dimension {} of {}",
                  before, after, d, text(input));
    const int64_t step = steps[d];
    std::vector<int64_t> backwards = steps;
    backwards[d] = -step;
    const auto mirror = [&](int32_t extent, int64_t from, int64_t to) {
      if (extent == 0) return;
      Shape strip = block;
      strip[d] = extent;
      movement.copies.push_back(block_copy(Operand::output(0), Operand::output(0), strip, backwards, steps,
                                           start + from * step, start + to * step));
    };
    mirror(before, before - 1 + skipped, -before);
    mirror(after, input[d] - 1 - skipped, input[d]);
    start -= before * step;
    block[d] = padding.shape[d];
  }
  return movement;
}

std::vector<OpCase<MirrorPad>> MirrorPad::cases() {
  return {
      {"reflect", {{}, MirrorMode::kReflect}, {{1, 4, 3, 2}}, {{1, int32_tensor({4, 2}, {0, 0, 2, 3, 1, 2, 0, 0})}}},
      {"symmetric", {{}, MirrorMode::kSymmetric}, {{2, 3}}, {{1, int32_tensor({2, 2}, {1, 2, 3, 0})}}},
      {"time", {{}, MirrorMode::kReflect}, {{1, 7, 3}}, {{1, int32_tensor({3, 2}, {0, 0, 2, 0, 0, 0})}}},
  };
}

}  // namespace mote
