#include "ops/reshape.h"

#include <algorithm>

namespace mote {

namespace {
/// The shape that was asked for, with its -1 if it has one.
Result<Shape> wanted_shape(const Reshape& op, Arguments inputs) {
  if (inputs.size() < 2 || (inputs[1].constant == nullptr && !op.shape.empty())) return op.shape;
  const Tensor* operand = inputs[1].constant;
  if (operand == nullptr)
    return fail(ErrorCode::kUnsupported, "a shape that is computed at run time; only constant shapes are compiled");
  if (operand->type.dtype != DType::kInt32)
    return fail(ErrorCode::kUnsupported, "the shape must be int32, it is {}", text(operand->type));
  const auto extents = operand->as<int32_t>();
  return Shape(extents.begin(), extents.end());
}
}  // namespace

Result<std::vector<TensorType>> Reshape::infer(Arguments inputs) const {
  MOTE_TRY(expect_operands(inputs, 1, 2, "input, shape"));
  MOTE_TRY_ASSIGN(const Shape wanted, wanted_shape(*this, inputs));
  const Shape& input = inputs[0].type.shape;
  Shape output = wanted;
  const auto open = std::find(output.begin(), output.end(), -1);
  if (open != output.end()) {
    *open = 1;
    const int64_t rest = checked_count(output).value_or(0);
    if (rest == 0 || count(input) % rest != 0)
      return fail(ErrorCode::kBadInput, "the shape {} does not divide {} elements of {}", text(wanted), count(input),
                  text(input));
    *open = static_cast<int32_t>(count(input) / rest);
  }
  MOTE_TRY_ASSIGN(const int64_t elements, checked_count(output));
  if (elements != count(input))
    return fail(ErrorCode::kBadInput, "{} has {} elements, the wanted shape {} has {}", text(input), count(input),
                text(wanted), elements);
  return std::vector<TensorType>{{inputs[0].type.dtype, output, {}}};
}

void Reshape::forward(ForwardContext& context) const {
  const auto input = context.inputs[0].data;
  std::copy(input.begin(), input.end(), context.outputs[0].data.begin());
}

void Reshape::backward(BackwardContext& context) const {
  const auto result = context.input_gradients[0].data;
  for (size_t i = 0; i < result.size(); ++i) result[i] += context.output_gradients[0].data[i];
}

QuantizationRule Reshape::quantization(Arguments) const {
  return QuantizationRule::like_input({kActivationOperand, kKeptOperand});
}

Result<Lowered> Reshape::lower(Arguments, Arguments) const {
  return Lowered{};
}

std::vector<OpCase<Reshape>> Reshape::cases() {
  return {
      {"flatten", {{-1, 30}}, {{2, 5, 3, 2}}},
      {"attribute", {{3, 4}}, {{1, 12}}},
      {"operand", {}, {{1, 12, 5}, {3}}, {{1, int32_tensor({3}, {2, -1, 6})}}},
  };
}

Result<Movement> Squeeze::movement(Arguments inputs) const {
  MOTE_TRY(expect_operands(inputs, 1, 1, "input"));
  const Shape& input = inputs[0].type.shape;
  std::vector<bool> goes(input.size());
  for (const int32_t dimension : squeeze_dims) {
    MOTE_TRY_ASSIGN(const size_t at, front_axis(dimension, input.size()));
    if (input[at] != 1)
      return fail(ErrorCode::kBadInput, "dimension {} of {} cannot be squeezed: its extent is {}", at, text(input),
                  input[at]);
    goes[at] = true;
  }
  Shape output;
  for (size_t d = 0; d < input.size(); ++d)
    if (!goes[d] && !(squeeze_dims.empty() && input[d] == 1)) output.push_back(input[d]);
  return Movement{{output}, {}};
}

std::vector<OpCase<Squeeze>> Squeeze::cases() {
  return {
      {"all", {}, {{1, 5, 1, 3}}},
      {"listed", {{}, {0, -2}}, {{1, 1, 4, 1, 2}}},
  };
}

Result<Movement> ExpandDims::movement(Arguments inputs) const {
  MOTE_TRY(expect_operands(inputs, 2, 2, "input, axis"));
  MOTE_TRY_ASSIGN(const std::vector<int32_t> axis, constant_integers(inputs, 1, "the axis of expand_dims"));
  if (axis.size() != 1) return fail(ErrorCode::kBadInput, "{} axes, one is expected", axis.size());
  Shape output = inputs[0].type.shape;
  MOTE_TRY_ASSIGN(const size_t at, front_axis(axis[0], output.size() + 1));
  output.insert(output.begin() + static_cast<ptrdiff_t>(at), 1);
  return Movement{{output}, {}};
}

std::vector<OpCase<ExpandDims>> ExpandDims::cases() {
  return {
      {"batch", {}, {{5, 3}}, {{1, int32_tensor({}, {0})}}},
      {"last", {}, {{2, 4}}, {{1, int32_tensor({1}, {-1})}}},
  };
}

}  // namespace mote
