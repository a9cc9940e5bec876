#include "onnx/onnx_reader.h"

#include <algorithm>
#include <map>
#include <set>

#include "onnx/importer.h"
#include "onnx/onnx_passes.h"
#include "onnx/tensor_reader.h"

namespace mote {

namespace {

constexpr int64_t kOldestOpset = 6, kNewestOpset = 23;
constexpr int kMostNodes = 100'000;
constexpr size_t kMostExtents = 8;

/// The operators of other domains that stand for nothing but a quantized form of a standard one.
bool known_domain(const std::string& domain, const std::string& op) {
  if (domain.empty() || domain == "ai.onnx") return true;
  return domain == "com.microsoft" &&
         (op.starts_with("QLinear") || op == "QGemm" || op == "DequantizeLinear" || op == "QuantizeLinear");
}

/// "QLinearConv", "FusedConv of com.microsoft"
std::string op_label(const onnx_format::Node& node) {
  const std::string domain = node.domain().empty() ? "" : " of " + node.domain().substr(0, 100);
  return node.op_type().substr(0, 100) + domain;
}

Problem problem_at(std::string_view id, int index, const onnx_format::Node& node, const Error& error) {
  Problem problem = problem_of(id, error);
  problem.op = index;
  problem.op_name = op_label(node);
  problem.tensor_name = node.output_size() > 0 ? node.output(0).substr(0, 200) : node.name().substr(0, 200);
  return problem;
}

/// All operators that are missing, each once, before anything else is looked at.
std::vector<Problem> missing_operators(const onnx_format::Graph& graph) {
  constexpr size_t kMostProblems = 1000;
  std::vector<Problem> problems;
  std::set<std::string> seen;
  for (int i = 0; i < graph.node_size() && problems.size() < kMostProblems; ++i) {
    const onnx_format::Node& node = graph.node(i);
    if (known_domain(node.domain(), node.op_type()) && find_converter(node.op_type()) != nullptr) continue;
    if (!seen.insert(node.op_type()).second) continue;
    problems.push_back(problem_at("unsupported-op", i, node,
                                  {ErrorCode::kUnsupported,
                                   "is not supported; replace it in the model by operators that docs/onnx.md lists and "
                                   "export again",
                                   {}}));
  }
  return problems;
}

Result<int64_t> opset_of(const onnx_format::Model& model) {
  int64_t version = 1;
  for (const onnx_format::OperatorSet& set : model.opset_import())
    if (set.domain().empty() || set.domain() == "ai.onnx") version = set.version();
  if (version < kOldestOpset || version > kNewestOpset)
    return fail(ErrorCode::kUnsupported, "operator set {}; {} to {} are supported: export with opset_version=17",
                version, kOldestOpset, kNewestOpset);
  return version;
}

Result<TensorType> input_type(const onnx_format::ValueInfo& input) {
  const auto& stored = input.type().tensor_type();
  if (!input.type().has_tensor_type()) return fail(ErrorCode::kUnsupported, "is no tensor");
  TensorType type;
  MOTE_TRY_ASSIGN(type.dtype, dtype_of_onnx(stored.elem_type()));
  if (!stored.has_shape()) return fail(ErrorCode::kUnsupported, "has no shape; export with a fixed input shape");
  if (static_cast<size_t>(stored.shape().dim_size()) > kMostExtents)
    return fail(ErrorCode::kUnsupported, "has {} extents, at most {} are supported", stored.shape().dim_size(),
                kMostExtents);
  for (int i = 0; i < stored.shape().dim_size(); ++i) {
    const auto& dimension = stored.shape().dim(i);
    int64_t extent = dimension.dim_value();
    if (!dimension.has_dim_value() || extent <= 0) {
      if (i != 0)
        return fail(ErrorCode::kUnsupported,
                    "leaves extent {} open ('{}'); only the batch may be: export with a fixed input shape (without "
                    "dynamic_axes, or with onnxruntime.tools.make_dynamic_shape_fixed)",
                    i, dimension.dim_param().substr(0, 100));
      extent = 1;
    }
    if (extent > INT32_MAX) return fail(ErrorCode::kBadInput, "has the extent {}", extent);
    type.shape.push_back(static_cast<int32_t>(extent));
  }
  MOTE_TRY(checked_count(type.shape));
  return type;
}

class Reader {
 public:
  Reader(const onnx_format::Graph& stored, int64_t opset, size_t bytes) : stored_(stored), importer_(opset, bytes) {}

  /// Stops at the first node that cannot be converted.
  Result<Graph> read(std::vector<Problem>& problems) {
    importer_.graph().name = stored_.name();
    MOTE_TRY(read_initializers());
    MOTE_TRY(read_inputs());
    for (int i = 0; i < stored_.node_size(); ++i)
      if (const auto done = read_node(stored_.node(i)); !done) {
        problems.push_back(problem_at("operator", i, stored_.node(i), done.error()));
        return std::move(importer_.graph());
      }
    MOTE_TRY(bind_outputs());
    return std::move(importer_.graph());
  }

 private:
  Result<> read_initializers() {
    for (const onnx_format::Tensor& tensor : stored_.initializer()) {
      auto content = read_onnx_tensor(tensor);
      if (!content)
        return fail(std::move(content).error().in(fmt::format("initializer '{}'", tensor.name().substr(0, 200))));
      importer_.begin(tensor.name());
      importer_.bind(tensor.name(), importer_.constant(std::move(*content)));
      constants_.insert(tensor.name());
    }
    return {};
  }

