#pragma once

#include <set>
#include <string>
#include <vector>

#include "codegen/source_file.h"

namespace mote {

/// The runtime headers with these names ("softmax_s8.h") and all they include, as `mote/rt/<name>`, sorted.
[[nodiscard]] std::vector<SourceFile> runtime_files(const std::set<std::string>& headers);

}  // namespace mote
