#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace mote {

/// A run's record (docs/report.md gives the format) as one HTML page that needs no other file, no network and no
/// script; charts are drawn inline. Sections whose data is absent or of another shape are left out. Never fails.
[[nodiscard]] std::string report_html(const nlohmann::json& record);

}  // namespace mote
