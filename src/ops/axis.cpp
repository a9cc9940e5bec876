#include "ops/axis.h"

#include <algorithm>

namespace mote {

Result<size_t> constant_axis(const Shape& shape, const Tensor* operand) {
  const bool integer =
      operand != nullptr && (operand->type.dtype == DType::kInt32 || operand->type.dtype == DType::kInt64);
  if (!integer || count(operand->type.shape) != 1)
    return fail(ErrorCode::kUnsupported, "an axis that is not one constant int32 or int64");
  const int64_t stored = operand->type.dtype == DType::kInt32 ? operand->as<int32_t>()[0] : operand->as<int64_t>()[0];
  const auto rank = static_cast<int64_t>(shape.size());
  if (stored < -rank || stored >= rank)
    return fail(ErrorCode::kBadInput, "axis {} of an input of shape {}", stored, text(shape));
  return static_cast<size_t>(stored < 0 ? stored + rank : stored);
}

AxisExtents extents_at(const Shape& shape, size_t axis) {
  const auto at = shape.begin() + static_cast<ptrdiff_t>(axis);
  return {static_cast<int32_t>(count(Shape(shape.begin(), at))), *at,
          static_cast<int32_t>(count(Shape(at + 1, shape.end())))};
}

Tensor int32_tensor(Shape shape, std::vector<int32_t> content) {
  Tensor tensor({DType::kInt32, std::move(shape), {}});
  std::ranges::copy(content, tensor.as<int32_t>().begin());
  return tensor;
}

}  // namespace mote
