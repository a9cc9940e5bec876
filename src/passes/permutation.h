#pragma once

#include <optional>
#include <span>
#include <vector>

#include "graph/graph.h"

namespace mote {

/// An order of axes: axis i of the result is axis order[i] of the source.
using Order = std::vector<int32_t>;

[[nodiscard]] Order identity_order(size_t rank);
[[nodiscard]] Order inverse(const Order& order);
/// The order of a transpose by `first` and then by `second`.
[[nodiscard]] Order compose(const Order& first, const Order& second);
[[nodiscard]] Shape permuted(const Shape& shape, const Order& order);
/// Whether a transpose of this shape leaves all elements where they are: only axes of extent 1 change places.
[[nodiscard]] bool moves_no_element(const Shape& shape, const Order& order);

/// The constant with its axes in another order; a scale for each index of an axis follows that axis.
[[nodiscard]] Tensor permuted(const Tensor& content, const Order& order);

/// The constant order of a Transpose node, if it is one.
[[nodiscard]] std::optional<Order> order_of(const Graph& graph, const Node& node);
[[nodiscard]] Tensor integers(std::span<const int32_t> content, Shape shape = {});

}  // namespace mote
