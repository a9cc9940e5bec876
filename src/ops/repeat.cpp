#include "ops/repeat.h"

#include <algorithm>

namespace mote {

Result<Movement> Tile::movement(Arguments inputs) const {
  MOTE_TRY(expect_operands(inputs, 2, 2, "input, multiples"));
  MOTE_TRY_ASSIGN(const std::vector<int32_t> multiples, constant_integers(inputs, 1, "the multiples of a tile"));
  const Shape& input = inputs[0].type.shape;
  if (multiples.size() != input.size())
    return fail(ErrorCode::kBadInput, "{} multiples for an input of shape {}", multiples.size(), text(input));
  Shape output = input;
  for (size_t d = 0; d < input.size(); ++d) {
    const int64_t extent = int64_t{input[d]} * multiples[d];
    if (extent < 1 || extent > INT32_MAX)
      return fail(ErrorCode::kBadInput, "{} times {} elements along dimension {}", multiples[d], input[d], d);
    output[d] = static_cast<int32_t>(extent);
  }
  MOTE_TRY(checked_count(output));
  const std::vector<int64_t> from = dense_steps(input);
  const std::vector<int64_t> to = dense_steps(output);
  Copy copy{Operand::input(0), Operand::output(0), 0, 0, {}};
  for (size_t d = 0; d < input.size(); ++d) {
    copy.dimensions.push_back({multiples[d], 0, input[d] * to[d]});
    copy.dimensions.push_back({input[d], from[d], to[d]});
  }
  return Movement{{output}, {copy}};
}

std::vector<OpCase<Tile>> Tile::cases() {
  return {
      {"all", {}, {{2, 3, 2, 2}}, {{1, int32_tensor({4}, {2, 3, 2, 2})}}},
      {"rows", {}, {{1, 3, 4}}, {{1, int32_tensor({3}, {1, 2, 1})}}},
      {"once", {}, {{2, 3}}, {{1, int32_tensor({2}, {1, 1})}}},
  };
}

Result<Movement> BroadcastTo::movement(Arguments inputs) const {
  MOTE_TRY(expect_operands(inputs, 2, 2, "input, shape"));
  MOTE_TRY_ASSIGN(const Shape output, constant_integers(inputs, 1, "the extents of broadcast_to"));
  const Shape& input = inputs[0].type.shape;
  MOTE_TRY(checked_count(output));
  if (output.size() < input.size())
    return fail(ErrorCode::kBadInput, "{} does not repeat to {}", text(input), text(output));
  const std::vector<int64_t> steps = dense_steps(input);
  std::vector<int64_t> from(output.size());
  const size_t added = output.size() - input.size();
  for (size_t d = 0; d < input.size(); ++d) {
    if (input[d] != output[added + d] && input[d] != 1)
      return fail(ErrorCode::kBadInput, "{} does not repeat to {}", text(input), text(output));
    from[added + d] = input[d] == 1 ? 0 : steps[d];
  }
  return Movement{{output}, {block_copy(Operand::input(0), Operand::output(0), output, from, dense_steps(output))}};
}

std::vector<OpCase<BroadcastTo>> BroadcastTo::cases() {
  return {
      {"rows", {}, {{1, 3, 1}}, {{1, int32_tensor({4}, {2, 2, 3, 4})}}},
      {"scalar", {}, {{}}, {{1, int32_tensor({2}, {3, 2})}}},
      {"channels", {}, {{5}}, {{1, int32_tensor({2}, {3, 5})}}},
  };
}

Result<Movement> Fill::movement(Arguments inputs) const {
  MOTE_TRY(expect_operands(inputs, 2, 2, "shape, value"));
  MOTE_TRY_ASSIGN(const Shape output, constant_integers(inputs, 0, "the extents of a fill"));
  MOTE_TRY(checked_count(output));
  if (count(inputs[1].type.shape) != 1)
    return fail(ErrorCode::kBadInput, "the value must be one element, it is {}", text(inputs[1].type));
  return Movement{{output}, {fill_copy(Operand::output(0), output, Operand::input(1))}};
}

std::vector<OpCase<Fill>> Fill::cases() {
  return {{"matrix", {}, {{2}, {}}, {{0, int32_tensor({2}, {3, 4})}}}};
}

Result<Movement> ZerosLike::movement(Arguments inputs) const {
  MOTE_TRY(expect_operands(inputs, 1, 1, "input"));
  const Shape& shape = inputs[0].type.shape;
  return Movement{{shape}, {fill_copy(Operand::output(0), shape)}};
}

QuantizationRule ZerosLike::quantization(Arguments) const {
  return QuantizationRule::fixed_to({{1.0f / 128}, {0}, 0}, {kActivationOperand});
}

Result<Lowered> ZerosLike::lower(Arguments inputs, Arguments outputs) const {
  const Quantization& q = outputs[0].type.quantization;
  if (q.present() && q.zero_point[0] != 0)
    return fail(ErrorCode::kUnsupported,
                "the references write bytes of 0 here, which do not stand for zero at zero point {}; use a constant",
                q.zero_point[0]);
  return MovementOp::lower(inputs, outputs);
}

std::vector<OpCase<ZerosLike>> ZerosLike::cases() {
  return {{"image", {}, {{1, 3, 2, 4}}}};
}

}  // namespace mote
