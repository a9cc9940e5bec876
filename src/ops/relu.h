#pragma once

#include "ops/op.h"

namespace mote {

/// output = max(input, 0). Operand: input of any shape.
struct Relu {
  static constexpr std::string_view kName = "relu";
  static constexpr TfliteName kTflite{19, 0};

  template <class Visitor>
  void fields(Visitor&&) {}

  [[nodiscard]] Result<std::vector<TensorType>> infer(Arguments inputs) const;
  void forward(ForwardContext& context) const;
  void backward(BackwardContext& context) const;
  [[nodiscard]] QuantizationRule quantization(Arguments inputs) const;
  [[nodiscard]] Result<Lowered> lower(Arguments inputs, Arguments outputs) const;
  [[nodiscard]] int64_t macs(Arguments, Arguments) const { return 0; }
  [[nodiscard]] static std::vector<OpCase<Relu>> cases();

  friend bool operator==(const Relu&, const Relu&) = default;
};

/// output = min(max(input, 0), 6). Operand: input of any shape.
struct Relu6 {
  static constexpr std::string_view kName = "relu6";
  static constexpr TfliteName kTflite{21, 0};

  template <class Visitor>
  void fields(Visitor&&) {}

  [[nodiscard]] Result<std::vector<TensorType>> infer(Arguments inputs) const;
  void forward(ForwardContext& context) const;
  void backward(BackwardContext& context) const;
  [[nodiscard]] QuantizationRule quantization(Arguments inputs) const;
  [[nodiscard]] Result<Lowered> lower(Arguments inputs, Arguments outputs) const;
  [[nodiscard]] int64_t macs(Arguments, Arguments) const { return 0; }
  [[nodiscard]] static std::vector<OpCase<Relu6>> cases();

  friend bool operator==(const Relu6&, const Relu6&) = default;
};

}  // namespace mote
