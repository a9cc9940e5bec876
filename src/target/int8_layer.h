#pragma once

#include <cstdint>
#include <numeric>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "target/kernel.h"
#include "target/short_requantization.h"

namespace mote {

/// An int8 layer with weights, channel by channel.
struct Int8Layer {
  int32_t outputs = 0, depth = 0;   ///< depth: inputs of an output
  std::span<const int8_t> weights;  ///< [outputs][depth]
  std::vector<int32_t> order;       ///< of a column: which input stands there, -1: none
  std::span<const int32_t> bias;    ///< [outputs], with the input's zero point inside
  std::span<const int32_t> factors;
  int32_t factor_stride = 2;
  int32_t output_zero_point = 0;

  [[nodiscard]] std::span<const int8_t> filter(int32_t output) const {
    return weights.subspan(static_cast<size_t>(output) * static_cast<size_t>(depth), static_cast<size_t>(depth));
  }
};

/// A depthwise layer's weights, which lie tap by tap, filter by filter; the input's zero point inside its bias.
struct Filters {
  std::vector<int8_t> weights;
  std::vector<int32_t> bias;
};
[[nodiscard]] Filters filters_of(const Int8Layer& depthwise, int32_t input_zero_point);

/// How an output is requantized, with all accumulators that inputs can bring about.
[[nodiscard]] RequantizedChannel channel_of(const Int8Layer& layer, int32_t output);

namespace internal {
template <class T>
std::span<const T> elements(const Constant& constant) {
  return {reinterpret_cast<const T*>(constant.bytes.data()), constant.bytes.size() / sizeof(T)};
}
}  // namespace internal

/// The call's constants as a layer; operands are input, weights, bias, factors, output. Nothing if it is another call.
template <class Parameters>
std::optional<Int8Layer> layer_of(const Lowered& lowered, std::string_view kernel) {
  if (lowered.calls.size() != 1 || lowered.calls[0].kernel->name != kernel) return std::nullopt;
  const KernelCall& call = lowered.calls[0];
  const auto constant = [&](size_t operand) -> const Constant& {
    return lowered.constants[static_cast<size_t>(call.operands[operand].index)];
  };
  for (const size_t operand : {1u, 2u, 3u})
    if (call.operands[operand].kind != Operand::Kind::kConstant) return std::nullopt;
  const auto& p = *static_cast<const Parameters*>(call.parameters.get());
  Int8Layer layer;
  layer.weights = internal::elements<int8_t>(constant(1));
  layer.bias = internal::elements<int32_t>(constant(2));
  layer.factors = internal::elements<int32_t>(constant(3));
  layer.factor_stride = p.end.factor_stride;
  layer.output_zero_point = p.end.stage.zero_point;
  layer.outputs = static_cast<int32_t>(layer.bias.size());
  layer.depth = static_cast<int32_t>(layer.weights.size() / layer.bias.size());
  layer.order.resize(static_cast<size_t>(layer.depth));
  std::iota(layer.order.begin(), layer.order.end(), 0);
  return layer;
}

}  // namespace mote
