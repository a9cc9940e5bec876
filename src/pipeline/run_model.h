#pragma once

#include <vector>

#include "interp/interpreter.h"

namespace mote {

/// Inputs of any number of inferences, one after the other: `per_inference` bytes each.
struct Batch {
  std::vector<uint8_t> bytes;
  size_t inferences = 0;
};

/// Runs all inferences on the host; returns the outputs in the same manner.
[[nodiscard]] Batch run_on_host(Interpreter& interpreter, const Batch& inputs);

/// The bytes of all ports of one inference.
[[nodiscard]] size_t bytes_of(const std::vector<Port>& ports);

/// `count` inferences of random inputs: integers over their whole range, floats standard normal.
[[nodiscard]] Batch random_inputs(const std::vector<Port>& inputs, size_t count, uint64_t seed);

}  // namespace mote
