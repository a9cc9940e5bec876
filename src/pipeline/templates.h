#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace mote {

/// What new_project can make: "activity", "gesture", "sine".
[[nodiscard]] const std::vector<std::string_view>& template_names();

/// A ready project in `dir`: mote.toml, README.md and data/ with recordings made on the spot. Makes missing folders;
/// refuses a folder that holds anything (kBadInput), and a template that does not exist by listing those that do. If
/// writing fails, what was written is removed again.
[[nodiscard]] Result<> new_project(const std::filesystem::path& dir, std::string_view template_name);

}  // namespace mote
