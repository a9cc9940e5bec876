#include "formats/tflite_graph_reader.h"

#include <algorithm>
#include <tuple>

#include "formats/tflite_options.h"
#include "formats/tflite_variables.h"
#include "graph/fold.h"

namespace mote {

namespace {

constexpr size_t kMostTensors = 100'000;
constexpr size_t kMostOps = 20'000;
constexpr size_t kMostOperands = 4096;
constexpr size_t kMostProblems = 1000;
constexpr size_t kLongestName = 200;
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

/// What a file says nowhere but in the type of the output: what a quantize or a cast makes, the shape of a reshape in
/// the oldest files, that of a transposed convolution whose shape operand is no constant.
void complete_attributes(const Graph& graph, Node& node) {
  if (auto* quantize = std::get_if<Quantize>(&node.op)) quantize->dtype = graph.value(node.outputs[0]).type.dtype;
  if (auto* softmax = std::get_if<Softmax>(&node.op))
    softmax->wide = graph.value(node.outputs[0]).type.dtype == DType::kInt16 && !node.inputs.empty() &&
                    node.inputs[0] != kNoValue && graph.value(node.inputs[0]).type.dtype == DType::kInt8;
  const Shape& declared = graph.value(node.outputs[0]).type.shape;
  if (auto* conv = std::get_if<TransposeConv>(&node.op); conv != nullptr && declared.size() == 4) {
    const bool computed =
        !node.inputs.empty() && node.inputs[0] != kNoValue && !graph.value(node.inputs[0]).constant.has_value();
    if (computed) std::tie(conv->output_h, conv->output_w) = std::pair(declared[1], declared[2]);
  }
  if (auto* cast = std::get_if<Cast>(&node.op)) cast->out_type = graph.value(node.outputs[0]).type.dtype;
  auto* reshape = std::get_if<Reshape>(&node.op);
  if (reshape == nullptr || !reshape->shape.empty() || node.inputs.size() > 1) return;
  reshape->shape = declared;
}

/// Refuses results of a type that the op does not compute here, by name: well-formed, but beyond what Mote has.
Result<> check_result_types(const Graph& graph, const Node& node, const std::vector<TensorType>& types) {
  if (types.size() != node.outputs.size())
    return fail(ErrorCode::kBadInput, "has {} outputs, {} are expected", node.outputs.size(), types.size());
  for (size_t i = 0; i < types.size(); ++i) {
    const Value& declared = graph.value(node.outputs[i]);
    if (declared.constant) return fail(ErrorCode::kBadInput, "writes {}, which is already there", declared.name);
    if (declared.type.dtype != types[i].dtype)
      return fail(ErrorCode::kUnsupported,
                  "result {} is declared {}, this op computes {} here; convert the model to float "
                  "or full int8",
                  declared.name, name(declared.type.dtype), name(types[i].dtype));
    if (declared.type.shape != types[i].shape)
      return fail(ErrorCode::kBadInput, "output {} is declared {}, it computes {}", declared.name, text(declared.type),
                  text(types[i]));
  }
  return {};
}

/// Integer or float16 weights of a float layer, stored small and computed in float. Nothing if the op has none.
std::optional<ValueId> hybrid_weights(const Node& node, const std::vector<Argument>& arguments) {
  if (arguments.empty() || arguments[0].type.dtype != DType::kFloat32) return std::nullopt;
  const QuantizationRule rule = quantization(node.op, arguments);
  for (size_t i = 1; i < arguments.size() && i < rule.inputs.size(); ++i)
    if (rule.inputs[i].role == OperandRole::kWeights && arguments[i].type.dtype != DType::kFloat32 &&
        node.inputs[i] != kNoValue)
      return node.inputs[i];
  return std::nullopt;
}

/// Turns such weights into the float32 numbers that they stand for.
Result<> dequantize_weights(const TfliteFile& file, Value& weights) {
  const TensorType& type = weights.type;
  const bool has_numbers = type.dtype == DType::kFloat16 || (type.quantization.present() && type.dtype != DType::kInt4);
  if (!weights.constant || !has_numbers)
    return fail(ErrorCode::kUnsupported,
                "has float activations but weights that are {} ({}); convert the model in float, or fully to int8",
                weights.constant ? text(type) : "computed at run time", weights.name);
  MOTE_TRY(file.budget->take(static_cast<size_t>(count(type.shape)) * sizeof(float)));
  weights.constant = dequantized(*weights.constant);
  weights.type = weights.constant->type;
  return {};
}

class GraphReader {
 public:
  GraphReader(const TfliteFile& file, Reading& reading)
      : file_(file),
        variables_(file),
        problems_(reading.problems),
        notes_(reading.notes),
        graph_(reading.model.graph),
        file_index_(reading.file_index) {}

