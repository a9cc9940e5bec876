#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"
#include "data/config.h"

namespace mote {

/// The label or subject that the path of a file holds by `rule` (any rule but kColumn; kNone gives an empty name).
/// `root` is the data folder, `what` is "label" or "subject" for messages. kBadInput if the pattern does not fit or
/// the name is empty.
[[nodiscard]] Result<std::string> name_from_path(const NameRule& rule, const std::filesystem::path& file,
                                                 const std::filesystem::path& root, const char* what);

}  // namespace mote
