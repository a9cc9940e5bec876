#include "onnx/importer.h"

#include <algorithm>

#include "graph/fold.h"
#include "passes/permutation.h"

namespace mote {

namespace {

constexpr uint64_t kFreeBytes = uint64_t{64} << 20;
constexpr uint64_t kMostMacs = uint64_t{1} << 32;
constexpr size_t kMostNodes = 200'000;

/// The axis after a reshape along which the elements of `axis` lie as before, or -1.
int32_t axis_after_reshape(const Shape& from, const Shape& to, int32_t axis) {
  const auto before = [](const Shape& shape, int32_t i) { return count(Shape(shape.begin(), shape.begin() + i)); };
  for (int32_t i = 0; i < static_cast<int32_t>(to.size()); ++i)
    if (to[static_cast<size_t>(i)] == from[static_cast<size_t>(axis)] && before(to, i) == before(from, axis)) return i;
  return -1;
}

}  // namespace

Importer::Importer(int64_t opset, size_t bytes)
    : opset_(opset), bytes_left_(bytes * uint64_t{16} + kFreeBytes), macs_left_(kMostMacs) {}

const Tensor* Importer::known(ValueId id) const {
  if (id == kNoValue) return nullptr;
  const auto& content = graph_.value(id).constant;
  return content ? &*content : nullptr;
}

Result<int32_t> Importer::axis(int64_t axis, int32_t rank) const {
  const int64_t front = axis < 0 ? axis + rank : axis;
  if (front < 0 || front >= rank) return fail(ErrorCode::kBadInput, "axis {} of {} axes", axis, rank);
  return static_cast<int32_t>(front);
}

Result<std::vector<int32_t>> Importer::integers(ValueId id, std::string_view what) const {
  const Tensor* content = known(id);
  if (content == nullptr)
    return fail(
        ErrorCode::kUnsupported,
        "{} is computed at run time; export with a fixed input shape (no dynamic_axes), then run the exporter's "
        "constant folding",
        what);
  if (content->type.dtype != DType::kInt32)
    return fail(ErrorCode::kUnsupported, "{} must be integers, it is {}", what, text(content->type));
  const auto elements = content->as<int32_t>();
  return std::vector<int32_t>(elements.begin(), elements.end());
}

Result<std::vector<float>> Importer::floats(ValueId id, std::string_view what) const {
  const Tensor* content = known(id);
  if (content == nullptr)
    return fail(ErrorCode::kUnsupported, "{} is computed at run time; only constants are supported there", what);
  if (content->type.dtype != DType::kFloat32)
    return fail(ErrorCode::kUnsupported, "{} must be float, it is {}", what, text(content->type));
  const auto elements = content->as<float>();
  return std::vector<float>(elements.begin(), elements.end());
}

Result<std::vector<int32_t>> Importer::integers(const OnnxNode& node, std::string_view attribute,
                                                size_t operand) const {
  if (const auto list = node.integers(attribute)) {
    std::vector<int32_t> result;
    for (const int64_t value : *list)
      result.push_back(static_cast<int32_t>(std::clamp<int64_t>(value, INT32_MIN, INT32_MAX)));
    return result;
  }
  if (node.has(operand)) return integers(node.input(operand), attribute);
  return std::vector<int32_t>{};
}

ValueId Importer::constant(Tensor content) {
  return graph_.add_constant(unique_name(), std::move(content));
}

ValueId Importer::constant(std::span<const float> content, Shape of) {
  return constant(float_tensor(std::move(of), content));
}

ValueId Importer::constant(const std::vector<int32_t>& content) {
  Tensor tensor(TensorType{DType::kInt32, {static_cast<int32_t>(content.size())}, {}});
  std::ranges::copy(content, tensor.as<int32_t>().begin());
  return constant(std::move(tensor));
}

Result<> Importer::take(const TensorType& type, int64_t macs) {
  const uint64_t bytes = type.bytes();
  const auto products = static_cast<uint64_t>(std::max<int64_t>(macs, 0));
  if (bytes > bytes_left_ || products > macs_left_)
    return fail(ErrorCode::kUnsupported,
                "what follows from constants grows beyond {} MiB or {} multiplications; simplify the model",
                kFreeBytes >> 20, kMostMacs);
  bytes_left_ -= bytes;
  macs_left_ -= products;
  return {};
}

std::string Importer::unique_name() {
  const size_t times = taken_[label_]++;
  return times == 0 ? label_ : fmt::format("{}_{}", label_, times);
}

Result<ValueId> Importer::add(Op op, std::vector<ValueId> inputs) {
  MOTE_TRY_ASSIGN(const auto results, add_all(std::move(op), std::move(inputs)));
  return results[0];
}

Result<std::vector<ValueId>> Importer::add_all(Op op, std::vector<ValueId> inputs) {
  if (graph_.nodes.size() > kMostNodes)
    return fail(ErrorCode::kUnsupported, "the model becomes more than {} ops; simplify it", kMostNodes);
  bool all_known = true;
  for (const ValueId id : inputs) {
    if (id == kNoValue) continue;
    if (known(id) == nullptr) all_known = false;
    if (count(shape(id)) == 0)
      return fail(ErrorCode::kUnsupported, "operand {} is empty ({})", graph_.value(id).name, text(shape(id)));
  }
  MOTE_TRY(graph_.add_node(std::move(op), std::move(inputs), unique_name()));
  const Node& node = graph_.nodes.back();
  std::vector<ValueId> results = node.outputs;
  follow_quantization(node);
  for (const ValueId id : results) MOTE_TRY(checked_count(shape(id)));
  if (!all_known) return results;
  for (const ValueId id : results) MOTE_TRY(take(graph_.value(id).type, node_macs(graph_, node)));
  if (auto contents = fold_node(graph_, node)) {
    for (size_t i = 0; i < results.size(); ++i) graph_.value(results[i]).constant = std::move((*contents)[i]);
    graph_.nodes.pop_back();
  }
  return results;
}

/// What only moves quantized elements keeps their meaning.
void Importer::follow_quantization(const Node& node) {
  if (node.inputs.empty() || node.inputs[0] == kNoValue || std::holds_alternative<Dequantize>(node.op)) return;
  const Value& input = graph_.value(node.inputs[0]);
  for (const ValueId id : node.outputs) {
    TensorType& type = graph_.value(id).type;
    if (type.dtype != DType::kInt8 || input.type.dtype != DType::kInt8) continue;
    if (!input.type.quantization.per_channel()) type.quantization = input.type.quantization;
    if (is_shifted(node.inputs[0])) mark_shifted(id);
  }
}

Result<ValueId> Importer::transpose(ValueId id, const std::vector<int32_t>& order) {
  if (std::ranges::is_sorted(order)) return id;
  const Tensor* content = known(id);
  if (content == nullptr) return add(Transpose{}, {id, constant(order)});
  MOTE_TRY(take(content->type, 0));
  const ValueId result = constant(permuted(*content, order));
  if (const auto integers = stored_.find(id); integers != stored_.end())
    stored_[result] = constant(permuted(*known(integers->second), order));
  return result;
}

Result<ValueId> Importer::reshape(ValueId id, const Shape& to) {
  if (shape(id) == to) return id;
  const Tensor* content = known(id);
  if (content == nullptr || content->data.empty()) return add(Reshape{to}, {id});
  if (count(to) != count(shape(id)))
    return fail(ErrorCode::kBadInput, "{} cannot become {}", text(shape(id)), text(to));
  MOTE_TRY(take(content->type, 0));
  Tensor moved(TensorType{content->type.dtype, to, {}}, content->data);
  const ValueId result = constant(std::move(moved));
  const auto integers = stored_.find(id);
  if (integers == stored_.end()) return result;
  Tensor stored = *known(integers->second);
  Quantization& quantization = stored.type.quantization;
  if (quantization.per_channel()) {
    quantization.axis = axis_after_reshape(stored.type.shape, to, quantization.axis);
    if (quantization.axis < 0) return result;
  }
  stored.type.shape = to;
  stored_[result] = constant(std::move(stored));
  return result;
}

Result<ValueId> Importer::rows(ValueId id, int32_t first, int32_t rows) {
  const Tensor* content = known(id);
  if (content == nullptr)
    return fail(ErrorCode::kUnsupported, "{} is computed at run time; only constants are supported there",
                graph_.value(id).name);
  if (content->type.shape.empty() || first < 0 || rows < 1 || rows > content->type.shape[0] - first)
    return fail(ErrorCode::kBadInput, "rows {} to {} of {}", first, int64_t{first} + rows, text(content->type));
  const auto cut = [&](const Tensor& whole) {
    TensorType type = whole.type;
    const size_t row = whole.data.size() / static_cast<size_t>(type.shape[0]);
    type.shape[0] = rows;
    Quantization& q = type.quantization;
    if (q.per_channel() && q.axis == 0) {
      q.scale = {q.scale.begin() + first, q.scale.begin() + first + rows};
      q.zero_point = {q.zero_point.begin() + first, q.zero_point.begin() + first + rows};
    }
    const auto begin = whole.data.begin() + static_cast<ptrdiff_t>(static_cast<size_t>(first) * row);
    return Tensor(std::move(type), {begin, begin + static_cast<ptrdiff_t>(static_cast<size_t>(rows) * row)});
  };
  MOTE_TRY(take(content->type, 0));
  const ValueId result = constant(cut(*content));
  if (const auto integers = stored_.find(id); integers != stored_.end())
    stored_[result] = constant(cut(*known(integers->second)));
  return result;
}

ValueId Importer::dequantized_constant(Tensor content) {
  const Quantization& q = content.type.quantization;
  Tensor real(TensorType{DType::kFloat32, content.type.shape, {}});
  int64_t inner = 1;
  for (size_t i = static_cast<size_t>(q.axis) + 1; i < content.type.shape.size(); ++i) inner *= content.type.shape[i];
  for (size_t i = 0; i < real.as<float>().size(); ++i) {
    const size_t c = q.per_channel() ? i / static_cast<size_t>(inner) % q.scale.size() : 0;
    const int64_t stored = content.type.dtype == DType::kInt8 ? content.as<int8_t>()[i] : content.as<int32_t>()[i];
    real.as<float>()[i] = static_cast<float>(stored - q.zero_point[c]) * q.scale[c];
  }
  const ValueId result = constant(std::move(real));
  stored_[result] = constant(std::move(content));
  return result;
}

Result<ValueId> Importer::layer_constant(ValueId id) {
  const auto integers = stored_.find(id);
  if (integers == stored_.end() || dtype(integers->second) != DType::kInt8) return id;
  return graph_.add_node(Dequantize{}, {integers->second}, unique_name());
}

void Importer::bind(std::string_view name, ValueId id) {
  names_.insert_or_assign(std::string(name), id);
}

void Importer::bind(const OnnxNode& node, size_t output, ValueId id) {
  if (node.wants(output)) bind(node.output_name(output), id);
}

Result<ValueId> Importer::find(std::string_view name) const {
  const auto found = names_.find(name);
  if (found == names_.end())
    return fail(ErrorCode::kBadInput, "reads {}, which nothing before it computes; the file is damaged", name);
  return found->second;
}

}  // namespace mote