  void read(const tfl::SubGraph& subgraph) {
    const size_t before = problems_.size();
    const size_t tensors = size_of(subgraph.tensors());
    const size_t ops = size_of(subgraph.operators());
    if (tensors > kMostTensors || ops > kMostOps) {
      refuse("size", Error{ErrorCode::kUnsupported,
                           fmt::format("the model has {} tensors and {} ops, at most {} and {} are supported", tensors,
                                       ops, kMostTensors, kMostOps),
                           {}});
      return;
    }
    if (subgraph.name() != nullptr) graph_.name = subgraph.name()->str().substr(0, kLongestName);
    read_tensors(subgraph);
    read_ports(subgraph);
    for (flatbuffers::uoffset_t i = 0; i < ops && problems_.size() < kMostProblems; ++i)
      read_op(static_cast<int>(i), *subgraph.operators()->Get(i));
    // Ops that are missing tell more than what surrounds them.
    std::stable_partition(problems_.begin(), problems_.end(), [](const Problem& p) { return p.id.ends_with("-op"); });
    drop_intermediates_at_the_end(subgraph);
    add_notes();
    if (problems_.size() == before)
      if (const auto whole = verify(graph_); !whole) refuse("structure", whole.error());
  }

 private:
  Problem& refuse(std::string_view id, const Error& error) {
    if (problems_.size() < kMostProblems) return problems_.emplace_back(problem_of(id, error));
    return left_out_ = problem_of(id, error);
  }

  void refuse_tensor(std::string_view id, const Error& error, size_t tensor) {
    Problem& problem = refuse(id, error);
    problem.tensor = static_cast<int>(tensor);
    problem.tensor_name = graph_.values[tensor].name.substr(0, kLongestName);
  }

  void add_notes() {
    if (hybrid_ > 0)
      notes_.push_back(fmt::format(
          "{} layers have integer weights between float activations (dynamic range quantization): they are computed "
          "in float32 from the weights' real values. LiteRT rounds the activations to int8 while it runs, so its "
          "numbers differ a little; TensorFlow Lite Micro refuses the file. Full int8 is smaller and faster",
          hybrid_));
    if (half_ > 0)
      notes_.push_back(fmt::format(
          "{} constants are stored in another type than the layers compute in (float16, or integers behind a "
          "dequantize): they become float32 before the model runs and take 4 bytes a number in flash",
          half_));
  }

  /// Tensors that nothing refers to may be of any kind.
  std::vector<bool> used_tensors(const tfl::SubGraph& subgraph) const {
    std::vector<bool> used(size_of(subgraph.tensors()));
    const auto mark = [&](const flatbuffers::Vector<int32_t>* ids) {
      for (flatbuffers::uoffset_t i = 0; i < std::min(size_of(ids), kMostOperands); ++i)
        if (ids->Get(i) >= 0 && static_cast<size_t>(ids->Get(i)) < used.size())
          used[static_cast<size_t>(ids->Get(i))] = true;
    };
    mark(subgraph.inputs());
    mark(subgraph.outputs());
    for (flatbuffers::uoffset_t i = 0; i < size_of(subgraph.operators()); ++i) {
      mark(subgraph.operators()->Get(i)->inputs());
      mark(subgraph.operators()->Get(i)->outputs());
    }
    const std::vector<bool> handles = VariableReader::handles(file_, subgraph);
    for (size_t i = 0; i < used.size(); ++i) used[i] = used[i] && !handles[i];
    return used;
  }

