#pragma once

#include "ops/op.h"

namespace mote {

/// output[b][y][x][o] = activation(bias[o] + sum over the window's taps i, j and channels c of
///     input[b][y * stride_h - top + i * dilation_h][x * stride_w - left + j * dilation_w][c] * weights[o][i][j][c])
/// Operands: input [batches][height][width][channels], weights [outputs][kernel_h][kernel_w][channels], bias [outputs]
/// (optional). A convolution along time has height 1. Inputs in the padding count as 0.
/// The members' defaults are those of the `.tflite` schema: strides must be set.
struct Conv2d {
  Padding padding = Padding::kSame;
  int32_t stride_w = 0;
  int32_t stride_h = 0;
  Activation activation = Activation::kNone;
  int32_t dilation_w = 1;
  int32_t dilation_h = 1;

  static constexpr std::string_view kName = "conv2d";
  static constexpr TfliteName kTflite{3, 1};

  template <class Visitor>
  void fields(Visitor&& visit) {
    visit(0, "padding", padding);
    visit(1, "stride_w", stride_w);
    visit(2, "stride_h", stride_h);
    visit(3, "activation", activation);
    visit(4, "dilation_w", dilation_w);
    visit(5, "dilation_h", dilation_h);
  }

  [[nodiscard]] Result<std::vector<TensorType>> infer(Arguments inputs) const;
  void forward(ForwardContext& context) const;
  void backward(BackwardContext& context) const;
  [[nodiscard]] QuantizationRule quantization(Arguments inputs) const;
  [[nodiscard]] Result<Lowered> lower(Arguments inputs, Arguments outputs) const;
  [[nodiscard]] int64_t macs(Arguments inputs, Arguments outputs) const;
  [[nodiscard]] static std::vector<OpCase<Conv2d>> cases();

  friend bool operator==(const Conv2d&, const Conv2d&) = default;
};

}  // namespace mote
