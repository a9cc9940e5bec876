#pragma once

#include "base/log.h"
#include "compress/calibrate.h"
#include "graph/graph.h"

namespace mote {

struct QuantizeConfig {
  /// One weights scale for each output of a fully connected layer instead of one for the layer. Off by default: older
  /// TensorFlow Lite runtimes refuse it, and it costs a table of factors.
  bool per_channel_dense = false;
  bool float_inputs = false;   ///< inputs stay float32; quantize ops follow them
  bool float_outputs = false;  ///< outputs stay float32, behind dequantize ops
};

/// The int8 form of a float graph in TensorFlow Lite's scheme (see scheme.h for the formulas): int8 asymmetric
/// activations from the calibrated ranges, int8 symmetric weights with one scale a channel, int32 biases with scale
/// input * weights. A fused activation's range is the one after it. Ops that must share their input's scale (pooling,
/// reshape) take it over, ops with a fixed output (softmax, logistic, tanh) get that. Inputs and outputs become int8,
/// unless the configuration keeps them float: then the int8 value beside the float one is called "<name>_int8".
/// Value ids stay, names too otherwise; a constant that two layers need in different forms is appended a second time.
/// Run the passes of passes/all_passes.h first. Refuses values without a range and sums that could leave int32.
[[nodiscard]] Result<Graph> quantize(const Graph& graph, const CalibrationResult& calibration,
                                     const QuantizeConfig& config = {}, const Log& log = {});

}  // namespace mote
