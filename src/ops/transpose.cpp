#include "ops/transpose.h"

namespace mote {

Result<Movement> Transpose::movement(Arguments inputs) const {
  MOTE_TRY(expect_operands(inputs, 2, 2, "input, permutation"));
  MOTE_TRY_ASSIGN(const std::vector<int32_t> order, constant_integers(inputs, 1, "the permutation of a transpose"));
  const Shape& input = inputs[0].type.shape;
  const std::vector<int64_t> steps = dense_steps(input);
  std::vector<bool> seen(input.size());
  Shape output;
  std::vector<int64_t> from_steps;
  for (const int32_t dimension : order) {
    const auto from = front_axis(dimension, input.size());
    if (!from || order.size() != input.size() || seen[*from])
      return fail(ErrorCode::kBadInput, "{} is no order of the dimensions of {}", fmt::join(order, ", "), text(input));
    seen[*from] = true;
    output.push_back(input[*from]);
    from_steps.push_back(steps[*from]);
  }
  if (output.size() != input.size())
    return fail(ErrorCode::kBadInput, "no order is given for the dimensions of {}", text(input));
  return Movement{{output},
                  {block_copy(Operand::input(0), Operand::output(0), output, from_steps, dense_steps(output))}};
}

std::vector<OpCase<Transpose>> Transpose::cases() {
  return {
      {"matrix", {}, {{3, 5}}, {{1, int32_tensor({2}, {1, 0})}}},
      {"to_channels_first", {}, {{2, 3, 4, 5}}, {{1, int32_tensor({4}, {0, 3, 1, 2})}}},
      {"to_channels_last", {}, {{1, 5, 3, 4}}, {{1, int32_tensor({4}, {0, 2, 3, 1})}}},
      {"all", {}, {{2, 3, 4}}, {{1, int32_tensor({3}, {2, 1, 0})}}},
      {"extents_of_one", {}, {{1, 7, 1, 3}}, {{1, int32_tensor({4}, {1, 0, 3, 2})}}},
      {"five", {}, {{2, 3, 2, 2, 3}}, {{1, int32_tensor({5}, {4, 2, 0, 3, 1})}}},
  };
}

}  // namespace mote
