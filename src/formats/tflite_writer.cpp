#include "formats/tflite_writer.h"

#include <algorithm>
#include <limits>

#include "formats/metadata.h"
#include "formats/op_versions.h"
#include "formats/tflite_options.h"
#include "formats/tflite_types.h"
#include "graph/fold.h"

namespace mote {

namespace {

using flatbuffers::Offset;

constexpr uint32_t kSchemaVersion = 3;
constexpr size_t kAlignment = 16;
constexpr size_t kMostBytes = size_t{2'000'000'000};  ///< a FlatBuffer ends below 2^31
/// Codes above do not fit the old one-byte field, which then holds this.
constexpr int32_t kLargestOldCode = 127;

struct CodeAndVersion {
  int32_t builtin;
  int32_t version;
  friend bool operator==(const CodeAndVersion&, const CodeAndVersion&) = default;
};

class FileWriter {
 public:
  Bytes write(const Model& model, const std::vector<Metadata::Entry>& entries) {
    add_buffer({});
    const Offset<tfl::SubGraph> subgraph = write_graph(model.graph);
    std::vector<Offset<tfl::Metadata>> metadata;
    for (const Metadata::Entry& entry : entries) {
      const uint32_t buffer = add_buffer(entry.content);
      metadata.push_back(tfl::CreateMetadata(builder_, builder_.CreateString(entry.name), buffer));
    }
    const auto all_metadata = builder_.CreateVector(metadata);
    const auto codes = write_codes();
    const auto subgraphs = builder_.CreateVector(&subgraph, 1);
    const auto description = builder_.CreateString("Mote");
    const auto buffers = builder_.CreateVector(buffers_);
    tfl::FinishModelBuffer(
        builder_, tfl::CreateModel(builder_, kSchemaVersion, codes, subgraphs, description, buffers, 0, all_metadata));
    return {builder_.GetBufferPointer(), builder_.GetBufferPointer() + builder_.GetSize()};
  }

 private:
  uint32_t add_buffer(std::span<const uint8_t> content) {
    Offset<flatbuffers::Vector<uint8_t>> data;
    if (!content.empty()) {
      builder_.ForceVectorAlignment(content.size(), 1, kAlignment);
      data = builder_.CreateVector(content.data(), content.size());
    }
    buffers_.push_back(tfl::CreateBuffer(builder_, data));
    return static_cast<uint32_t>(buffers_.size()) - 1;
  }

  Offset<tfl::QuantizationParameters> write_quantization(const Quantization& q) {
    if (!q.present()) return 0;
    const auto scale = builder_.CreateVector(q.scale);
    const auto zero_point = builder_.CreateVector(std::vector<int64_t>(q.zero_point.begin(), q.zero_point.end()));
    return tfl::CreateQuantizationParameters(builder_, 0, 0, scale, zero_point, 0, 0, q.axis);
  }

  Offset<tfl::Tensor> write_value(const Value& value) {
    const uint32_t buffer = value.constant ? add_buffer(value.constant->data) : 0;
    const auto shape = builder_.CreateVector(value.type.shape);
    const auto value_name = builder_.CreateString(value.name);
    const auto quantization = write_quantization(value.type.quantization);
    return tfl::CreateTensor(builder_, shape, static_cast<int8_t>(code_of(value.type.dtype)), buffer, value_name,
                             quantization, value.initial.has_value(), 0, 0, true);
  }

  /// Empty tensors that LiteRT wants of an LSTM in integers, behind all others: four for its gates, and one that tells
  /// the scale of the hidden state.
  std::vector<int32_t> write_intermediates(const Graph& graph, const Node& node) {
    if (!std::holds_alternative<Lstm>(node.op)) return {};
    const TensorType& hidden = graph.value(node.inputs[Lstm::kHidden]).type;
    if (hidden.dtype == DType::kFloat32) return {};
    std::vector<int32_t> ids;
    for (size_t k = 0; k <= Lstm::kGates; ++k) {
      const bool is_hidden = k == Lstm::kGates;
      const auto shape = builder_.CreateVector(Shape{0});
      const auto tensor_name = builder_.CreateString(fmt::format("{}_intermediate_{}", node.name, k));
      const auto quantization = is_hidden ? write_quantization(hidden.quantization) : 0;
      const DType dtype = is_hidden ? hidden.dtype : DType::kFloat32;
      ids.push_back(static_cast<int32_t>(tensors_.size()));
      tensors_.push_back(tfl::CreateTensor(builder_, shape, static_cast<int8_t>(code_of(dtype)), 0, tensor_name,
                                           quantization, false, 0, 0, true));
    }
    return ids;
  }

  Offset<tfl::Operator> write_node(const Graph& graph, const Node& node) {
    const TfliteName tflite = tflite_name(node.op);
    const CodeAndVersion code{tflite.builtin,
                              tflite_version(node.op, graph.arguments(node.inputs), graph.arguments(node.outputs))};
    const auto place = std::find(codes_.begin(), codes_.end(), code);
    const auto index = static_cast<uint32_t>(place - codes_.begin());
    if (place == codes_.end()) codes_.push_back(code);
    Offset<tfl::Options> options;
    if (tflite.options != 0) options = write_options(builder_, node.op);
    const auto inputs = builder_.CreateVector(node.inputs);
    const auto outputs = builder_.CreateVector(node.outputs);
    const std::vector<int32_t> ids = write_intermediates(graph, node);
    Offset<flatbuffers::Vector<int32_t>> intermediates;
    if (!ids.empty()) intermediates = builder_.CreateVector(ids);
    return tfl::CreateOperator(builder_, index, inputs, outputs, static_cast<uint8_t>(tflite.options), options, 0, 0, 0,
                               intermediates);
  }

  Offset<tfl::SubGraph> write_graph(const Graph& graph) {
    for (const Value& value : graph.values) tensors_.push_back(write_value(value));
    std::vector<Offset<tfl::Operator>> operators;
    for (const Node& node : graph.nodes) operators.push_back(write_node(graph, node));
    const auto all_tensors = builder_.CreateVector(tensors_);
    const auto inputs = builder_.CreateVector(graph.inputs);
    const auto outputs = builder_.CreateVector(graph.outputs);
    const auto all_operators = builder_.CreateVector(operators);
    const auto graph_name = builder_.CreateString(graph.name);
    return tfl::CreateSubGraph(builder_, all_tensors, inputs, outputs, all_operators, graph_name);
  }

  Offset<flatbuffers::Vector<Offset<tfl::OperatorCode>>> write_codes() {
    std::vector<Offset<tfl::OperatorCode>> codes;
    for (const CodeAndVersion& code : codes_)
      codes.push_back(tfl::CreateOperatorCode(builder_, static_cast<int8_t>(std::min(code.builtin, kLargestOldCode)), 0,
                                              code.version, code.builtin));
    return builder_.CreateVector(codes);
  }

  flatbuffers::FlatBufferBuilder builder_;
  std::vector<Offset<tfl::Buffer>> buffers_;
  std::vector<Offset<tfl::Tensor>> tensors_;
  std::vector<CodeAndVersion> codes_;
};

/// Zeros for the bias of a convolution: one for each filter, in the scale of the products. Beside int16 a bias has 64
/// bits, since the reference sums in as many where there is none. A product that float32 cannot hold gives way to the
/// nearest scale that is one: zeros are the same in all of them.
Tensor zero_bias(const TensorType& input, const TensorType& weights) {
  if (input.dtype == DType::kFloat32) return Tensor(TensorType{DType::kFloat32, {weights.shape[0]}, {}});
  Quantization scales = weights.quantization;
  if (input.quantization.present())
    for (float& scale : scales.scale)
      scale = std::clamp(scale * input.quantization.scale[0], std::numeric_limits<float>::denorm_min(),
                         std::numeric_limits<float>::max());
  const DType dtype = input.dtype == DType::kInt16 ? DType::kInt64 : DType::kInt32;
  return Tensor(TensorType{dtype, {weights.shape[0]}, std::move(scales)});
}

Result<> check_writable(const Graph& graph) {
  MOTE_TRY(verify(graph));
  size_t bytes = 0;
  for (const Value& value : graph.values) {
    bytes += value.name.size() + (value.constant ? value.constant->data.size() : 0);
    if (bytes > kMostBytes)
      return fail(ErrorCode::kUnsupported, "the constants have more than {} bytes, which no .tflite file can hold",
                  kMostBytes);
    if (value.constant && value.constant->data.empty())
      return fail(ErrorCode::kInternal, "constant {} is empty", value.name);
  }
  for (size_t i = 0; i < graph.nodes.size(); ++i)
    if (tflite_name(graph.nodes[i].op).builtin < 0)
      return fail(ErrorCode::kUnsupported, "op {} ({} {}) has no place in a .tflite file; fold it away before writing",
                  i, name(graph.nodes[i].op), graph.nodes[i].name);
  return {};
}

Result<Bytes> write_file_bytes(const Model& as_given, bool is_front_end) {
  MOTE_TRY(check_writable(as_given.graph));
  Model model = as_given;
  model.graph = as_written(std::move(model.graph));
  if (model.front_end) model.front_end = as_written(std::move(*model.front_end));
  std::vector<Metadata::Entry> entries;
  entries.push_back(
      {std::string(kJsonEntry), print_metadata(model.metadata.values, is_front_end ? "" : fingerprint(model))});
  if (model.front_end) {
    auto nested = write_file_bytes({*model.front_end, std::nullopt, {}}, true);
    if (!nested) return fail(std::move(nested).error().in(kFrontEndEntry));
    entries.push_back({std::string(kFrontEndEntry), std::move(*nested)});
  }
  entries.insert(entries.end(), model.metadata.other.begin(), model.metadata.other.end());
  return FileWriter().write(model, entries);
}

}  // namespace

namespace {
void fold_shapes(Graph& graph) {
  std::vector<Node> kept;
  for (Node& node : graph.nodes) {
    auto contents = fold_integers(graph, node);
    for (size_t i = 0; contents && i < contents->size(); ++i)
      graph.value(node.outputs[i]).constant = std::move((*contents)[i]);
    if (!contents) kept.push_back(std::move(node));
  }
  graph.nodes = std::move(kept);
}
}  // namespace

Graph as_written(Graph graph) {
  fold_shapes(graph);
  for (Node& node : graph.nodes) {
    if (auto* depthwise = std::get_if<DepthwiseConv2d>(&node.op);
        depthwise != nullptr && depthwise->depth_multiplier == 0)
      depthwise->depth_multiplier =
          graph.value(node.inputs[1]).type.shape[3] / graph.value(node.inputs[0]).type.shape[3];
    if (!std::holds_alternative<Conv2d>(node.op)) continue;
    if (node.inputs.size() > 2 && node.inputs[2] != kNoValue) continue;
    if (!graph.value(node.inputs[1]).constant) continue;  // of any extent: nobody computes it
    Tensor zeros = zero_bias(graph.value(node.inputs[0]).type, graph.value(node.inputs[1]).type);
    node.inputs.resize(2);
    node.inputs.push_back(graph.add_constant(node.name + "_bias", std::move(zeros)));
  }
  return graph;
}

Result<Bytes> write_tflite(const Model& model) {
  return write_file_bytes(model, false);
}

Result<> save_model(const std::filesystem::path& path, const Model& model) {
  auto content = write_tflite(model);
  if (!content) return fail(std::move(content).error().in(path.string()));
  return write_file(path, *content);
}

}  // namespace mote
