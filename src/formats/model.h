#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/files.h"
#include "graph/graph.h"

namespace mote {

/// What travels in a model file beside the network. See docs/model-file.md.
struct Metadata {
  /// Keys of the entry `mote.json` ("labels", "data", "window", "train", "quantize"), without "schema_version" and
  /// "fingerprint", which the writer adds and the reader takes off.
  nlohmann::json values = nlohmann::json::object();

  /// An entry that another program left there; kept when the model is written again.
  struct Entry {
    std::string name;
    Bytes content;
  };
  std::vector<Entry> other;

  /// The class names in the order of the outputs; empty if there are none.
  [[nodiscard]] std::vector<std::string> labels() const;
  void set_labels(const std::vector<std::string>& labels) { values["labels"] = labels; }
};

/// A model file: the network, the front end whose output is the network's main input, and what is told about them.
struct Model {
  Graph graph;
  std::optional<Graph> front_end;
  Metadata metadata;
};

/// SHA-256 in lower-case hexadecimal over the arithmetic of the network and its front end: types, quantization,
/// constants, ops and their attributes, in order; names, labels and recipes do not count. The bytes that are hashed are
/// listed in docs/model-file.md and do not depend on how a program lays out the file.
[[nodiscard]] std::string fingerprint(const Model& model);

}  // namespace mote
