#pragma once

#include "ops/op.h"

namespace mote {

/// output = what the variable holds now. Operand: the variable, which is state.
struct ReadVariable {
  static constexpr std::string_view kName = "read_variable";
  static constexpr TfliteName kTflite{-1, 0};  ///< files name variables through handles, which the reader resolves
  static constexpr bool kDifferentiable = false;
  static constexpr bool kOwnIntegerForms = true;

  [[nodiscard]] Result<std::vector<TensorType>> infer(Arguments inputs) const;
  void forward(ForwardContext& context) const;
  [[nodiscard]] QuantizationRule quantization(Arguments inputs) const;
  [[nodiscard]] Result<Lowered> lower(Arguments inputs, Arguments outputs) const;
  [[nodiscard]] int64_t macs(Arguments, Arguments) const { return 0; }
  [[nodiscard]] static std::vector<OpCase<ReadVariable>> cases();

  friend bool operator==(const ReadVariable&, const ReadVariable&) = default;
};

/// The variable holds the value from now on. Operands: the variable, which is state; the value. No output.
struct AssignVariable {
  static constexpr std::string_view kName = "assign_variable";
  static constexpr TfliteName kTflite{-1, 0};
  static constexpr bool kDifferentiable = false;
  static constexpr bool kOwnIntegerForms = true;

  [[nodiscard]] Result<std::vector<TensorType>> infer(Arguments inputs) const;
  void forward(ForwardContext& context) const;
  [[nodiscard]] QuantizationRule quantization(Arguments inputs) const;
  [[nodiscard]] Result<Lowered> lower(Arguments inputs, Arguments outputs) const;
  [[nodiscard]] int64_t macs(Arguments, Arguments) const { return 0; }
  [[nodiscard]] static std::vector<OpCase<AssignVariable>> cases();

  friend bool operator==(const AssignVariable&, const AssignVariable&) = default;
};

/// A call that sets `count` bytes of its only operand to `value`.
[[nodiscard]] KernelCall fill_bytes_call(size_t count, uint8_t value);
/// A call that copies `count` bytes of its first operand to its second.
[[nodiscard]] KernelCall copy_bytes_call(size_t count);
/// The same from a constant.
[[nodiscard]] KernelCall copy_constant_call(size_t count);

}  // namespace mote
