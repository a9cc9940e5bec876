#pragma once

#include "ops/op.h"

namespace mote {

/// output[b][y][x][c * multiplier + m] = activation(bias[..] + sum over the window's taps i, j of
///     input[b][..][..][c] * weights[0][i][j][c * multiplier + m])
/// Operands: input [batches][height][width][channels], weights [1][kernel_h][kernel_w][channels * multiplier],
/// bias [channels * multiplier] (optional). Inputs in the padding count as 0.
/// The members' defaults are those of the `.tflite` schema: strides must be set. The multiplier follows from the
/// shapes.
struct DepthwiseConv2d {
  Padding padding = Padding::kSame;
  int32_t stride_w = 0;
  int32_t stride_h = 0;
  int32_t depth_multiplier = 0;  ///< as files declare it; 0: not said
  Activation activation = Activation::kNone;
  int32_t dilation_w = 1;
  int32_t dilation_h = 1;

  static constexpr std::string_view kName = "depthwise_conv2d";
  static constexpr TfliteName kTflite{4, 2};

  template <class Visitor>
  void fields(Visitor&& visit) {
    visit(0, "padding", padding);
    visit(1, "stride_w", stride_w);
    visit(2, "stride_h", stride_h);
    visit(3, "depth_multiplier", depth_multiplier);
    visit(4, "activation", activation);
    visit(5, "dilation_w", dilation_w);
    visit(6, "dilation_h", dilation_h);
  }

  [[nodiscard]] Result<std::vector<TensorType>> infer(Arguments inputs) const;
  void forward(ForwardContext& context) const;
  void backward(BackwardContext& context) const;
  [[nodiscard]] QuantizationRule quantization(Arguments inputs) const;
  [[nodiscard]] Result<Lowered> lower(Arguments inputs, Arguments outputs) const;
  [[nodiscard]] int64_t macs(Arguments inputs, Arguments outputs) const;
  [[nodiscard]] static std::vector<OpCase<DepthwiseConv2d>> cases();

  friend bool operator==(const DepthwiseConv2d&, const DepthwiseConv2d&) = default;
};

}  // namespace mote
