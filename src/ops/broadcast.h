#pragma once

#include "mote/rt/broadcast.h"
#include "ops/op.h"

namespace mote {

/// The shape of a pointwise function of two operands: aligned at the innermost dimension, extents equal or 1.
[[nodiscard]] Result<Shape> broadcast_shape(const Shape& a, const Shape& b);

/// How the kernels walk two operands of broadcastable shapes. Neighbouring dimensions that both operands walk alike are
/// merged. Refuses shapes that still need more than five dimensions.
[[nodiscard]] Result<rt::Broadcast> plan_broadcast(const Shape& a, const Shape& b);
/// The same for two operands of a call; constant ones are marked, as they are read in another way on some boards.
[[nodiscard]] Result<rt::Broadcast> plan_broadcast(const Argument& a, const Argument& b);

/// Calls visit(index in a, index in b, index in output) for every element of the output, in order.
template <class Visitor>
void for_each_pair(const Shape& a, const Shape& b, const Shape& output, Visitor&& visit) {
  const size_t rank = output.size();
  const auto strides = [&](const Shape& shape) {
    std::vector<int64_t> result(rank);
    int64_t stride = 1;
    for (size_t i = 0; i < shape.size(); ++i) {
      const int32_t extent = shape[shape.size() - 1 - i];
      if (extent != 1) result[rank - 1 - i] = stride;
      stride *= extent;
    }
    return result;
  };
  const std::vector<int64_t> a_strides = strides(a);
  const std::vector<int64_t> b_strides = strides(b);
  std::vector<int32_t> at(rank);
  int64_t i = 0;
  int64_t j = 0;
  for (int64_t o = 0, n = count(output); o < n; ++o) {
    visit(static_cast<size_t>(i), static_cast<size_t>(j), static_cast<size_t>(o));
    for (size_t d = rank; d-- > 0;) {
      i += a_strides[d];
      j += b_strides[d];
      if (++at[d] < output[d]) break;
      i -= a_strides[d] * output[d];
      j -= b_strides[d] * output[d];
      at[d] = 0;
    }
  }
}

}  // namespace mote
