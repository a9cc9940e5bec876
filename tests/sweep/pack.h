#pragma once

#include <span>

#include "codegen/source_file.h"
#include "sweep_case.h"

namespace mote::sweep {

/// Firmware that runs many cases one after the other in one arena: its output is the digest of each case's outputs
/// (8 bytes each, little-endian, in order). Its input is one word that nobody reads. The kernels are the target's.
[[nodiscard]] Result<GeneratedModel> pack(std::span<const Case> cases, const Target& target);

}  // namespace mote::sweep
