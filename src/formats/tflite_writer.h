#pragma once

#include "formats/model.h"

namespace mote {

/// The graph as it stands in a file: a convolution without bias has one of zeros, which full LiteRT demands, and a
/// depthwise one says its multiplier, since TFLM takes a 0 literally. Shapes that follow from constants are constants.
/// A file's fingerprint is that of this graph.
[[nodiscard]] Graph as_written(Graph graph);

/// The `.tflite` file of a model: the graph, `mote.json` with its fingerprint, the front end as `mote.frontend`, and
/// the entries of other programs. The same model gives the same bytes. Refuses a graph that breaks its own rules, and
/// ops that have no place in a finished file by name.
[[nodiscard]] Result<Bytes> write_tflite(const Model& model);

/// write_tflite into a file.
[[nodiscard]] Result<> save_model(const std::filesystem::path& path, const Model& model);

}  // namespace mote
