#pragma once

#include <optional>
#include <span>

#include "graph/graph.h"

namespace mote {

/// A float mul or add (whatever activation it carries) of a value and a constant with one element a channel (the
/// last axis).
struct ChannelStep {
  ValueId input;
  ValueId constant;
};

/// The parts of `node` if it is a Mul (T = Mul) or Add (T = Add) of that kind.
template <class T>
[[nodiscard]] std::optional<ChannelStep> channel_step(const Graph& graph, const Node& node);

/// True if `node` is a float layer with constant weights (convolution, fully connected) and no fused activation, so
/// that a factor and an offset for each of its channels can move into weights and bias.
[[nodiscard]] bool takes_channel_affine(const Graph& graph, const Node& node);

/// Makes the layer at `node` compute factor[c] * what it computed + offset[c]. Weights and bias become constants of
/// their own, since others may read the old ones; a missing bias is added.
void fold_channel_affine(Graph& graph, size_t node, std::span<const float> factor, std::span<const float> offset);

}  // namespace mote
