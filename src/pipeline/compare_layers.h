#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "formats/tflite_reader.h"
#include "pipeline/run_model.h"

namespace mote {

/// What another program computed: the stored bytes of tensors, by their index in the file, all inferences one after the
/// other.
struct ReferenceTensors {
  std::string from;  ///< "tflm", "litert" or the name of a file
  size_t inferences = 0;
  std::map<ValueId, Bytes> tensors;
};

/// Takes the arrays of a `.npz` file for the tensors that they name, by name or as "#INDEX". Each array holds the
/// values of all inferences, one after the other, in the tensor's own element type. Refuses arrays that name no tensor
/// of the network or have another type or size, and a file without one of the network's inputs.
[[nodiscard]] Result<ReferenceTensors> reference_from_npz(const Graph& graph, std::span<const uint8_t> npz,
                                                          std::string from);

/// One layer's result against the reference.
struct LayerDifference {
  int op = 0;  ///< in the file
  std::string op_name, tensor;
  size_t elements = 0, different = 0;
  double largest = 0;  ///< difference of two elements
  size_t inference = 0, index = 0;
  double mote = 0, reference = 0;  ///< the first two elements that differ
  std::string known;               ///< the exception of docs/quantization-spec.md, if it is one
};

struct LayerComparison {
  std::string from;
  size_t inferences = 0;
  size_t layers = 0;    ///< of the network
  size_t compared = 0;  ///< whose result the reference has
  size_t elements = 0;
  std::vector<LayerDifference> differences;  ///< in the order of the file

  /// No layer differs but by a known exception.
  [[nodiscard]] bool equal() const;
};

/// Runs each layer by itself on what the reference says its operands are (on Mote's own values where it says nothing)
/// and compares the result: one layer that differs does not hide or cause another. Integers must be equal, floats
/// within `tolerance` of the tensor's largest magnitude.
[[nodiscard]] Result<LayerComparison> compare_layers(const Reading& reading, const ReferenceTensors& reference,
                                                     double tolerance);

[[nodiscard]] nlohmann::json to_json(const LayerComparison& comparison);
[[nodiscard]] std::string text(const LayerComparison& comparison);

}  // namespace mote
