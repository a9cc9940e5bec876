#pragma once

#include <map>
#include <optional>
#include <sstream>
#include <string>

#include "base/files.h"

namespace mote::sweep {

/// A line of expected.txt.
struct Expected {
  uint64_t identity = 0;
  std::optional<uint64_t> outputs;  ///< digest of the reference's outputs; none where no reference runs the case
};

/// expected.txt by name of the case: "NAME identity outputs", where outputs may be "refused" or a rule
/// ("rule-E2") by which Mote differs.
[[nodiscard]] inline Result<std::map<std::string, Expected>> read_expected() {
  MOTE_TRY_ASSIGN(const std::string content, read_text(MOTE_SOURCE_DIR "/tests/sweep/expected.txt"));
  std::map<std::string, Expected> result;
  std::istringstream lines(content);
  std::string name, identity, outputs;
  while (lines >> name >> identity >> outputs) {
    Expected& entry = result[name];
    entry.identity = std::stoull(identity, nullptr, 16);
    if (outputs != "refused" && !outputs.starts_with("rule-")) entry.outputs = std::stoull(outputs, nullptr, 16);
  }
  return result;
}

}  // namespace mote::sweep
