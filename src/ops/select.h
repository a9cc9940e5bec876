#pragma once

#include "ops/op.h"

namespace mote {

namespace internal {
/// `by_rows`: a condition of one dimension chooses along the first, not the last.
[[nodiscard]] Result<std::vector<TensorType>> infer_select(bool by_rows, Arguments inputs);
void forward_select(bool by_rows, ForwardContext& context);
void backward_select(bool by_rows, BackwardContext& context);
[[nodiscard]] Result<Lowered> lower_select(bool by_rows, Arguments inputs, Arguments outputs);
}  // namespace internal

/// a where the condition holds, else b. Operands: condition (bool), a, b, of one type; smaller ones repeat along
/// dimensions of extent 1 and missing outer ones. In integers a, b and the output share scale and zero point.
struct SelectV2 {
  static constexpr std::string_view kName = "select_v2";
  static constexpr TfliteName kTflite{123, 98};

  [[nodiscard]] Result<std::vector<TensorType>> infer(Arguments inputs) const {
    return internal::infer_select(false, inputs);
  }
  void forward(ForwardContext& context) const { internal::forward_select(false, context); }
  void backward(BackwardContext& context) const { internal::backward_select(false, context); }
  [[nodiscard]] QuantizationRule quantization(Arguments) const {
    return QuantizationRule::shared({kKeptOperand, kActivationOperand, kActivationOperand});
  }
  [[nodiscard]] Result<Lowered> lower(Arguments inputs, Arguments outputs) const {
    return internal::lower_select(false, inputs, outputs);
  }
  [[nodiscard]] int64_t macs(Arguments, Arguments) const { return 0; }
  [[nodiscard]] static std::vector<OpCase<SelectV2>> cases();

  friend bool operator==(const SelectV2&, const SelectV2&) = default;
};

/// As SelectV2, with a and b of one shape and a condition of that shape, of one element, or of one dimension: then it
/// chooses whole rows of the first dimension.
struct Select {
  static constexpr std::string_view kName = "select";
  static constexpr TfliteName kTflite{64, 47};

  [[nodiscard]] Result<std::vector<TensorType>> infer(Arguments inputs) const {
    return internal::infer_select(true, inputs);
  }
  void forward(ForwardContext& context) const { internal::forward_select(true, context); }
  void backward(BackwardContext& context) const { internal::backward_select(true, context); }
  [[nodiscard]] QuantizationRule quantization(Arguments) const {
    return QuantizationRule::shared({kKeptOperand, kActivationOperand, kActivationOperand});
  }
  [[nodiscard]] Result<Lowered> lower(Arguments inputs, Arguments outputs) const {
    return internal::lower_select(true, inputs, outputs);
  }
  [[nodiscard]] int64_t macs(Arguments, Arguments) const { return 0; }
  [[nodiscard]] static std::vector<OpCase<Select>> cases();

  friend bool operator==(const Select&, const Select&) = default;
};

}  // namespace mote
