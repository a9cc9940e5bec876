#pragma once

#include <Eigen/Core>
#include <span>

#include "ops/op.h"

namespace mote {

using RowMatrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using MatrixMap = Eigen::Map<RowMatrix>;
using ConstMatrixMap = Eigen::Map<const RowMatrix>;

/// Elements as a row-major matrix of `columns` columns.
[[nodiscard]] inline ConstMatrixMap matrix(std::span<const float> data, int64_t columns) {
  return {data.data(), static_cast<Eigen::Index>(data.size()) / columns, columns};
}
[[nodiscard]] inline MatrixMap matrix(std::span<float> data, int64_t columns) {
  return {data.data(), static_cast<Eigen::Index>(data.size()) / columns, columns};
}

/// Applies a fused activation in place.
void apply_activation(Activation activation, std::span<float> values);

/// `gradient` with zeros where the fused activation was flat; `output` is the activated value.
[[nodiscard]] std::vector<float> activation_gradient(Activation activation, std::span<const float> output,
                                                     std::span<const float> gradient);

/// The same without a copy of its own: the gradient itself where there is no activation, else a buffer of this thread
/// that holds until the next call.
[[nodiscard]] std::span<const float> masked_gradient(Activation activation, std::span<const float> output,
                                                     std::span<const float> gradient);

/// Every row of `columns` elements becomes `row`, or 0 if that is empty.
void fill_rows(std::span<float> matrix, std::span<const float> row, int64_t columns);
/// Adds every row of `matrix` to `sum`, whose size is a row's.
void add_rows(std::span<const float> matrix, std::span<float> sum);

}  // namespace mote