  Result<> read_inputs() {
    for (const onnx_format::ValueInfo& input : stored_.input()) {
      if (constants_.contains(input.name())) continue;  // old files list the weights too
      auto type = input_type(input);
      if (!type) return fail(std::move(type).error().in(fmt::format("input '{}'", input.name().substr(0, 200))));
      const ValueId id = importer_.graph().add_value(input.name(), std::move(*type));
      importer_.graph().inputs.push_back(id);
      importer_.bind(input.name(), id);
    }
    return {};
  }

  Result<> read_node(const onnx_format::Node& stored) {
    std::vector<ValueId> inputs;
    for (const std::string& name : stored.input()) {
      inputs.push_back(kNoValue);
      if (name.empty()) continue;
      MOTE_TRY_ASSIGN(inputs.back(), importer_.find(name));
    }
    while (!inputs.empty() && inputs.back() == kNoValue) inputs.pop_back();
    const OnnxNode node(stored, std::move(inputs));
    if (node.outputs() == 0) return fail(ErrorCode::kBadInput, "has no results; the file is damaged");
    importer_.begin(stored.output(0));
    MOTE_TRY(find_converter(stored.op_type())(importer_, node));
    return node.finish();
  }

  /// An output that is an input or a constant, or is there twice, gets an op of its own.
  Result<> bind_outputs() {
    Graph& graph = importer_.graph();
    for (const onnx_format::ValueInfo& output : stored_.output()) {
      auto id = importer_.find(output.name());
      if (!id) return fail(std::move(id).error().in("the model's outputs"));
      const bool taken = std::ranges::find(graph.outputs, *id) != graph.outputs.end();
      if (importer_.known(*id) != nullptr)
        return fail(ErrorCode::kUnsupported, "output '{}' does not depend on any input", output.name().substr(0, 200));
      if (importer_.is_shifted(*id))
        return fail(ErrorCode::kUnsupported, "output '{}' is uint8; end the model with DequantizeLinear",
                    output.name().substr(0, 200));
      if (taken || std::ranges::find(graph.inputs, *id) != graph.inputs.end()) {
        MOTE_TRY_ASSIGN(*id, graph.add_node(Reshape{importer_.shape(*id)}, {*id}, output.name()));
      }
      graph.value(*id).name = output.name();
      graph.outputs.push_back(*id);
    }
    return {};
  }

  const onnx_format::Graph& stored_;
  Importer importer_;
  std::set<std::string> constants_;
};

/// The operands of a float layer are of one type in ONNX; quantized layers have integer inputs by now.
Result<> expect_float_weights(const Graph& graph) {
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    const std::vector<Argument> arguments = graph.arguments(node.inputs);
    const QuantizationRule rule = quantization(node.op, arguments);
    if (arguments.empty() || arguments[0].type.dtype != DType::kFloat32) continue;
    for (size_t k = 0; k < arguments.size() && k < rule.inputs.size(); ++k) {
      const OperandRole role = rule.inputs[k].role;
      if (node.inputs[k] == kNoValue || (role != OperandRole::kWeights && role != OperandRole::kBias)) continue;
      if (arguments[k].type.dtype != DType::kFloat32)
        return fail(ErrorCode::kBadInput, "op {} ({} {}): operand {} is {} beside a float input", i, name(node.op),
                    node.name, k, text(arguments[k].type));
    }
  }
  return {};
}

}  // namespace

Result<Reading> inspect_onnx(std::span<const uint8_t> file) {
  constexpr size_t kMostBytes = size_t{128} << 20;
  if (file.size() > kMostBytes)
    return fail(ErrorCode::kUnsupported, "the file has {} bytes, ONNX files up to {} MiB are supported", file.size(),
                kMostBytes >> 20);
  onnx_format::Model stored;
  if (!stored.ParseFromArray(file.data(), static_cast<int>(file.size())) || !stored.has_graph())
    return fail(ErrorCode::kBadInput, "this is no ONNX file, or it is damaged or cut short ({} bytes)", file.size());
  MOTE_TRY_ASSIGN(const int64_t opset, opset_of(stored));
  if (stored.graph().node_size() > kMostNodes)
    return fail(ErrorCode::kUnsupported, "the model has {} nodes, at most {} are supported", stored.graph().node_size(),
                kMostNodes);
  if (stored.graph().sparse_initializer_size() > 0)
    return fail(ErrorCode::kUnsupported, "sparse initializers; save the model with dense ones");
  Reading reading;
  reading.problems = missing_operators(stored.graph());
  if (!reading.problems.empty()) return reading;
  MOTE_TRY_ASSIGN(Graph graph, Reader(stored.graph(), opset, file.size()).read(reading.problems));
  if (!reading.problems.empty()) return reading;
  MOTE_TRY(tidy_import(graph));
  MOTE_TRY(verify(graph));
  MOTE_TRY(expect_float_weights(graph));
  reading.model.graph = std::move(graph);
  return reading;
}

Result<Model> read_onnx(std::span<const uint8_t> file) {
  MOTE_TRY_ASSIGN(Reading reading, inspect_onnx(file));
  if (!reading.problems.empty()) return fail(refusal(reading.problems));
  return std::move(reading.model);
}

}  // namespace mote
