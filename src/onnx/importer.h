#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "onnx/onnx_node.h"

namespace mote {

/// Builds a graph from the nodes of an ONNX file, in the file's own order of axes; src/passes/ moves the transposes
/// away that this needs. What follows from constants alone is computed at once, so that the shape arithmetic of
/// exporters leaves nothing behind.
class Importer {
 public:
  /// `opset`: the version of the standard operators. `bytes`: the file's size, which bounds what may be computed ahead.
  Importer(int64_t opset, size_t bytes);

  [[nodiscard]] int64_t opset() const { return opset_; }
  [[nodiscard]] Graph& graph() { return graph_; }

  [[nodiscard]] const Shape& shape(ValueId id) const { return graph_.value(id).type.shape; }
  [[nodiscard]] int32_t rank(ValueId id) const { return static_cast<int32_t>(shape(id).size()); }
  [[nodiscard]] DType dtype(ValueId id) const { return graph_.value(id).type.dtype; }
  /// The content of a value that is known ahead, else null.
  [[nodiscard]] const Tensor* known(ValueId id) const;
  /// An axis counted from the front; negative ones count from the back. Refuses what lies outside.
  [[nodiscard]] Result<int32_t> axis(int64_t axis, int32_t rank) const;

  /// The integers of a value that is known ahead; refuses others by `what`: "the shape".
  [[nodiscard]] Result<std::vector<int32_t>> integers(ValueId id, std::string_view what) const;
  [[nodiscard]] Result<std::vector<float>> floats(ValueId id, std::string_view what) const;
  /// List `attribute` of older versions, which became operand `operand`; empty if neither is there.
  [[nodiscard]] Result<std::vector<int32_t>> integers(const OnnxNode& node, std::string_view attribute,
                                                      size_t operand) const;

  [[nodiscard]] ValueId constant(Tensor content);
  [[nodiscard]] ValueId constant(std::span<const float> content, Shape shape);
  [[nodiscard]] ValueId scalar(float content) { return constant({&content, 1}, {}); }
  [[nodiscard]] ValueId constant(const std::vector<int32_t>& content);

  /// Adds an op, or what it computes if its operands are known. The first result.
  [[nodiscard]] Result<ValueId> add(Op op, std::vector<ValueId> inputs);
  /// The same for ops with several results.
  [[nodiscard]] Result<std::vector<ValueId>> add_all(Op op, std::vector<ValueId> inputs);

  /// Axis i of the result is axis order[i] of the value.
  [[nodiscard]] Result<ValueId> transpose(ValueId id, const std::vector<int32_t>& order);
  /// The same elements under another shape.
  [[nodiscard]] Result<ValueId> reshape(ValueId id, const Shape& shape);

  /// Rows [first, first + count) along the first axis; of constants also what the file stored.
  [[nodiscard]] Result<ValueId> rows(ValueId id, int32_t first, int32_t count);

  /// The float form of int8 or int32 content; the content itself stays known, for layers that take it as it is.
  [[nodiscard]] ValueId dequantized_constant(Tensor content);
  /// A layer's constant: if it was stored as int8, that behind a Dequantize, so that a pass can take it.
  [[nodiscard]] Result<ValueId> layer_constant(ValueId id);

  /// Values that are uint8 in the file and held as int8 here, 128 lower.
  void mark_shifted(ValueId id) { shifted_.insert(id); }
  [[nodiscard]] bool is_shifted(ValueId id) const { return shifted_.contains(id); }

  /// What the file calls the node's result from now on.
  void bind(const OnnxNode& node, size_t output, ValueId id);
  void bind(std::string_view name, ValueId id);
  /// The value of that name. Refuses names that no node has computed.
  [[nodiscard]] Result<ValueId> find(std::string_view name) const;
  /// The node that is being converted: values are named after its result.
  void begin(std::string_view label) { label_ = label; }

 private:
  [[nodiscard]] Result<> take(const TensorType& type, int64_t macs);
  [[nodiscard]] std::string unique_name();
  void follow_quantization(const Node& node);

  int64_t opset_;
  Graph graph_;
  std::map<std::string, ValueId, std::less<>> names_;
  std::map<ValueId, ValueId> stored_;  ///< float constants that the file holds as integers
  std::set<ValueId> shifted_;
  std::string label_;
  std::map<std::string, size_t, std::less<>> taken_;
  uint64_t bytes_left_, macs_left_;
};

/// Turns one node into ops of the graph and binds its results.
using Converter = Result<> (*)(Importer&, const OnnxNode&);

/// The converter of an operator of the standard domain, or null.
[[nodiscard]] Converter find_converter(std::string_view op);

}  // namespace mote
