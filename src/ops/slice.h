#pragma once

#include "ops/movement.h"

namespace mote {

/// A block of the input. Operands: input, begin, size (constant, one entry a dimension; size -1: to the end).
struct Slice : MovementOp<Slice> {
  static constexpr std::string_view kName = "slice";
  static constexpr TfliteName kTflite{65, 48};

  [[nodiscard]] Result<Movement> movement(Arguments inputs) const;
  [[nodiscard]] static std::vector<OpCase<Slice>> cases();
  friend bool operator==(const Slice&, const Slice&) = default;
};

/// Every stride-th element from begin to before end, along each dimension. Operands: input, begin, end, strides
/// (constant, one entry a dimension or fewer). Bit i of a mask is about entry i; masks and defaults as in TensorFlow.
struct StridedSlice : MovementOp<StridedSlice> {
  int32_t begin_mask = 0;        ///< begin at the first element (the last, for negative strides)
  int32_t end_mask = 0;          ///< go on to the last element (the first)
  int32_t ellipsis_mask = 0;     ///< this entry stands for all dimensions that no other entry names
  int32_t new_axis_mask = 0;     ///< this entry names no dimension, it adds one of extent 1
  int32_t shrink_axis_mask = 0;  ///< take the element at begin; the dimension goes
  bool offset = false;           ///< end counts from begin

  static constexpr std::string_view kName = "strided_slice";
  static constexpr TfliteName kTflite{45, 32};

  template <class Visitor>
  void fields(Visitor&& visit) {
    visit(0, "begin_mask", begin_mask);
    visit(1, "end_mask", end_mask);
    visit(2, "ellipsis_mask", ellipsis_mask);
    visit(3, "new_axis_mask", new_axis_mask);
    visit(4, "shrink_axis_mask", shrink_axis_mask);
    visit(5, "offset", offset);
  }

  [[nodiscard]] Result<Movement> movement(Arguments inputs) const;
  [[nodiscard]] static std::vector<OpCase<StridedSlice>> cases();
  friend bool operator==(const StridedSlice&, const StridedSlice&) = default;
};

/// The input with the order turned round along some dimensions. Operands: input, axes (constant).
struct Reverse : MovementOp<Reverse> {
  static constexpr std::string_view kName = "reverse";
  static constexpr TfliteName kTflite{105, 81};

  [[nodiscard]] Result<Movement> movement(Arguments inputs) const;
  [[nodiscard]] static std::vector<OpCase<Reverse>> cases();
  friend bool operator==(const Reverse&, const Reverse&) = default;
};

}  // namespace mote
