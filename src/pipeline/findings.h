#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "formats/tflite_reader.h"

namespace mote {

/// What `mote check` may report: an id that never changes, and what it is about in a few words.
struct FindingKind {
  std::string_view id;
  bool refuses;  ///< the model is not run at all; else it is run as the reference runs it, and looks suspicious
};

/// All of them; docs/check.md has a paragraph on each.
[[nodiscard]] std::span<const FindingKind> finding_kinds();

/// What runs, and runs as the reference runs it, but that people hardly meant: by op and tensor of the file.
[[nodiscard]] std::vector<Problem> suspicious(const Reading& reading);

}  // namespace mote
