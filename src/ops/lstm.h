#pragma once

#include "ops/op.h"

namespace mote {

/// The function of an LSTM's candidate and of its cell; values as in the `.tflite` schema.
enum class CellActivation : int8_t { kTanh = 4 };

/// Long short-term memory over a whole sequence. With sigmoid s, for each step:
///   gate_k = W_k x + R_k h + b_k for the four gates k: input i, forget f, cell g, output o
///   c = clip(s(f) c + s(i) tanh(g)), h = s(o) tanh(c); the output row is h
/// The hidden state h and the cell c start with what the last inference left, or with 0 after a reset.
///
/// Operands, by Place. All weights and biases are constants.
///   kInput            [batches][steps][inputs], or [steps][batches][inputs] where time_major
///   kInputWeights + k      W_k [units][inputs], k = 0 input, 1 forget, 2 cell, 3 output
///   kHiddenWeights + k     R_k [units][units]
///   kPeephole .. + 2       must be left out
///   kBias + k              b_k [units]
///   kProjection .. + 1     must be left out
///   kHidden           state, batches * units elements, of the input's type
///   kCell             state, batches * units elements; int16 with a scale that is a power of two in integer models
///   kNorm .. + 3           must be left out, or not be listed at all
/// Output: [batches][steps][units], or [steps][batches][units].
struct Lstm {
  CellActivation cell_activation = CellActivation::kTanh;
  float cell_clip = 0;        ///< the largest magnitude of the cell; 0: no limit
  float projection_clip = 0;  ///< kept for files; there is no projection
  bool time_major = false;
  bool asymmetric_quantize_inputs = false;  ///< kept for files; only hybrid models heed it
  bool diagonal_recurrent_tensors = false;  ///< must be false

  static constexpr std::string_view kName = "lstm";
  static constexpr TfliteName kTflite{44, 71};
  static constexpr bool kDifferentiable = false;
  static constexpr bool kOwnIntegerForms = true;
  enum Place : size_t {
    kInput = 0,
    kInputWeights = 1,
    kHiddenWeights = 5,
    kPeephole = 9,
    kBias = 12,
    kProjection = 16,
    kHidden = 18,
    kCell = 19,
    kNorm = 20,
    kOperands = 24
  };
  static constexpr size_t kGates = 4;

  template <class Visitor>
  void fields(Visitor&& visit) {
    visit(0, "activation", cell_activation);
    visit(1, "cell_clip", cell_clip);
    visit(2, "projection_clip", projection_clip);
    visit(3, "time_major", time_major);
    visit(4, "asymmetric_quantize_inputs", asymmetric_quantize_inputs);
    visit(5, "diagonal_recurrent_tensors", diagonal_recurrent_tensors);
  }

  [[nodiscard]] Result<std::vector<TensorType>> infer(Arguments inputs) const;
  void forward(ForwardContext& context) const;
  [[nodiscard]] QuantizationRule quantization(Arguments inputs) const;
  [[nodiscard]] Result<Lowered> lower(Arguments inputs, Arguments outputs) const;
  [[nodiscard]] int64_t macs(Arguments inputs, Arguments outputs) const;
  [[nodiscard]] static std::vector<OpCase<Lstm>> cases();

  friend bool operator==(const Lstm&, const Lstm&) = default;
};

}  // namespace mote
