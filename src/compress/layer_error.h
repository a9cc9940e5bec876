#pragma once

#include <span>
#include <string>
#include <vector>

#include "graph/graph.h"

namespace mote {

/// How far the int8 values of one layer lie from the float model's, over all windows.
struct LayerError {
  std::string op;
  std::string name;
  double signal_to_noise_db = 0;   ///< 10 log10(sum of float^2 / sum of difference^2); infinite if nothing differs
  double mean_absolute_error = 0;  ///< in the units of the float values
  double largest_error = 0;
};

/// Runs both models over `windows` (as in calibrate) and compares what every layer computes, in the order of the int8
/// graph. The int8 model runs through its kernels. Layers are matched by the names of their outputs; those that only
/// rename memory (reshape) or have no float twin are left out. Refuses windows that do not fit the inputs.
[[nodiscard]] Result<std::vector<LayerError>> quantization_error(const Graph& float_graph, const Graph& int8_graph,
                                                                 std::span<const ConstFloatView> windows);

}  // namespace mote