  /// The writer puts the tensors that only an op's list of intermediates names behind all others.
  void drop_intermediates_at_the_end(const tfl::SubGraph& subgraph) {
    std::vector<bool> dropped(graph_.values.size());
    for (flatbuffers::uoffset_t i = 0; i < size_of(subgraph.operators()); ++i) {
      const auto* ids = subgraph.operators()->Get(i)->intermediates();
      for (flatbuffers::uoffset_t k = 0; k < std::min(size_of(ids), kMostOperands); ++k)
        if (ids->Get(k) >= 0 && static_cast<size_t>(ids->Get(k)) < dropped.size())
          dropped[static_cast<size_t>(ids->Get(k))] = true;
    }
    const std::vector<bool> used = used_tensors(subgraph);
    if (used.size() != graph_.values.size()) return;  // states of variables follow
    while (!graph_.values.empty() && dropped[graph_.values.size() - 1] && !used[graph_.values.size() - 1])
      graph_.values.pop_back();
  }

  void read_tensors(const tfl::SubGraph& subgraph) {
    const size_t tensors = size_of(subgraph.tensors());
    const std::vector<bool> used = used_tensors(subgraph);
    open_.resize(tensors);
    open_inside_.resize(tensors);
    broken_.resize(tensors);
    for (size_t i = 0; i < tensors; ++i) {
      std::vector<std::pair<std::string, Error>> refused;
      TfliteTensor tensor =
          read_tensor(file_, *subgraph.tensors()->Get(static_cast<flatbuffers::uoffset_t>(i)),
                      [&](std::string_view id, Error error) { refused.emplace_back(id, std::move(error)); });
      if (tensor.name.empty()) tensor.name = fmt::format("tensor_{}", i);
      open_[i] = tensor.open_batch || tensor.open_inside;
      open_inside_[i] = tensor.open_inside;
      broken_[i] = !refused.empty();
      if (broken_[i]) tensor.type = {}, tensor.constant.reset();
      graph_.values.push_back(
          {std::move(tensor.name), std::move(tensor.type), std::move(tensor.constant), std::nullopt});
      if (used[i] && tensor.variable && refused.empty())
        if (auto state = start_state(graph_.values.back()); !state) refused.emplace_back("state", state.error());
      if (used[i])
        for (const auto& [id, error] : refused) refuse_tensor(id, error, i);
    }
  }

  /// Turns a variable tensor into state that starts as the reference starts it.
  Result<> start_state(Value& value) {
    if (value.constant)
      return fail(ErrorCode::kUnsupported,
                  "is a variable with a content of its own; the reference starts variables at 0 or their zero point, "
                  "convert the model so");
    MOTE_TRY(file_.budget->take_state(value.type.bytes()));
    value.initial = initial_state(value.type);
    return {};
  }

  void read_ports(const tfl::SubGraph& subgraph) {
    const auto read = [&](const flatbuffers::Vector<int32_t>* ids, std::string_view what, std::vector<ValueId>& to) {
      auto list = read_ids(ids, what, false);
      if (list)
        to = std::move(*list);
      else
        refuse("structure", list.error());
    };
    read(subgraph.inputs(), "model inputs", graph_.inputs);
    read(subgraph.outputs(), "model outputs", graph_.outputs);
    for (const ValueId id : graph_.inputs)
      if (open_inside_[static_cast<size_t>(id)])
        refuse_tensor("open-shape",
                      {ErrorCode::kUnsupported,
                       "is an input and leaves an extent open that is not the batch; convert the model with a fixed "
                       "input shape",
                       {}},
                      static_cast<size_t>(id));
  }

