#pragma once

#include <vector>

#include "interp/interpreter.h"

namespace mote {

/// Inputs of any number of inferences, one after the other: `per_inference` bytes each.
struct Batch {
  std::vector<uint8_t> bytes;
  size_t inferences = 0;
};

/// What becomes of a model's state between the inferences of a batch. The first one always starts afresh.
enum class StateUse : uint8_t {
  kReset,  ///< every inference starts afresh: they are independent
  kKeep,   ///< each goes on where the one before it stopped: they are one sequence
};

/// Runs all inferences on the host; returns the outputs in the same manner.
[[nodiscard]] Batch run_on_host(Interpreter& interpreter, const Batch& inputs, StateUse state = StateUse::kReset);

/// The bytes of all ports of one inference.
[[nodiscard]] size_t bytes_of(const std::vector<Port>& ports);

/// `count` inferences of random inputs: integers over their whole range, floats standard normal.
[[nodiscard]] Batch random_inputs(const std::vector<Port>& inputs, size_t count, uint64_t seed);

}  // namespace mote
