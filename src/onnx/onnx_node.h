#pragma once

#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "graph/graph.h"
#include "onnx/onnx_model.pb.h"

namespace mote {

/// One node of the file as its converter sees it. An attribute counts as seen once it was asked for; finish() refuses
/// the node if some were not, so that nothing a file says is passed over in silence.
class OnnxNode {
 public:
  OnnxNode(const onnx_format::Node& stored, std::vector<ValueId> inputs)
      : stored_(&stored), inputs_(std::move(inputs)) {}

  [[nodiscard]] const std::string& op() const { return stored_->op_type(); }
  /// Operands; those left out at the end do not count.
  [[nodiscard]] size_t inputs() const { return inputs_.size(); }
  [[nodiscard]] bool has(size_t operand) const { return input(operand) != kNoValue; }
  [[nodiscard]] ValueId input(size_t operand) const { return operand < inputs_.size() ? inputs_[operand] : kNoValue; }
  [[nodiscard]] const std::vector<ValueId>& all_inputs() const { return inputs_; }
  [[nodiscard]] size_t outputs() const { return static_cast<size_t>(stored_->output_size()); }
  [[nodiscard]] bool wants(size_t output) const { return !output_name(output).empty(); }
  /// Empty if the result is left out.
  [[nodiscard]] std::string_view output_name(size_t output) const;

  [[nodiscard]] bool has_attribute(std::string_view name) const { return find(name) != nullptr; }
  [[nodiscard]] int64_t integer(std::string_view name, int64_t otherwise) const;
  [[nodiscard]] bool flag(std::string_view name, bool otherwise) const { return integer(name, otherwise) != 0; }
  [[nodiscard]] float real(std::string_view name, float otherwise) const;
  [[nodiscard]] std::string word(std::string_view name, std::string_view otherwise) const;
  [[nodiscard]] std::optional<std::vector<int64_t>> integers(std::string_view name) const;
  [[nodiscard]] std::optional<std::vector<float>> reals(std::string_view name) const;
  [[nodiscard]] std::optional<std::vector<std::string>> words(std::string_view name) const;
  [[nodiscard]] const onnx_format::Tensor* tensor(std::string_view name) const;
  /// Attributes that change nothing in inference.
  void ignore(std::initializer_list<std::string_view> names) const;

  /// The same node on other operands. Attributes that are asked for there count as seen here.
  [[nodiscard]] OnnxNode with_inputs(std::vector<ValueId> inputs) const;

  /// Refuses a node whose operands are not between `least` and `most`, or one of the first `least` is left out.
  [[nodiscard]] Result<> expect_inputs(size_t least, size_t most) const;
  /// Refuses attributes of another kind than they were asked for, and those nobody asked for.
  [[nodiscard]] Result<> finish() const;

 private:
  [[nodiscard]] const onnx_format::Attribute* find(std::string_view name) const;
  [[nodiscard]] const onnx_format::Attribute* find(std::string_view name, int32_t kind) const;

  const onnx_format::Node* stored_;
  std::vector<ValueId> inputs_;
  struct Asked {
    std::set<std::string_view> seen;
    std::string misread;  ///< the first attribute of an unexpected kind
  };
  std::shared_ptr<Asked> asked_ = std::make_shared<Asked>();
};

}  // namespace mote
