#pragma once

#include "ops/op.h"

namespace mote {

/// The adjoint of a convolution: every input pixel spreads over a window of outputs.
/// output[b][y][x][o] = activation(bias[o] + sum over taps i, j, channels c and the inputs v, u with
///     y = v * stride_h - top + i and x = u * stride_w - left + j of input[b][v][u][c] * weights[o][i][j][c])
/// Operands: output shape int32[4], weights [outputs][kernel_h][kernel_w][channels], input
/// [batches][height][width][channels], bias [outputs] (optional). The padding is that of a convolution from the output
/// back to the input. Batches and channels of the output follow from the other operands.
struct TransposeConv {
  Padding padding = Padding::kSame;
  int32_t stride_w = 0;
  int32_t stride_h = 0;
  Activation activation = Activation::kNone;
  int32_t output_h = 0;  ///< what counts where the output shape is no constant: the file's declared output
  int32_t output_w = 0;

  static constexpr std::string_view kName = "transpose_conv";
  static constexpr TfliteName kTflite{67, 49};

  template <class Visitor>
  void fields(Visitor&& visit) {
    visit(0, "padding", padding);
    visit(1, "stride_w", stride_w);
    visit(2, "stride_h", stride_h);
    visit(3, "activation", activation);
    visit(kNoSlot, "output_h", output_h);
    visit(kNoSlot, "output_w", output_w);
  }

  [[nodiscard]] Result<std::vector<TensorType>> infer(Arguments inputs) const;
  void forward(ForwardContext& context) const;
  void backward(BackwardContext& context) const;
  [[nodiscard]] QuantizationRule quantization(Arguments inputs) const;
  [[nodiscard]] Result<Lowered> lower(Arguments inputs, Arguments outputs) const;
  [[nodiscard]] int64_t macs(Arguments inputs, Arguments outputs) const;
  [[nodiscard]] static std::vector<OpCase<TransposeConv>> cases();

  friend bool operator==(const TransposeConv&, const TransposeConv&) = default;
};

}  // namespace mote
