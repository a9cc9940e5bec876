#pragma once

#include "ops/op.h"

namespace mote {

/// Picks slices along an axis: result[batch..., outer..., i..., inner...] = input[batch..., outer..., indices[batch...,
/// i...], inner...]. Operands: input, indices (int32, or constant int64). Indices that are computed at run time and lie
/// outside become the nearest inside; constant ones are refused.
struct Gather {
  int32_t axis = 0;
  int32_t batch_dims = 0;  ///< outer dimensions that input and indices share

  static constexpr std::string_view kName = "gather";
  static constexpr TfliteName kTflite{36, 23};

  template <class Visitor>
  void fields(Visitor&& visit) {
    visit(0, "axis", axis);
    visit(1, "batch_dims", batch_dims);
  }

  [[nodiscard]] Result<std::vector<TensorType>> infer(Arguments inputs) const;
  void forward(ForwardContext& context) const;
  void backward(BackwardContext& context) const;
  [[nodiscard]] QuantizationRule quantization(Arguments inputs) const;
  [[nodiscard]] Result<Lowered> lower(Arguments inputs, Arguments outputs) const;
  [[nodiscard]] int64_t macs(Arguments, Arguments) const { return 0; }
  [[nodiscard]] static std::vector<OpCase<Gather>> cases();

  friend bool operator==(const Gather&, const Gather&) = default;
};

/// Picks slices by index vectors: result[i..., inner...] = input[indices[i...], inner...], where indices[i...] names an
/// element of the outermost dimensions. Operands: input, indices (as for Gather).
struct GatherNd {
  static constexpr std::string_view kName = "gather_nd";
  static constexpr TfliteName kTflite{107, 83};

  [[nodiscard]] Result<std::vector<TensorType>> infer(Arguments inputs) const;
  void forward(ForwardContext& context) const;
  void backward(BackwardContext& context) const;
  [[nodiscard]] QuantizationRule quantization(Arguments inputs) const;
  [[nodiscard]] Result<Lowered> lower(Arguments inputs, Arguments outputs) const;
  [[nodiscard]] int64_t macs(Arguments, Arguments) const { return 0; }
  [[nodiscard]] static std::vector<OpCase<GatherNd>> cases();

  friend bool operator==(const GatherNd&, const GatherNd&) = default;
};

/// An image of other extents, each pixel the nearest of the input's. Operands: input [n][h][w][c], size (constant,
/// height and width). Where the nearest pixel lies follows the two attributes as in the `.tflite` schema.
struct ResizeNearest {
  bool align_corners = false;
  bool half_pixel_centers = false;

  static constexpr std::string_view kName = "resize_nearest_neighbor";
  static constexpr TfliteName kTflite{97, 74};

  template <class Visitor>
  void fields(Visitor&& visit) {
    visit(0, "align_corners", align_corners);
    visit(1, "half_pixel_centers", half_pixel_centers);
  }

  [[nodiscard]] Result<std::vector<TensorType>> infer(Arguments inputs) const;
  void forward(ForwardContext& context) const;
  void backward(BackwardContext& context) const;
  [[nodiscard]] QuantizationRule quantization(Arguments inputs) const;
  [[nodiscard]] Result<Lowered> lower(Arguments inputs, Arguments outputs) const;
  [[nodiscard]] int64_t macs(Arguments, Arguments) const { return 0; }
  [[nodiscard]] static std::vector<OpCase<ResizeNearest>> cases();

  friend bool operator==(const ResizeNearest&, const ResizeNearest&) = default;
};

}  // namespace mote
