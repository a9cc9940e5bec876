#pragma once

#include "ops/op.h"

namespace mote {

/// Height and width of an image resized by linear interpolation. Operands: input [batches][height][width][channels],
/// size (constant int32: new height, new width). Integers keep scale and zero point.
struct ResizeBilinear {
  bool align_corners = false;       ///< the outermost pixels of both images lie on each other
  bool half_pixel_centers = false;  ///< pixels are squares, their positions the centres; not with align_corners

  static constexpr std::string_view kName = "resize_bilinear";
  static constexpr TfliteName kTflite{23, 15};

  template <class Visitor>
  void fields(Visitor&& visit) {
    visit(2, "align_corners", align_corners);
    visit(3, "half_pixel_centers", half_pixel_centers);
  }

  [[nodiscard]] Result<std::vector<TensorType>> infer(Arguments inputs) const;
  void forward(ForwardContext& context) const;
  void backward(BackwardContext& context) const;
  [[nodiscard]] QuantizationRule quantization(Arguments inputs) const;
  [[nodiscard]] Result<Lowered> lower(Arguments inputs, Arguments outputs) const;
  [[nodiscard]] int64_t macs(Arguments, Arguments) const { return 0; }
  [[nodiscard]] static std::vector<OpCase<ResizeBilinear>> cases();

  friend bool operator==(const ResizeBilinear&, const ResizeBilinear&) = default;
};

}  // namespace mote
