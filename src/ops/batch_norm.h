#pragma once

#include "ops/op.h"

namespace mote {

/// output[0][r][c] = (input[r][c] - mean[c]) / sqrt(variance[c] + epsilon) * scale[c] + offset[c], for every position r
/// of all axes but the last (Ioffe and Szegedy 2015).
/// Operands: input [..., channels]; scale, offset, running mean and running variance [channels], the last two constants
/// that training moves but no gradient does.
/// In training mean and variance (divided by the number of positions, not one less) are the batch's own; outputs 1 and
/// 2 hold them, so that whoever trains can move the running ones by moved_statistic. In inference they are the running
/// ones, and outputs 1 and 2 repeat them.
/// Exists only in float graphs: before a model is compiled it folds into the layer in front by inference_form.
struct BatchNorm {
  float momentum = 0.9f;  ///< in [0, 1): what a step keeps of the running statistics
  float epsilon = 1e-3f;  ///< > 0

  static constexpr std::string_view kName = "batch_norm";
  static constexpr TfliteName kTflite{-1, 0};
  static constexpr size_t kRunningMean = 3, kRunningVariance = 4;  ///< operands
  static constexpr size_t kBatchMean = 1, kBatchVariance = 2;      ///< outputs

  template <class Visitor>
  void fields(Visitor&& visit) {
    visit(kNoSlot, "momentum", momentum);
    visit(kNoSlot, "epsilon", epsilon);
  }

  /// A running statistic after a batch whose own is `batch`.
  [[nodiscard]] float moved_statistic(float running, float batch) const {
    return momentum * running + (1 - momentum) * batch;
  }

  /// What inference computes: output[c] = factor[c] * input[c] + offset[c].
  struct Affine {
    std::vector<float> factor, offset;
  };
  [[nodiscard]] Affine inference_form(std::span<const float> scale, std::span<const float> offset,
                                      std::span<const float> mean, std::span<const float> variance) const;

  [[nodiscard]] Result<std::vector<TensorType>> infer(Arguments inputs) const;
  void forward(ForwardContext& context) const;
  void backward(BackwardContext& context) const;
  [[nodiscard]] QuantizationRule quantization(Arguments inputs) const;
  [[nodiscard]] Result<Lowered> lower(Arguments inputs, Arguments outputs) const;
  [[nodiscard]] int64_t macs(Arguments, Arguments) const { return 0; }
  [[nodiscard]] static std::vector<OpCase<BatchNorm>> cases();

  friend bool operator==(const BatchNorm&, const BatchNorm&) = default;
};

}  // namespace mote
