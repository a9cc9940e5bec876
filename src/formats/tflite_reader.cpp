#include "formats/tflite_reader.h"

#include <algorithm>

#include "formats/metadata.h"
#include "formats/tflite_options.h"
#include "formats/tflite_types.h"

namespace mote {

namespace {

constexpr uint32_t kSchemaVersion = 3;
constexpr size_t kMostTensors = 100'000;
constexpr size_t kMostOps = 100'000;
constexpr size_t kMostOperands = 4096;
constexpr uint64_t kMostFileBytes = uint64_t{1} << 31;
constexpr int32_t kCustomOp = 32;

template <class T>
size_t size_of(const flatbuffers::Vector<T>* vector) {
  return vector != nullptr ? vector->size() : 0;
}

int32_t builtin_of(const tfl::OperatorCode& code) {
  return std::max<int32_t>(code.deprecated_builtin_code(), code.builtin_code());
}

/// "builtin 69 'tile'" or "custom 'SignalWindow'"
std::string op_label(const tfl::OperatorCode& code) {
  const int32_t builtin = builtin_of(code);
  if (builtin == kCustomOp)
    return fmt::format("custom '{}'", code.custom_code() != nullptr ? code.custom_code()->str().substr(0, 100) : "");
  std::string lower(builtin_name(builtin));
  for (char& letter : lower)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  return fmt::format("builtin {} '{}'", builtin, lower);
}

Result<const tfl::OperatorCode*> code_of_op(const TfliteFile& file, const tfl::Operator& op) {
  if (op.opcode_index() >= size_of(file.model->operator_codes()))
    return fail(ErrorCode::kBadInput, "refers to operator code {}, there are {}", op.opcode_index(),
                size_of(file.model->operator_codes()));
  return file.model->operator_codes()->Get(op.opcode_index());
}

/// Refuses ops that Mote has not, before anything else is looked at: the first by place and name, the others by name.
Result<> check_ops_known(const TfliteFile& file, const tfl::SubGraph& subgraph) {
  constexpr size_t kMostNamed = 20;
  std::string first;
  std::vector<std::string> others;
  std::vector<bool> seen(size_of(file.model->operator_codes()));
  for (flatbuffers::uoffset_t i = 0; i < size_of(subgraph.operators()); ++i) {
    const tfl::Operator& op = *subgraph.operators()->Get(i);
    const auto code = code_of_op(file, op);
    if (!code) return fail(Error(code.error()).in(fmt::format("op {}", i)));
    if (seen[op.opcode_index()]) continue;
    seen[op.opcode_index()] = true;
    if (op_of_builtin(builtin_of(**code))) continue;
    if (first.empty())
      first = fmt::format("op {} ({})", i, op_label(**code));
    else if (others.size() < kMostNamed)
      others.push_back(op_label(**code));
  }
  if (first.empty()) return {};
  const std::string more = others.empty() ? "" : fmt::format(" (nor {})", fmt::join(others, ", "));
  return fail(ErrorCode::kUnsupported,
              "{} is not supported{}; replace it in the model by ops that docs/operators.md lists and convert again",
              first, more);
}

Result<std::vector<ValueId>> read_ids(const TfliteFile& file, const flatbuffers::Vector<int32_t>* ids, size_t known,
                                      std::string_view what, bool may_be_left_out) {
  std::vector<ValueId> result;
  if (size_of(ids) > kMostOperands)
    return fail(ErrorCode::kUnsupported, "{} {} are listed, at most {} are supported", size_of(ids), what,
                kMostOperands);
  MOTE_TRY(file.budget->take(size_of(ids) * 4));
  for (flatbuffers::uoffset_t i = 0; i < size_of(ids); ++i) {
    const int32_t id = ids->Get(i);
    const bool left_out = id == kNoValue && may_be_left_out;
    if (!left_out && (id < 0 || static_cast<size_t>(id) >= known))
      return fail(ErrorCode::kBadInput, "{} {} is tensor {}, there are {}", what, i, id, known);
    result.push_back(id);
  }
  return result;
}

/// The oldest files give the shape of a reshape nowhere but in the type of its output.
void add_missing_shape(const Graph& graph, Node& node) {
  auto* reshape = std::get_if<Reshape>(&node.op);
  if (reshape == nullptr || !reshape->shape.empty() || node.inputs.size() > 1) return;
  reshape->shape = graph.value(node.outputs[0]).type.shape;
}

/// Refuses results of a type that the op does not compute here, by name: well-formed, but beyond what Mote has.
Result<> check_result_types(const Graph& graph, const Node& node, const std::vector<TensorType>& types) {
  for (size_t i = 0; i < types.size() && i < node.outputs.size(); ++i) {
    const Value& declared = graph.value(node.outputs[i]);
    if (declared.type.dtype != types[i].dtype)
      return fail(ErrorCode::kUnsupported,
                  "result {} is declared {}, this op computes {} here; convert the model to float "
                  "or full int8",
                  declared.name, name(declared.type.dtype), name(types[i].dtype));
  }
  return {};
}

/// Refuses float activations on integer weights: LiteRT quantizes the activations while it runs.
Result<> refuse_hybrid(const Graph& graph, const Node& node, const std::vector<Argument>& arguments) {
  if (arguments.empty() || arguments[0].type.dtype != DType::kFloat32) return {};
  const QuantizationRule rule = quantization(node.op, arguments);
  for (size_t i = 1; i < arguments.size() && i < rule.inputs.size(); ++i)
    if (rule.inputs[i].role == OperandRole::kWeights && arguments[i].type.dtype != DType::kFloat32 &&
        node.inputs[i] != kNoValue)
      return fail(
          ErrorCode::kUnsupported,
          "has float activations but {} weights ({}), so-called dynamic range quantization; convert the model in "
          "float, or fully to int8",
          name(arguments[i].type.dtype), graph.value(node.inputs[i]).name);
  return {};
}

class GraphReader {
 public:
  explicit GraphReader(const TfliteFile& file) : file_(file) {}

