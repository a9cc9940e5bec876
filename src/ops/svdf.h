#pragma once

#include "ops/op.h"

namespace mote {

/// Singular value decomposition filter, a streaming layer: every filter weighs the input into one number, remembers
/// the last `memory` of them and weighs those; `rank` neighbours add up to one output.
/// Operands: input [batches][inputs]; feature weights [filters][inputs]; time weights [filters][memory]; bias
/// [filters / rank], may be left out; state [batches][filters * memory], oldest number first. Output
/// [batches][filters / rank].
struct Svdf {
  int32_t rank = 1;
  Activation clamp = Activation::kNone;     ///< in float; the integer form keeps int8's range, as the reference does
  bool asymmetric_quantize_inputs = false;  ///< kept for files; only hybrid models heed it

  static constexpr std::string_view kName = "svdf";
  static constexpr TfliteName kTflite{27, 6};
  static constexpr bool kDifferentiable = false;
  static constexpr bool kOwnIntegerForms = true;
  enum Place : size_t { kInput, kFeatures, kTimes, kBias, kState };

  template <class Visitor>
  void fields(Visitor&& visit) {
    visit(0, "rank", rank);
    visit(1, "activation", clamp);
    visit(2, "asymmetric_quantize_inputs", asymmetric_quantize_inputs);
  }

  [[nodiscard]] Result<std::vector<TensorType>> infer(Arguments inputs) const;
  void forward(ForwardContext& context) const;
  [[nodiscard]] QuantizationRule quantization(Arguments inputs) const;
  [[nodiscard]] Result<Lowered> lower(Arguments inputs, Arguments outputs) const;
  [[nodiscard]] int64_t macs(Arguments inputs, Arguments outputs) const;
  [[nodiscard]] static std::vector<OpCase<Svdf>> cases();

  friend bool operator==(const Svdf&, const Svdf&) = default;
};

}  // namespace mote
