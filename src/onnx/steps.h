#pragma once

#include "onnx/importer.h"

namespace mote {

/// The steps that converters are written in, each one op of the graph or a few.

/// Adds `before[i]` and `after[i]` elements of that value along each axis.
[[nodiscard]] Result<ValueId> pad(Importer& importer, ValueId id, const std::vector<int32_t>& before,
                                  const std::vector<int32_t>& after, float value = 0);
/// The same with repetitions of the outermost elements.
[[nodiscard]] Result<ValueId> pad_edges(Importer& importer, ValueId id, const std::vector<int32_t>& before,
                                        const std::vector<int32_t>& after);
/// Elements begin[i], begin[i] + step[i], ... below end[i] (above it, if the step is negative) along each axis; -1 as
/// an end of a negative step stands for "to the first".
[[nodiscard]] Result<ValueId> slice(Importer& importer, ValueId id, std::vector<int32_t> begin,
                                    std::vector<int32_t> end, std::vector<int32_t> step = {});
/// The elements at constant places along an axis.
[[nodiscard]] Result<ValueId> take_along(Importer& importer, ValueId id, int32_t axis,
                                         const std::vector<int32_t>& places);
[[nodiscard]] Result<ValueId> concatenate(Importer& importer, std::vector<ValueId> ids, int32_t axis);
/// Repeats a value until it has this shape, by the rules of broadcasting.
[[nodiscard]] Result<ValueId> expand(Importer& importer, ValueId id, const Shape& shape);

/// min(max(value, low), high); infinite bounds are left out.
[[nodiscard]] Result<ValueId> clamp(Importer& importer, ValueId id, float low, float high);
/// Sum and product of two values, with broadcasting.
[[nodiscard]] Result<ValueId> plus(Importer& importer, ValueId a, ValueId b);
[[nodiscard]] Result<ValueId> times(Importer& importer, ValueId a, ValueId b);
/// The mean over `axes`, which stay with extent 1 or go.
[[nodiscard]] Result<ValueId> mean_over(Importer& importer, ValueId id, std::vector<int32_t> axes, bool keep);

/// weights [outputs][depth] times each row of the last axis, plus the bias (kNoValue: none).
[[nodiscard]] Result<ValueId> dense(Importer& importer, ValueId input, ValueId weights, ValueId bias, bool keep_axes);

}  // namespace mote
