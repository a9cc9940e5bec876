#include "onnx/onnx_node.h"

namespace mote {

namespace {
// The AttributeType enumeration of the format.
constexpr int32_t kFloat = 1, kInt = 2, kString = 3, kTensor = 4, kFloats = 6, kInts = 7, kStrings = 8;
}  // namespace

std::string_view OnnxNode::output_name(size_t output) const {
  if (output >= outputs()) return {};
  return stored_->output(static_cast<int>(output));
}

const onnx_format::Attribute* OnnxNode::find(std::string_view name) const {
  for (const onnx_format::Attribute& attribute : stored_->attribute())
    if (attribute.name() == name) return &attribute;
  return nullptr;
}

const onnx_format::Attribute* OnnxNode::find(std::string_view name, int32_t kind) const {
  const onnx_format::Attribute* attribute = find(name);
  if (attribute == nullptr) return nullptr;
  asked_->seen.insert(attribute->name());
  // The oldest files do not say the kind.
  if (attribute->type() == kind || attribute->type() == 0) return attribute;
  if (asked_->misread.empty()) asked_->misread = name;
  return nullptr;
}

int64_t OnnxNode::integer(std::string_view name, int64_t otherwise) const {
  const auto* attribute = find(name, kInt);
  return attribute != nullptr ? attribute->i() : otherwise;
}

float OnnxNode::real(std::string_view name, float otherwise) const {
  const auto* attribute = find(name, kFloat);
  return attribute != nullptr ? attribute->f() : otherwise;
}

std::string OnnxNode::word(std::string_view name, std::string_view otherwise) const {
  const auto* attribute = find(name, kString);
  return attribute != nullptr ? attribute->s() : std::string(otherwise);
}

std::optional<std::vector<int64_t>> OnnxNode::integers(std::string_view name) const {
  const auto* attribute = find(name, kInts);
  if (attribute == nullptr) return std::nullopt;
  return std::vector<int64_t>(attribute->ints().begin(), attribute->ints().end());
}

std::optional<std::vector<float>> OnnxNode::reals(std::string_view name) const {
  const auto* attribute = find(name, kFloats);
  if (attribute == nullptr) return std::nullopt;
  return std::vector<float>(attribute->floats().begin(), attribute->floats().end());
}

std::optional<std::vector<std::string>> OnnxNode::words(std::string_view name) const {
  const auto* attribute = find(name, kStrings);
  if (attribute == nullptr) return std::nullopt;
  return std::vector<std::string>(attribute->strings().begin(), attribute->strings().end());
}

const onnx_format::Tensor* OnnxNode::tensor(std::string_view name) const {
  const auto* attribute = find(name, kTensor);
  return attribute != nullptr && attribute->has_t() ? &attribute->t() : nullptr;
}

void OnnxNode::ignore(std::initializer_list<std::string_view> names) const {
  for (const std::string_view name : names)
    if (const auto* attribute = find(name)) asked_->seen.insert(attribute->name());
}

OnnxNode OnnxNode::with_inputs(std::vector<ValueId> inputs) const {
  OnnxNode result = *this;
  result.inputs_ = std::move(inputs);
  return result;
}

Result<> OnnxNode::expect_inputs(size_t least, size_t most) const {
  bool complete = inputs_.size() >= least && inputs_.size() <= most;
  for (size_t i = 0; complete && i < least; ++i) complete = has(i);
  if (complete) return {};
  return fail(ErrorCode::kBadInput, "has {} operands, {} to {} are expected; the file is damaged", inputs_.size(),
              least, most);
}

Result<> OnnxNode::finish() const {
  if (!asked_->misread.empty())
    return fail(ErrorCode::kBadInput, "the attribute {} is of another kind than the format says", asked_->misread);
  for (const onnx_format::Attribute& attribute : stored_->attribute())
    if (!asked_->seen.contains(attribute.name()))
      return fail(ErrorCode::kUnsupported, "the attribute {} is not supported; leave it at its default when exporting",
                  attribute.name());
  return {};
}

}  // namespace mote
