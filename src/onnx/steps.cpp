#include "onnx/steps.h"

#include <algorithm>
#include <cmath>

namespace mote {

namespace {

ValueId paddings(Importer& importer, const std::vector<int32_t>& before, const std::vector<int32_t>& after) {
  Tensor content(TensorType{DType::kInt32, {static_cast<int32_t>(before.size()), 2}, {}});
  for (size_t i = 0; i < before.size(); ++i) {
    content.as<int32_t>()[2 * i] = before[i];
    content.as<int32_t>()[2 * i + 1] = after[i];
  }
  return importer.constant(std::move(content));
}

bool all_equal(const std::vector<int32_t>& values, int32_t wanted) {
  return std::ranges::all_of(values, [&](int32_t v) { return v == wanted; });
}

/// The one element of a plain scalar of the value's type.
ValueId scalar_like(Importer& importer, ValueId id, float value) {
  Tensor content(TensorType{importer.dtype(id), {1}, {}});
  return importer.constant(from_floats(content.type, {&value, 1}));
}

}  // namespace

Result<ValueId> pad(Importer& importer, ValueId id, const std::vector<int32_t>& before,
                    const std::vector<int32_t>& after, float value) {
  if (all_equal(before, 0) && all_equal(after, 0)) return id;
  const ValueId amounts = paddings(importer, before, after);
  if (value == 0) return importer.add(Pad{}, {id, amounts});
  return importer.add(PadV2{}, {id, amounts, scalar_like(importer, id, value)});
}

Result<ValueId> pad_edges(Importer& importer, ValueId id, const std::vector<int32_t>& before,
                          const std::vector<int32_t>& after) {
  const auto at_most_one = [](int32_t amount) { return amount >= 0 && amount <= 1; };
  if (all_equal(before, 0) && all_equal(after, 0)) return id;
  if (std::ranges::all_of(before, at_most_one) && std::ranges::all_of(after, at_most_one)) {
    MirrorPad op;
    op.mode = MirrorMode::kSymmetric;
    return importer.add(op, {id, paddings(importer, before, after)});
  }
  for (size_t axis = 0; axis < before.size(); ++axis) {
    if (before[axis] == 0 && after[axis] == 0) continue;
    const int32_t extent = importer.shape(id)[axis];
    std::vector<int32_t> places;
    for (int32_t i = -before[axis]; i < extent + after[axis]; ++i) places.push_back(std::clamp(i, 0, extent - 1));
    MOTE_TRY_ASSIGN(id, take_along(importer, id, static_cast<int32_t>(axis), places));
  }
  return id;
}

Result<ValueId> slice(Importer& importer, ValueId id, std::vector<int32_t> begin, std::vector<int32_t> end,
                      std::vector<int32_t> step) {
  const Shape shape = importer.shape(id);
  if (step.empty()) step.assign(shape.size(), 1);
  if (all_equal(begin, 0) && end == shape && all_equal(step, 1)) return id;
  if (all_equal(step, 1)) {
    // An axis that is taken whole stays whole if the batch changes.
    for (size_t i = 0; i < end.size(); ++i) end[i] = begin[i] == 0 && end[i] == shape[i] ? -1 : end[i] - begin[i];
    return importer.add(Slice{}, {id, importer.constant(begin), importer.constant(end)});
  }
  StridedSlice op;
  for (size_t i = 0; i < step.size(); ++i)
    if (step[i] < 0 && end[i] < 0) op.end_mask |= 1 << i;
  return importer.add(op, {id, importer.constant(begin), importer.constant(end), importer.constant(step)});
}

Result<ValueId> take_along(Importer& importer, ValueId id, int32_t axis, const std::vector<int32_t>& places) {
  Gather op;
  op.axis = axis;
  return importer.add(op, {id, importer.constant(places)});
}

Result<ValueId> concatenate(Importer& importer, std::vector<ValueId> ids, int32_t axis) {
  if (ids.size() == 1) return ids[0];
  Concatenation op;
  op.axis = axis;
  return importer.add(op, std::move(ids));
}

Result<ValueId> expand(Importer& importer, ValueId id, const Shape& shape) {
  Shape from = importer.shape(id);
  if (from.size() > shape.size())
    return fail(ErrorCode::kBadInput, "{} cannot be expanded to {}", text(from), text(shape));
  from.insert(from.begin(), shape.size() - from.size(), 1);
  MOTE_TRY_ASSIGN(id, importer.reshape(id, from));
  std::vector<int32_t> times;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (from[i] != shape[i] && from[i] != 1)
      return fail(ErrorCode::kBadInput, "{} cannot be expanded to {}", text(from), text(shape));
    times.push_back(from[i] == shape[i] ? 1 : shape[i]);
  }
  if (all_equal(times, 1)) return id;
  return importer.add(Tile{}, {id, importer.constant(times)});
}

Result<ValueId> clamp(Importer& importer, ValueId id, float low, float high) {
  constexpr float kNoLow = -3.0e38f, kNoHigh = 3.0e38f;
  const bool has_low = low > kNoLow, has_high = high < kNoHigh;
  if (importer.dtype(id) == DType::kFloat32 && low == 0 && !has_high) return importer.add(Relu{}, {id});
  if (importer.dtype(id) == DType::kFloat32 && low == 0 && high == 6) return importer.add(Relu6{}, {id});
  if (importer.dtype(id) == DType::kFloat32 && low == 0 && high == 1) return importer.add(Relu0To1{}, {id});
  if (importer.dtype(id) == DType::kFloat32 && low == -1 && high == 1) return importer.add(ReluN1To1{}, {id});
  if (has_low) {
    MOTE_TRY_ASSIGN(id, importer.add(Maximum{}, {id, scalar_like(importer, id, low)}));
  }
  if (has_high) {
    MOTE_TRY_ASSIGN(id, importer.add(Minimum{}, {id, scalar_like(importer, id, high)}));
  }
  return id;
}

Result<ValueId> plus(Importer& importer, ValueId a, ValueId b) {
  return importer.add(Add{}, {a, b});
}

Result<ValueId> times(Importer& importer, ValueId a, ValueId b) {
  return importer.add(Mul{}, {a, b});
}

Result<ValueId> mean_over(Importer& importer, ValueId id, std::vector<int32_t> axes, bool keep) {
  Mean op;
  op.keep_dimensions = keep;
  return importer.add(op, {id, importer.constant(axes)});
}

Result<ValueId> dense(Importer& importer, ValueId input, ValueId weights, ValueId bias, bool keep_axes) {
  FullyConnected op;
  op.keep_dimensions = keep_axes;
  MOTE_TRY_ASSIGN(const ValueId stored, importer.layer_constant(weights));
  std::vector<ValueId> inputs{input, stored};
  if (bias != kNoValue) {
    MOTE_TRY_ASSIGN(const ValueId stored_bias, importer.layer_constant(bias));
    inputs.push_back(stored_bias);
  }
  return importer.add(op, std::move(inputs));
}

}  // namespace mote
