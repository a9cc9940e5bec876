/// Runs one lowered node on the host, each operand in memory of its own between guard bytes.
#pragma once

#include <vector>

#include "target/kernel.h"

namespace mote::testing {

struct GuardedRun {
  std::vector<Tensor> outputs;
  std::vector<std::vector<uint8_t>> inputs;  ///< what the operands hold afterwards: state changes
  std::vector<std::string> violations;       ///< "output 0: wrote behind its end"; none if the kernels behave
};

/// `inputs` are the node's operands. Operands of one byte an element lie at odd addresses, others at addresses that are
/// only as aligned as their element. A node without calls hands on its first input.
[[nodiscard]] GuardedRun run_guarded(const Lowered& lowered, const std::vector<Tensor>& inputs,
                                     const std::vector<TensorType>& outputs);

}  // namespace mote::testing
