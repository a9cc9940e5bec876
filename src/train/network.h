#pragma once

#include <string>

#include "graph/graph.h"
#include "train/layer.h"

namespace mote {

/// What a network is built for.
struct NetworkPurpose {
  int32_t length = 0;  ///< time steps of a window
  int32_t channels = 0;
  int32_t outputs = 0;     ///< classes, or numbers to predict
  bool classifies = true;  ///< ends with a softmax, which is added if the layers do not name one
};

/// The layers as a float graph of batch 1 with seeded initial weights: uniform within sqrt(6 / fan in) where a ReLU
/// follows (He 2015), within sqrt(6 / (fan in + fan out)) elsewhere (Glorot 2010); biases uniform
/// within 1 / sqrt(fan in), so that the kinks of few ReLUs on few inputs do not all stand in one place.
///
/// The input is [1][1][length][channels], ready for convolutions along time; [1][length * channels] if the first layer
/// is dense; a first layer "reshape" only declares another shape. A dense layer flattens what it gets, so that
/// "flatten" costs nothing. An error names the layer.
[[nodiscard]] Result<Graph> build_network(const ModelConfig& config, const NetworkPurpose& purpose, std::string name);

}  // namespace mote
