#pragma once

#include "ops/op.h"

namespace mote {

/// A constant axis (one int32 or int64; negative ones count from the last) as an index below the rank.
[[nodiscard]] Result<size_t> constant_axis(const Shape& shape, const Tensor* operand);

/// A shape seen from one axis: [outer][depth][inner].
struct AxisExtents {
  int32_t outer, depth, inner;
};
[[nodiscard]] AxisExtents extents_at(const Shape& shape, size_t axis);

/// A constant list of int32.
[[nodiscard]] Tensor int32_tensor(Shape shape, std::vector<int32_t> content);

}  // namespace mote