  Result<std::vector<ValueId>> read_ids(const flatbuffers::Vector<int32_t>* ids, std::string_view what,
                                        bool may_be_left_out) {
    std::vector<ValueId> result;
    if (size_of(ids) > kMostOperands)
      return fail(ErrorCode::kUnsupported, "{} {} are listed, at most {} are supported", size_of(ids), what,
                  kMostOperands);
    MOTE_TRY(file_.budget->take(size_of(ids) * 4));
    for (flatbuffers::uoffset_t i = 0; i < size_of(ids); ++i) {
      const int32_t id = ids->Get(i);
      const bool left_out = id == kNoValue && may_be_left_out;
      if (!left_out && (id < 0 || static_cast<size_t>(id) >= open_.size()))
        return fail(ErrorCode::kBadInput, "{} {} is tensor {}, there are {}", what, i, id, open_.size());
      result.push_back(id);
    }
    return result;
  }

  void read_op(int index, const tfl::Operator& stored) {
    const auto refuse_op = [&](std::string_view id, const Error& error, const std::string& label) {
      const auto* results = stored.outputs();
      const int32_t first = size_of(results) > 0 ? results->Get(0) : kNoValue;
      const bool known = first >= 0 && static_cast<size_t>(first) < open_.size();
      Problem& problem = refuse(id, error);
      problem.op = index;
      problem.op_name = label;
      problem.tensor = known ? first : -1;
      if (known) problem.tensor_name = graph_.value(first).name.substr(0, kLongestName);
      for (flatbuffers::uoffset_t i = 0; i < std::min(size_of(results), kMostOperands); ++i)
        if (const int32_t id_of = results->Get(i); id_of >= 0 && static_cast<size_t>(id_of) < open_.size())
          if (open_[static_cast<size_t>(id_of)]) broken_[static_cast<size_t>(id_of)] = true;
    };
    if (stored.opcode_index() >= size_of(file_.model->operator_codes()))
      return refuse_op("structure",
                       {ErrorCode::kBadInput,
                        fmt::format("refers to operator code {}, there are {}", stored.opcode_index(),
                                    size_of(file_.model->operator_codes())),
                        {}},
                       "unknown");
    const tfl::OperatorCode& code = *file_.model->operator_codes()->Get(stored.opcode_index());
    const std::string label = op_label(code);
    const int32_t builtin = builtin_of(code);
    if (VariableReader::is_variable_op(builtin)) {
      if (const auto ok = read_variable_op(index, stored, builtin); !ok)
        refuse_op(ok.error().code == ErrorCode::kUnsupported ? "state" : "structure", ok.error(), label);
      return;
    }
    std::optional<Op> op = op_of_builtin(builtin);
    if (!op)
      return refuse_op(builtin == kCustomOp ? "custom-op" : "unsupported-op",
                       {ErrorCode::kUnsupported,
                        "is not supported; replace it in the model by ops that docs/operators.md lists and convert "
                        "again",
                        {}},
                       label);
    auto node = node_of(stored, std::move(*op));
    if (!node) return refuse_op("structure", node.error(), label);
    const auto is_broken = [&](ValueId id) { return id != kNoValue && broken_[static_cast<size_t>(id)]; };
    if (std::any_of(node->inputs.begin(), node->inputs.end(), is_broken)) {
      for (const ValueId id : node->outputs)
        if (open_[static_cast<size_t>(id)]) broken_[static_cast<size_t>(id)] = true;
      return;
    }
    const std::vector<Argument> arguments = graph_.arguments(node->inputs);
    auto types = infer(node->op, arguments);
    if (!types) return refuse_op("op-shape", types.error(), label);
    for (size_t i = 0; i < types->size() && i < node->outputs.size(); ++i)
      if (open_[static_cast<size_t>(node->outputs[i])]) graph_.value(node->outputs[i]).type.shape = (*types)[i].shape;
    if (std::any_of(node->outputs.begin(), node->outputs.end(), is_broken)) return;
    if (const auto ok = check_result_types(graph_, *node, *types); !ok)
      return refuse_op(ok.error().code == ErrorCode::kUnsupported ? "op-type" : "op-shape", ok.error(), label);
    if (const auto weights = hybrid_weights(*node, arguments)) {
      const DType stored_as = graph_.value(*weights).type.dtype;
      if (const auto ok = dequantize_weights(file_, graph_.value(*weights)); !ok)
        return refuse_op("hybrid", ok.error(), label);
      ++(stored_as == DType::kFloat16 ? half_ : hybrid_);
    }
    if (std::holds_alternative<Dequantize>(node->op) && arguments[0].constant != nullptr) ++half_;
    const auto folded = fold_now(*node);
    if (!folded) return refuse_op("structure", folded.error(), label);
    if (*folded) return;
    graph_.nodes.push_back(std::move(*node));
    file_index_.push_back(index);
  }

