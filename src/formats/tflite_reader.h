#pragma once

#include <filesystem>
#include <span>

#include "base/problem.h"
#include "formats/model.h"

namespace mote {

/// What is in a model file: the whole model if there are no problems, else those ops of its network that could be read.
struct Reading {
  Model model;
  std::vector<int> file_index;  ///< by node: which op of the file it is
  std::vector<Problem> problems;
  std::vector<std::string> notes;  ///< what Mote computes in another form than the file has
};

/// Reads a `.tflite` file (schema version 3): the first subgraph, and from the metadata the entries `mote.json` and
/// `mote.frontend`. Shapes are fixed: an extent that the file leaves open is 1, which only the batch may be.
/// All of the network that cannot be read is listed, by op or tensor, with the reason and the remedy: kUnsupported is
/// well-formed, but not something Mote computes; kBadInput damaged, or it contradicts itself. Fails on what is no
/// `.tflite` file at all and on metadata that is wrong.
[[nodiscard]] Result<Reading> inspect_tflite(std::span<const uint8_t> file);

/// As inspect_tflite, but any problem is an error that names the first few.
[[nodiscard]] Result<Model> read_tflite(std::span<const uint8_t> file);

/// The same from a file of at most 2 GiB; the path is part of every error.
[[nodiscard]] Result<Reading> inspect_model(const std::filesystem::path& path);
[[nodiscard]] Result<Model> load_model(const std::filesystem::path& path);

}  // namespace mote
