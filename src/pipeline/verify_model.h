#pragma once

#include <optional>
#include <string>

#include "pipeline/measure.h"

namespace mote {

/// Where host and board first differ.
struct Difference {
  size_t sample = 0;
  std::string layer;  ///< the first whose output differs
  size_t index = 0;   ///< element of that layer's output
  double host = 0, board = 0;
};

struct Verification {
  size_t inferences = 0;
  bool equal = false;
  std::optional<Difference> first_difference;
};

/// Runs the inputs on the host and on the board and compares the outputs: integers byte for byte, floats within
/// `tolerance` of the output's largest magnitude. `state`: whether the inferences are independent or one sequence. At a
/// difference the network is cut after each layer in turn, to name the first that differs.
[[nodiscard]] Result<Verification> verify_on_board(const Model& model, const Board& board, const DeployOptions& options,
                                                   const Batch& inputs, StateUse state = StateUse::kReset,
                                                   double tolerance = 1e-5);

[[nodiscard]] nlohmann::json to_json(const Verification& verification);
[[nodiscard]] std::string text(const Verification& verification);

}  // namespace mote
