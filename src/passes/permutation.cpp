#include "passes/permutation.h"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace mote {

Order identity_order(size_t rank) {
  Order order(rank);
  std::iota(order.begin(), order.end(), 0);
  return order;
}

Order inverse(const Order& order) {
  Order result(order.size());
  for (size_t i = 0; i < order.size(); ++i) result[static_cast<size_t>(order[i])] = static_cast<int32_t>(i);
  return result;
}

Order compose(const Order& first, const Order& second) {
  Order result;
  for (const int32_t axis : second) result.push_back(first[static_cast<size_t>(axis)]);
  return result;
}

Shape permuted(const Shape& shape, const Order& order) {
  Shape result;
  for (const int32_t axis : order) result.push_back(shape[static_cast<size_t>(axis)]);
  return result;
}

bool moves_no_element(const Shape& shape, const Order& order) {
  int32_t last = -1;
  for (const int32_t axis : order) {
    if (shape[static_cast<size_t>(axis)] == 1) continue;
    if (axis < last) return false;
    last = axis;
  }
  return true;
}

Tensor permuted(const Tensor& content, const Order& order) {
  const Shape& from = content.type.shape;
  const size_t rank = from.size();
  std::vector<size_t> steps(rank, 1);
  for (size_t i = rank; i-- > 1;) steps[i - 1] = steps[i] * static_cast<size_t>(from[i]);
  TensorType type = content.type;
  std::vector<size_t> step(rank);
  for (size_t i = 0; i < rank; ++i) {
    type.shape[i] = from[static_cast<size_t>(order[i])];
    step[i] = steps[static_cast<size_t>(order[i])];
    if (content.type.quantization.per_channel() && order[i] == content.type.quantization.axis)
      type.quantization.axis = static_cast<int32_t>(i);
  }
  Tensor result(std::move(type));
  const size_t width = static_cast<size_t>(bits(content.type.dtype)) / 8;
  std::vector<int32_t> index(rank);
  size_t source = 0;
  for (size_t at = 0; at < result.data.size(); at += width) {
    std::memcpy(&result.data[at], &content.data[source * width], width);
    for (size_t i = rank; i-- > 0;) {
      source += step[i];
      if (++index[i] < result.type.shape[i]) break;
      source -= step[i] * static_cast<size_t>(index[i]);
      index[i] = 0;
    }
  }
  return result;
}

std::optional<Order> order_of(const Graph& graph, const Node& node) {
  if (!std::holds_alternative<Transpose>(node.op) || node.inputs.size() < 2 || node.inputs[1] == kNoValue)
    return std::nullopt;
  const auto& content = graph.value(node.inputs[1]).constant;
  if (!content || content->type.dtype != DType::kInt32) return std::nullopt;
  const auto elements = content->as<int32_t>();
  Order order(elements.begin(), elements.end());
  const auto rank = static_cast<int32_t>(order.size());
  for (int32_t& axis : order) axis = axis < 0 ? axis + rank : axis;
  return order;
}

Tensor integers(std::span<const int32_t> content, Shape shape) {
  if (shape.empty()) shape = {static_cast<int32_t>(content.size())};
  Tensor result(TensorType{DType::kInt32, std::move(shape), {}});
  std::ranges::copy(content, result.as<int32_t>().begin());
  return result;
}

}  // namespace mote
