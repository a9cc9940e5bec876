#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "boards/board.h"
#include "formats/tflite_reader.h"
#include "pipeline/deploy.h"

namespace mote {

/// Static facts of a model, known without running it.
struct CheckReport {
  bool supported = false;
  std::vector<Problem> problems;   ///< what keeps the model from being run
  std::vector<Problem> findings;   ///< what runs, but is hardly meant
  std::vector<Value> tensors;      ///< of the network, in the order of the file; constants without their content
  std::vector<std::string> notes;  ///< see Reading
  std::vector<std::pair<std::string, int>> ops;  ///< how often each occurs
  int64_t macs = 0;
  int64_t parameters = 0;
  size_t model_bytes = 0;  ///< constants as they will be in flash
  std::optional<Plan> plan;
  std::optional<bool>
      fits;  ///< the arena within the board's RAM and the constants within its flash, if a board was named
};

/// Looks at what was read, and at a board if one is given. Never fails on what the model lacks: that is the report.
[[nodiscard]] CheckReport check_model(const Reading& reading, const DeployOptions& options, const Board* board);

[[nodiscard]] nlohmann::json to_json(const CheckReport& report);
/// The facts and, a line a layer, which bytes of the arena are in use; with a table of all tensors if asked for.
[[nodiscard]] std::string text(const CheckReport& report, bool with_tensors = false);

}  // namespace mote