  Result<Graph> read(const tfl::SubGraph& subgraph) {
    MOTE_TRY(check_ops_known(file_, subgraph));
    if (subgraph.name() != nullptr) graph_.name = subgraph.name()->str();
    MOTE_TRY(read_tensors(subgraph));
    const size_t known = graph_.values.size();
    MOTE_TRY_ASSIGN(graph_.inputs, read_ids(file_, subgraph.inputs(), known, "model inputs", false));
    MOTE_TRY_ASSIGN(graph_.outputs, read_ids(file_, subgraph.outputs(), known, "model outputs", false));
    for (const ValueId id : graph_.inputs)
      if (open_inside_[static_cast<size_t>(id)])
        return fail(
            ErrorCode::kUnsupported,
            "input {} ({}) leaves an extent open that is not the batch; convert the model with a fixed input shape", id,
            graph_.value(id).name);
    if (size_of(subgraph.operators()) > kMostOps)
      return fail(ErrorCode::kUnsupported, "the model has {} ops, at most {} are supported",
                  size_of(subgraph.operators()), kMostOps);
    for (flatbuffers::uoffset_t i = 0; i < size_of(subgraph.operators()); ++i) {
      const tfl::Operator& op = *subgraph.operators()->Get(i);
      MOTE_TRY_ASSIGN(const tfl::OperatorCode* code, code_of_op(file_, op));
      if (auto done = read_op(op, builtin_of(*code), known); !done)
        return fail(std::move(done).error().in(fmt::format("op {} ({})", i, op_label(*code))));
    }
    MOTE_TRY(verify(graph_));
    return std::move(graph_);
  }

