#include "ops/convert.h"

#include <algorithm>
#include <cmath>

#include "mote/rt/cast.h"
#include "ops/movement.h"

namespace mote {

namespace {
constexpr Kernel kCast = describe_kernel<&rt::cast>("cast", "Cast", "cast");

Result<int32_t> cast_type(DType dtype) {
  switch (dtype) {
    case DType::kFloat32:
      return rt::kCastFloat;
    case DType::kInt8:
      return rt::kCastInt8;
    case DType::kUint8:
      return rt::kCastUint8;
    case DType::kInt16:
      return rt::kCastInt16;
    case DType::kInt32:
      return rt::kCastInt32;
    case DType::kInt64:
      return rt::kCastInt64;
    case DType::kBool:
      return rt::kCastBool;
    case DType::kFloat16:
    case DType::kInt4:
      break;
  }
  return fail(ErrorCode::kUnsupported, "a cast from or to {}", name(dtype));
}

/// A list of the extents.
std::vector<int64_t> extents_of(const Shape& shape) {
  return {shape.begin(), shape.end()};
}
}  // namespace

Result<std::vector<TensorType>> Cast::infer(Arguments inputs) const {
  MOTE_TRY(expect_operands(inputs, 1, 1, "input"));
  MOTE_TRY(cast_type(inputs[0].type.dtype));
  MOTE_TRY(cast_type(out_type));
  return std::vector<TensorType>{{out_type, inputs[0].type.shape, {}}};
}

void Cast::forward(ForwardContext& context) const {
  const std::span<const float> input = context.inputs[0].data;
  const std::span<float> output = context.outputs[0].data;
  const int32_t to = *cast_type(out_type);
  for (size_t i = 0; i < output.size(); ++i) {
    if (to == rt::kCastFloat)
      output[i] = input[i];
    else if (to == rt::kCastBool)
      output[i] = input[i] != 0 ? 1.0f : 0.0f;
    else
      output[i] = static_cast<float>(rt::cast_truncated(input[i], rt::cast_low(to), rt::cast_high(to)));
  }
}

QuantizationRule Cast::quantization(Arguments) const {
  return QuantizationRule::calibrated({kActivationOperand});
}

Result<Lowered> Cast::lower(Arguments inputs, Arguments) const {
  MOTE_TRY_ASSIGN(const int32_t from, cast_type(inputs[0].type.dtype));
  MOTE_TRY_ASSIGN(const int32_t to, cast_type(out_type));
  if (inputs[0].type.quantization.present())
    return fail(ErrorCode::kUnsupported, "a cast of {}: a cast does not heed the scale; put a dequantize op before it",
                text(inputs[0].type));
  Lowered lowered;
  if (from == to) return lowered;
  const auto elements = static_cast<int32_t>(count(inputs[0].type.shape));
  lowered.calls.push_back(
      KernelCall::make(kCast, rt::Cast{elements, from, to}, {Operand::input(0), Operand::output(0)}));
  return lowered;
}

std::vector<OpCase<Cast>> Cast::cases() {
  std::vector<OpCase<Cast>> result;
  const auto add = [&](DType from, DType to) {
    result.push_back({fmt::format("{}_to_{}", mote::name(from), mote::name(to)),
                      {from, to},
                      {{2, 3, 4}},
                      {},
                      {CaseType(from, from == DType::kUint8 ? 0 : -100, 100)}});
  };
  using enum DType;
  for (const DType integer : {kInt8, kInt16, kInt32}) {
    add(kFloat32, integer);
    add(integer, kFloat32);
  }
  add(kInt8, kInt16);
  add(kInt32, kInt8);
  add(kInt64, kInt32);
  add(kInt32, kInt64);
  add(kUint8, kFloat32);
  add(kFloat32, kBool);
  add(kBool, kInt32);
  return result;
}

Result<std::vector<TensorType>> ShapeOf::infer(Arguments inputs) const {
  MOTE_TRY(expect_operands(inputs, 1, 1, "input"));
  if (out_type != DType::kInt32 && out_type != DType::kInt64)
    return fail(ErrorCode::kBadInput, "extents as {}; int32 and int64 are possible", mote::name(out_type));
  if (inputs[0].type.shape.empty()) return fail(ErrorCode::kUnsupported, "the shape of a scalar is empty");
  return std::vector<TensorType>{{out_type, {static_cast<int32_t>(inputs[0].type.shape.size())}, {}}};
}

void ShapeOf::forward(ForwardContext& context) const {
  std::ranges::transform(context.inputs[0].shape, context.outputs[0].data.begin(),
                         [](int32_t extent) { return static_cast<float>(extent); });
}

QuantizationRule ShapeOf::quantization(Arguments) const {
  return QuantizationRule::calibrated({kActivationOperand});
}

Result<Lowered> ShapeOf::lower(Arguments inputs, Arguments) const {
  const Shape& shape = inputs[0].type.shape;
  Lowered lowered;
  const std::vector<int64_t> wide = extents_of(shape);
  lowered.constants.push_back(out_type == DType::kInt64 ? Constant::of<int64_t>("extents", out_type, wide, true)
                                                        : Constant::of<int32_t>("extents", out_type, shape, true));
  MOTE_TRY_ASSIGN(const Kernel* kernel, move_kernel(out_type));
  const auto elements = static_cast<int64_t>(shape.size());
  MOTE_TRY_ASSIGN(const rt::Move walk, plan_move({{}, {}, 0, 0, {{elements, 1, 1}}}));
  lowered.calls.push_back(KernelCall::make(*kernel, walk, {Operand::constant(0), Operand::output(0)}));
  return lowered;
}

std::vector<OpCase<ShapeOf>> ShapeOf::cases() {
  return {
      {"narrow", {DType::kInt32}, {{2, 3, 5}}},
      {"wide", {DType::kInt64}, {{4, 1}}},
  };
}

}  // namespace mote
