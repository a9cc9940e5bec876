#include "ops/variable.h"

#include <algorithm>

#include "mote/rt/bytes.h"
#include "target/walks.h"

namespace mote {

namespace {
constexpr Kernel kFill = describe_kernel<&rt::fill_bytes>("fill_bytes", "FillBytes", "bytes");
constexpr Kernel kCopy =
    walking(describe_kernel<&rt::copy_bytes>("copy_bytes", "CopyBytes", "bytes"), kElementwise<rt::CopyBytes>);
constexpr Kernel kCopyConstant = describe_kernel<&rt::copy_constant>("copy_constant", "CopyBytes", "bytes");

Lowered copy(const TensorType& type, Operand from, Operand to) {
  Lowered lowered;
  lowered.calls.push_back(KernelCall::make(kCopy, rt::CopyBytes{static_cast<int32_t>(type.bytes())}, {from, to}));
  return lowered;
}
}  // namespace

KernelCall fill_bytes_call(size_t count, uint8_t value) {
  return KernelCall::make(kFill, rt::FillBytes{static_cast<int32_t>(count), value}, {});
}

KernelCall copy_bytes_call(size_t count) {
  return KernelCall::make(kCopy, rt::CopyBytes{static_cast<int32_t>(count)}, {Operand::input(0), Operand::output(0)});
}

KernelCall copy_constant_call(size_t count) {
  return KernelCall::make(kCopyConstant, rt::CopyBytes{static_cast<int32_t>(count)}, {});
}

Result<std::vector<TensorType>> ReadVariable::infer(Arguments inputs) const {
  MOTE_TRY(expect_operands(inputs, 1, 1, "the variable"));
  return std::vector<TensorType>{{inputs[0].type.dtype, inputs[0].type.shape, {}}};
}

void ReadVariable::forward(ForwardContext& context) const {
  std::copy(context.inputs[0].data.begin(), context.inputs[0].data.end(), context.outputs[0].data.begin());
}

QuantizationRule ReadVariable::quantization(Arguments) const {
  return QuantizationRule::like_input({kStateOperand});
}

Result<Lowered> ReadVariable::lower(Arguments inputs, Arguments) const {
  return copy(inputs[0].type, Operand::input(0), Operand::output(0));
}

std::vector<OpCase<ReadVariable>> ReadVariable::cases() {
  return {{"matrix", {}, {{2, 5}}}};
}

Result<std::vector<TensorType>> AssignVariable::infer(Arguments inputs) const {
  MOTE_TRY(expect_operands(inputs, 2, 2, "the variable, its new value"));
  const TensorType& variable = inputs[0].type;
  const TensorType& value = inputs[1].type;
  if (variable.dtype != value.dtype || variable.shape != value.shape)
    return fail(ErrorCode::kBadInput, "a value of {} does not fit a variable of {}", text(value), text(variable));
  return std::vector<TensorType>{};
}

void AssignVariable::forward(ForwardContext& context) const {
  if (context.states.empty() || context.states[0].data.empty()) return;
  std::copy(context.inputs[1].data.begin(), context.inputs[1].data.end(), context.states[0].data.begin());
}

QuantizationRule AssignVariable::quantization(Arguments) const {
  return QuantizationRule::calibrated({kStateOperand, kActivationOperand});
}

Result<Lowered> AssignVariable::lower(Arguments inputs, Arguments) const {
  if (inputs[1].constant == nullptr) return copy(inputs[0].type, Operand::input(1), Operand::state(0));
  Lowered lowered;
  lowered.constants.push_back({"value", DType::kUint8, inputs[1].constant->data});
  KernelCall call = copy_constant_call(inputs[0].type.bytes());
  call.operands = {Operand::constant(0), Operand::state(0)};
  lowered.calls.push_back(std::move(call));
  return lowered;
}

std::vector<OpCase<AssignVariable>> AssignVariable::cases() {
  return {{"matrix", {}, {{2, 5}, {2, 5}}}};
}

}  // namespace mote