  Result<> read_variable_op(int index, const tfl::Operator& stored, int32_t builtin) {
    MOTE_TRY_ASSIGN(const auto inputs, read_ids(stored.inputs(), "operand", true));
    MOTE_TRY_ASSIGN(const auto outputs, read_ids(stored.outputs(), "result", false));
    MOTE_TRY_ASSIGN(std::optional<Node> node, variables_.read(stored, builtin, inputs, outputs, graph_));
    if (!node) return {};
    graph_.nodes.push_back(std::move(*node));
    file_index_.push_back(index);
    return {};
  }

  /// Computes at once what follows from constants and is no real number. Whether it did; if so, no node is needed.
  Result<bool> fold_now(const Node& node) {
    auto contents = fold_integers(graph_, node);
    if (!contents) return false;
    for (size_t i = 0; i < contents->size(); ++i) {
      MOTE_TRY(file_.budget->take((*contents)[i].data.size()));
      graph_.value(node.outputs[i]).constant = std::move((*contents)[i]);
    }
    return true;
  }

  Result<Node> node_of(const tfl::Operator& stored, Op op) {
    const int32_t options = tflite_name(op).options;
    if (stored.builtin_options() != nullptr && options != 0 && stored.builtin_options_type() != options)
      return fail(ErrorCode::kBadInput, "has an option table of type {}, {} is expected; the file is damaged",
                  stored.builtin_options_type(), options);
    if (options != 0)
      MOTE_TRY(
          read_options(reinterpret_cast<const flatbuffers::Table*>(stored.builtin_options()), *file_.verifier, op));
    Node node{std::move(op), {}, {}, {}};
    MOTE_TRY_ASSIGN(node.inputs, read_ids(stored.inputs(), "operand", true));
    MOTE_TRY_ASSIGN(node.outputs, read_ids(stored.outputs(), "result", false));
    if (node.outputs.empty()) return fail(ErrorCode::kBadInput, "has no results; the file is damaged");
    if (!node.inputs.empty() && node.inputs[0] == kNoValue)
      return fail(ErrorCode::kBadInput, "leaves out its first operand; the file is damaged");
    node.name = graph_.value(node.outputs[0]).name;
    complete_attributes(graph_, node);
    return node;
  }

  const TfliteFile& file_;
  VariableReader variables_;
  std::vector<Problem>& problems_;
  std::vector<std::string>& notes_;
  size_t hybrid_ = 0;  ///< layers whose integer weights became float
  size_t half_ = 0;    ///< constants that are dequantized before the model runs
  Problem left_out_;   ///< the last of those that are too many
  Graph& graph_;
  std::vector<int>& file_index_;
  std::vector<bool> open_;         ///< by value: an extent is left open in the file
  std::vector<bool> open_inside_;  ///< by value: one that is not the first
  std::vector<bool> broken_;       ///< by value: its type is not known
};

}  // namespace

void read_subgraph(const TfliteFile& file, const tfl::SubGraph& subgraph, Reading& reading) {
  GraphReader(file, reading).read(subgraph);
}

}  // namespace mote
