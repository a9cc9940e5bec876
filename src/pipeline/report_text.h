#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace mote {

/// A run's record (docs/report.md gives the format) as a table for the terminal: accuracy of each form of the network
/// and of the linear baseline, then each board's figures against its limits. UTF-8 without control sequences; at most
/// 80 columns as long as names are not long. Parts whose data is absent are left out. Never fails.
[[nodiscard]] std::string report_text(const nlohmann::json& record);

}  // namespace mote