 private:
  Result<> read_tensors(const tfl::SubGraph& subgraph) {
    const size_t tensors = size_of(subgraph.tensors());
    if (tensors > kMostTensors)
      return fail(ErrorCode::kUnsupported, "the model has {} tensors, at most {} are supported", tensors, kMostTensors);
    for (flatbuffers::uoffset_t i = 0; i < tensors; ++i) {
      const tfl::Tensor& stored = *subgraph.tensors()->Get(i);
      auto tensor = read_tensor(file_, stored);
      if (!tensor) {
        const std::string label = stored.name() != nullptr ? stored.name()->str().substr(0, 200) : "";
        return fail(std::move(tensor).error().in(fmt::format("tensor {} ({})", i, label)));
      }
      if (tensor->name.empty()) tensor->name = fmt::format("tensor_{}", i);
      open_.push_back(tensor->open_batch || tensor->open_inside);
      open_inside_.push_back(tensor->open_inside);
      graph_.values.push_back({std::move(tensor->name), std::move(tensor->type), std::move(tensor->constant)});
    }
    return {};
  }

  Result<> read_op(const tfl::Operator& stored, int32_t builtin, size_t known) {
    std::optional<Op> op = op_of_builtin(builtin);
    if (!op) return fail(ErrorCode::kUnsupported, "is not supported");
    const int32_t options = tflite_name(*op).options;
    if (stored.builtin_options() != nullptr && options != 0 && stored.builtin_options_type() != options)
      return fail(ErrorCode::kBadInput, "has an option table of type {}, {} is expected; the file is damaged",
                  stored.builtin_options_type(), options);
    if (options != 0)
      MOTE_TRY(
          read_options(reinterpret_cast<const flatbuffers::Table*>(stored.builtin_options()), *file_.verifier, *op));
    Node node{std::move(*op), {}, {}, {}};
    MOTE_TRY_ASSIGN(node.inputs, read_ids(file_, stored.inputs(), known, "operand", true));
    MOTE_TRY_ASSIGN(node.outputs, read_ids(file_, stored.outputs(), known, "result", false));
    if (node.outputs.empty()) return fail(ErrorCode::kBadInput, "has no results; the file is damaged");
    node.name = graph_.value(node.outputs[0]).name;
    add_missing_shape(graph_, node);
    const std::vector<Argument> arguments = graph_.arguments(node.inputs);
    auto types = infer(node.op, arguments);
    if (!types) return fail(std::move(types).error().in(node.name));
    for (size_t i = 0; i < types->size() && i < node.outputs.size(); ++i)
      if (open_[static_cast<size_t>(node.outputs[i])]) graph_.value(node.outputs[i]).type.shape = (*types)[i].shape;
    MOTE_TRY(check_result_types(graph_, node, *types));
    MOTE_TRY(refuse_hybrid(graph_, node, arguments));
    graph_.nodes.push_back(std::move(node));
    return {};
  }

