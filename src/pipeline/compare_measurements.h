#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/result.h"

namespace mote {

/// Two measurements side by side.
struct MeasurementComparison {
  std::string text;
  nlohmann::ordered_json json;
};

/// Compares two files that `mote measure --json` wrote: totals, then the layers, which belong together by their index.
/// Another model, board or compiler is said, not refused.
[[nodiscard]] Result<MeasurementComparison> compare_measurements(const std::filesystem::path& a,
                                                                 const std::filesystem::path& b);

}  // namespace mote
