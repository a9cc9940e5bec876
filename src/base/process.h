#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace mote {

struct ProcessOutput {
  int exit_code = 0;     ///< 128 + signal number if a signal ended it
  std::string out, err;  ///< what it printed
  bool timed_out = false;
};

/// Runs a program (no shell in between) in `folder` with no standard input and waits at most `timeout`.
/// kMissingTool if there is no such program on PATH.
[[nodiscard]] Result<ProcessOutput> run_process(const std::vector<std::string>& command,
                                                const std::filesystem::path& folder, std::chrono::seconds timeout);

/// Where on PATH `program` is.
[[nodiscard]] std::optional<std::filesystem::path> find_program(const std::string& program);

}  // namespace mote