  const TfliteFile& file_;
  Graph graph_;
  std::vector<bool> open_;         ///< by value: an extent is left open in the file
  std::vector<bool> open_inside_;  ///< by value: one that is not the first
};

Result<Model> read_file_bytes(std::span<const uint8_t> bytes, bool is_front_end);

Result<> check_front_end(const Model& model) {
  const Graph& front = *model.front_end;
  if (front.outputs.size() != 1)
    return fail(ErrorCode::kBadInput, "{}: has {} outputs, one is expected", kFrontEndEntry, front.outputs.size());
  const TensorType& made = front.value(front.outputs[0]).type;
  const TensorType& wanted = model.graph.value(model.graph.inputs[0]).type;
  if (made.dtype != wanted.dtype || made.shape != wanted.shape)
    return fail(ErrorCode::kBadInput, "{}: computes {}, the network's input is {}", kFrontEndEntry, text(made),
                text(wanted));
  return {};
}

Result<> read_metadata(const TfliteFile& file, bool is_front_end, Model& model) {
  std::string expected;
  bool has_json = false;
  for (flatbuffers::uoffset_t i = 0; i < size_of(file.model->metadata()); ++i) {
    const tfl::Metadata& entry = *file.model->metadata()->Get(i);
    const std::string entry_name = entry.name() != nullptr ? entry.name()->str() : "";
    auto content = buffer_content(file, entry.buffer());
    if (!content) return fail(std::move(content).error().in(fmt::format("metadata entry {}", entry_name)));
    MOTE_TRY(file.budget->take(content->size() + entry_name.size()));
    if (entry_name == kJsonEntry) {
      if (std::exchange(has_json, true)) return fail(ErrorCode::kBadInput, "there are two entries {}", kJsonEntry);
      MOTE_TRY_ASSIGN(ParsedMetadata parsed, parse_metadata(*content));
      model.metadata.values = std::move(parsed.values);
      expected = std::move(parsed.fingerprint);
    } else if (entry_name == kFrontEndEntry) {
      if (is_front_end || model.front_end)
        return fail(ErrorCode::kBadInput, "there is more than one front end; at most one is expected");
      auto front = read_file_bytes(*content, true);
      if (!front) return fail(std::move(front).error().in(kFrontEndEntry));
      model.front_end = std::move(front->graph);
      MOTE_TRY(check_front_end(model));
    } else {
      model.metadata.other.push_back({entry_name, Bytes(content->begin(), content->end())});
    }
  }
  if (expected.empty()) return {};
  const std::string found = fingerprint(model);
  if (found != expected)
    return fail(
        ErrorCode::kBadInput,
        "the fingerprint is {}, {} says {}: the network was changed after Mote wrote it; take the original file, or "
        "remove the entry {} to use the changed one",
        found, kJsonEntry, expected.substr(0, 64), kJsonEntry);
  return {};
}

Result<Model> read_file_bytes(std::span<const uint8_t> bytes, bool is_front_end) {
  if (bytes.size() < 8 || !tfl::ModelBufferHasIdentifier(bytes.data()))
    return fail(ErrorCode::kBadInput, "this is no .tflite file: \"TFL3\" is missing at byte 4 ({} bytes)",
                bytes.size());
  if (bytes.size() >= kMostFileBytes)
    return fail(ErrorCode::kUnsupported, "the file has {} bytes, files below 2 GiB are supported", bytes.size());
  Bytes aligned;  // offsets in the file are aligned relative to its start
  if (reinterpret_cast<uintptr_t>(bytes.data()) % 16 != 0) {
    aligned.assign(bytes.begin(), bytes.end());
    bytes = aligned;
  }
  flatbuffers::Verifier verifier(bytes.data(), bytes.size(), /*max_depth=*/16, /*max_tables=*/1'000'000);
  if (!tfl::VerifyModelBuffer(verifier))
    return fail(ErrorCode::kBadInput,
                "the .tflite file is damaged or cut short ({} bytes): an offset leads out of it; "
                "copy it again",
                bytes.size());
  const tfl::Model* stored = tfl::GetModel(bytes.data());
  if (stored->version() != kSchemaVersion)
    return fail(ErrorCode::kUnsupported, "the .tflite schema version is {}, {} is supported", stored->version(),
                kSchemaVersion);
  if (size_of(stored->subgraphs()) == 0) return fail(ErrorCode::kBadInput, "the file holds no network");
  Budget budget(bytes.size());
  const TfliteFile file{bytes, stored, &verifier, &budget};
  Model model;
  MOTE_TRY_ASSIGN(model.graph, GraphReader(file).read(*stored->subgraphs()->Get(0)));
  MOTE_TRY(read_metadata(file, is_front_end, model));
  return model;
}

}  // namespace

Result<Model> read_tflite(std::span<const uint8_t> file) {
  return read_file_bytes(file, false);
}

Result<Model> load_model(const std::filesystem::path& path) {
  MOTE_TRY_ASSIGN(const Bytes content, read_file(path, kMostFileBytes));
  auto model = read_tflite(content);
  if (!model) return fail(std::move(model).error().in(path.string()));
  return std::move(*model);
}

}  // namespace mote
