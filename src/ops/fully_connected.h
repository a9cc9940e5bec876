#pragma once

#include "ops/op.h"

namespace mote {

/// output[b][o] = activation(bias[o] + sum over d of input[b][d] * weights[o][d])
/// Operands: input [..., depth] flattened to [batches][depth], weights [outputs][depth], bias [outputs] (optional).
struct FullyConnected {
  Activation activation = Activation::kNone;
  bool keep_dimensions = false;  ///< the output keeps the input's leading extents instead of [batches][outputs]

  static constexpr std::string_view kName = "fully_connected";
  static constexpr TfliteName kTflite{9, 8};

  template <class Visitor>
  void fields(Visitor&& visit) {
    visit(0, "activation", activation);
    visit(2, "keep_dimensions", keep_dimensions);
  }

  [[nodiscard]] Result<std::vector<TensorType>> infer(Arguments inputs) const;
  void forward(ForwardContext& context) const;
  void backward(BackwardContext& context) const;
  [[nodiscard]] QuantizationRule quantization(Arguments inputs) const;
  [[nodiscard]] Result<Lowered> lower(Arguments inputs, Arguments outputs) const;
  [[nodiscard]] int64_t macs(Arguments inputs, Arguments outputs) const;
  [[nodiscard]] static std::vector<OpCase<FullyConnected>> cases();

  friend bool operator==(const FullyConnected&, const FullyConnected&) = default;
};

}  // namespace mote
