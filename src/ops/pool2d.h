#pragma once

#include "ops/op.h"

namespace mote {

/// A window that slides over [batches][height][width][channels], each channel on its own. A pool along time has
/// height 1. Int8 output has the input's scale and zero point. The defaults are those of the `.tflite` schema: strides
/// and extents must be set.
struct Pool2dAttributes {
  Padding padding = Padding::kSame;
  int32_t stride_w = 0;
  int32_t stride_h = 0;
  int32_t filter_w = 0;
  int32_t filter_h = 0;
  Activation activation = Activation::kNone;

  template <class Visitor>
  void fields(Visitor&& visit) {
    visit(0, "padding", padding);
    visit(1, "stride_w", stride_w);
    visit(2, "stride_h", stride_h);
    visit(3, "filter_w", filter_w);
    visit(4, "filter_h", filter_h);
    visit(5, "activation", activation);
  }

  [[nodiscard]] Result<std::vector<TensorType>> infer(Arguments inputs) const;
  [[nodiscard]] QuantizationRule quantization(Arguments inputs) const;
  [[nodiscard]] int64_t macs(Arguments, Arguments) const { return 0; }

  friend bool operator==(const Pool2dAttributes&, const Pool2dAttributes&) = default;
};

/// The largest element of the window; elements in the padding do not count.
struct MaxPool2d : Pool2dAttributes {
  static constexpr std::string_view kName = "max_pool2d";
  static constexpr TfliteName kTflite{17, 5};

  void forward(ForwardContext& context) const;
  void backward(BackwardContext& context) const;
  [[nodiscard]] Result<Lowered> lower(Arguments inputs, Arguments outputs) const;
  [[nodiscard]] static std::vector<OpCase<MaxPool2d>> cases();

  friend bool operator==(const MaxPool2d&, const MaxPool2d&) = default;
};

/// The mean of the window's elements that exist.
struct AveragePool2d : Pool2dAttributes {
  static constexpr std::string_view kName = "average_pool2d";
  static constexpr TfliteName kTflite{1, 5};

  void forward(ForwardContext& context) const;
  void backward(BackwardContext& context) const;
  [[nodiscard]] Result<Lowered> lower(Arguments inputs, Arguments outputs) const;
  [[nodiscard]] static std::vector<OpCase<AveragePool2d>> cases();

  friend bool operator==(const AveragePool2d&, const AveragePool2d&) = default;
};

}  // namespace mote
