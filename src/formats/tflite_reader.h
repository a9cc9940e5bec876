#pragma once

#include <filesystem>
#include <span>

#include "formats/model.h"

namespace mote {

/// Reads a `.tflite` file (schema version 3): the first subgraph, and from the metadata the entries `mote.json` and
/// `mote.frontend`. Shapes are fixed: an extent that the file leaves open is 1, which only the batch may be.
/// Errors name the op or the tensor, the reason and the remedy; kUnsupported: well-formed, but not something Mote
/// computes; kBadInput: damaged, or it contradicts itself.
[[nodiscard]] Result<Model> read_tflite(std::span<const uint8_t> file);

/// As read_tflite, from a file of at most 2 GiB; the path is part of every error.
[[nodiscard]] Result<Model> load_model(const std::filesystem::path& path);

}  // namespace mote
