#include "formats/tflite_variables.h"

#include <algorithm>

#include "formats/tflite_options.h"

namespace mote {

namespace {

constexpr int32_t kCallOnce = 129, kVarHandle = 142, kReadVariable = 143, kAssignVariable = 144;
constexpr size_t kMostVariables = 10'000;
constexpr flatbuffers::voffset_t kFirstSlot = 4, kSecondSlot = 6;

template <class T>
size_t size_of(const flatbuffers::Vector<T>* vector) {
  return vector != nullptr ? vector->size() : 0;
}

/// The builtin code of an op, -1 if it refers to none.
int32_t builtin_of(const TfliteFile& file, const tfl::Operator& op) {
  if (op.opcode_index() >= size_of(file.model->operator_codes())) return -1;
  const tfl::OperatorCode& code = *file.model->operator_codes()->Get(op.opcode_index());
  return std::max<int32_t>(code.deprecated_builtin_code(), code.builtin_code());
}

const flatbuffers::Table* options_of(const tfl::Operator& op) {
  return reinterpret_cast<const flatbuffers::Table*>(op.builtin_options());
}

Result<std::string> text_field(const TfliteFile& file, const flatbuffers::Table* table, flatbuffers::voffset_t slot) {
  constexpr size_t kLongest = 1000;
  if (table == nullptr || !table->CheckField(slot)) return std::string();
  if (!table->VerifyOffset(*file.verifier, slot))
    return fail(ErrorCode::kBadInput, "a name in the options lies outside the file; the file is damaged");
  const auto* stored = table->GetPointer<const flatbuffers::String*>(slot);
  if (!file.verifier->VerifyString(stored) || stored->size() > kLongest)
    return fail(ErrorCode::kBadInput, "a name in the options lies outside the file or is longer than {} bytes",
                kLongest);
  MOTE_TRY(file.budget->take(stored->size()));
  return stored->str();
}

/// The index of the network that a CALL_ONCE names.
Result<int32_t> called_network(const TfliteFile& file, const tfl::Operator& call) {
  const flatbuffers::Table* table = options_of(call);
  int32_t index = 0;
  if (table != nullptr) {
    if (!table->VerifyField<int32_t>(*file.verifier, kFirstSlot, 4))
      return fail(ErrorCode::kBadInput, "the options lie outside the file; the file is damaged");
    index = table->GetField<int32_t>(kFirstSlot, 0);
  }
  if (index < 1 || static_cast<size_t>(index) >= file.model->subgraphs()->size())
    return fail(ErrorCode::kBadInput, "calls network {}; the file has {}, the first of which calls", index,
                file.model->subgraphs()->size());
  return index;
}

int32_t id_at(const flatbuffers::Vector<int32_t>* ids, flatbuffers::uoffset_t i) {
  return i < size_of(ids) ? ids->Get(i) : kNoValue;
}

}  // namespace

bool VariableReader::is_variable_op(int32_t builtin) {
  return builtin == kCallOnce || builtin == kVarHandle || builtin == kReadVariable || builtin == kAssignVariable;
}

std::vector<bool> VariableReader::handles(const TfliteFile& file, const tfl::SubGraph& subgraph) {
  std::vector<bool> result(size_of(subgraph.tensors()));
  for (flatbuffers::uoffset_t i = 0; i < size_of(subgraph.operators()); ++i) {
    const tfl::Operator& op = *subgraph.operators()->Get(i);
    if (builtin_of(file, op) != kVarHandle) continue;
    const int32_t id = id_at(op.outputs(), 0);
    if (id >= 0 && static_cast<size_t>(id) < result.size()) result[static_cast<size_t>(id)] = true;
  }
  return result;
}

std::vector<bool> VariableReader::called_once(const TfliteFile& file, const tfl::SubGraph& subgraph) {
  std::vector<bool> result(file.model->subgraphs()->size());
  for (flatbuffers::uoffset_t i = 0; i < size_of(subgraph.operators()); ++i) {
    const tfl::Operator& op = *subgraph.operators()->Get(i);
    if (builtin_of(file, op) != kCallOnce) continue;
    if (const auto index = called_network(file, op)) result[static_cast<size_t>(*index)] = true;
  }
  return result;
}

Result<std::optional<Node>> VariableReader::read(const tfl::Operator& op, int32_t builtin,
                                                 const std::vector<ValueId>& inputs,
                                                 const std::vector<ValueId>& outputs, Graph& graph) {
  if (builtin == kCallOnce) {
    MOTE_TRY(initialise(op));
    return std::optional<Node>();
  }
  const auto expect = [&](size_t operands, size_t results) -> Result<> {
    if (inputs.size() == operands && outputs.size() == results) return {};
    return fail(ErrorCode::kBadInput, "has {} operands and {} results, {} and {} are expected", inputs.size(),
                outputs.size(), operands, results);
  };
  if (builtin == kVarHandle) {
    MOTE_TRY(expect(0, 1));
    MOTE_TRY(bind(op, outputs[0], handles_));
    return std::optional<Node>();
  }
  MOTE_TRY(builtin == kReadVariable ? expect(1, 1) : expect(2, 0));
  MOTE_TRY_ASSIGN(const size_t variable, variable_of(inputs[0], handles_));
  if (builtin == kReadVariable) {
    MOTE_TRY_ASSIGN(const ValueId state, state_of(variable, graph.value(outputs[0]).type, graph));
    return std::optional<Node>(Node{ReadVariable{}, {state}, outputs, graph.value(outputs[0]).name});
  }
  if (inputs[1] == kNoValue) return fail(ErrorCode::kBadInput, "assigns nothing");
  MOTE_TRY_ASSIGN(const ValueId state, state_of(variable, graph.value(inputs[1]).type, graph));
  return std::optional<Node>(Node{AssignVariable{}, {state, inputs[1]}, {}, variables_[variable].name});
}

Result<> VariableReader::bind(const tfl::Operator& op, int32_t tensor, Handles& handles) {
  MOTE_TRY_ASSIGN(const std::string container, text_field(file_, options_of(op), kFirstSlot));
  MOTE_TRY_ASSIGN(const std::string shared, text_field(file_, options_of(op), kSecondSlot));
  const std::string full = container.empty() ? shared : container + "/" + shared;
  const auto known =
      std::find_if(variables_.begin(), variables_.end(), [&](const Variable& v) { return v.name == full; });
  handles[tensor] = static_cast<size_t>(known - variables_.begin());
  if (known != variables_.end()) return {};
  if (variables_.size() >= kMostVariables)
    return fail(ErrorCode::kUnsupported, "names more than {} variables", kMostVariables);
  variables_.push_back({full, kNoValue, std::nullopt});
  return {};
}

Result<size_t> VariableReader::variable_of(int32_t tensor, const Handles& handles) const {
  const auto found = handles.find(tensor);
  if (found == handles.end())
    return fail(ErrorCode::kUnsupported,
                "its first operand (tensor {}) is no handle that a var_handle before it made; convert the model with "
                "variables of its own",
                tensor);
  return found->second;
}

Result<ValueId> VariableReader::state_of(size_t index, const TensorType& type, Graph& graph) {
  Variable& variable = variables_[index];
  if (variable.state != kNoValue) {
    const TensorType& known = graph.value(variable.state).type;
    if (known.dtype != type.dtype || known.shape != type.shape)
      return fail(ErrorCode::kBadInput, "variable {} is {} here and {} elsewhere", variable.name, text(type),
                  text(known));
    return variable.state;
  }
  MOTE_TRY(file_.budget->take_state(type.bytes()));
  Tensor start = initial_state(type);
  if (variable.start) {
    const TensorType& given = variable.start->type;
    if (given.dtype != type.dtype || given.shape != type.shape)
      return fail(ErrorCode::kBadInput, "variable {} is {} here and starts as {}", variable.name, text(type),
                  text(given));
    start.data = variable.start->data;
  }
  variable.state = graph.add_state(variable.name, std::move(start));
  return variable.state;
}

Result<> VariableReader::initialise(const tfl::Operator& call) {
  MOTE_TRY_ASSIGN(const int32_t index, called_network(file_, call));
  if (auto done = initialise_by(*file_.model->subgraphs()->Get(static_cast<flatbuffers::uoffset_t>(index))); !done)
    return fail(std::move(done).error().in(fmt::format("network {}, called once", index)));
  return {};
}

/// Runs a network of handles and assignments of constants.
Result<> VariableReader::initialise_by(const tfl::SubGraph& subgraph) {
  Handles handles;
  for (flatbuffers::uoffset_t i = 0; i < size_of(subgraph.operators()); ++i) {
    const tfl::Operator& op = *subgraph.operators()->Get(i);
    const int32_t builtin = builtin_of(file_, op);
    if (builtin == kVarHandle) {
      MOTE_TRY(bind(op, id_at(op.outputs(), 0), handles));
      continue;
    }
    if (builtin != kAssignVariable)
      return fail(ErrorCode::kUnsupported,
                  "op {} ({}) computes what a variable starts with; only constants are supported, convert the model "
                  "with variables that start as constants",
                  i, builtin_name(builtin));
    MOTE_TRY_ASSIGN(const size_t variable, variable_of(id_at(op.inputs(), 0), handles));
    const int32_t value = id_at(op.inputs(), 1);
    if (value < 0 || static_cast<size_t>(value) >= size_of(subgraph.tensors()))
      return fail(ErrorCode::kBadInput, "op {} assigns tensor {}, there are {}", i, value, size_of(subgraph.tensors()));
    Result<> problem;
    TfliteTensor tensor = read_tensor(file_, *subgraph.tensors()->Get(static_cast<flatbuffers::uoffset_t>(value)),
                                      [&](std::string_view, Error error) { problem = fail(std::move(error)); });
    MOTE_TRY(problem);
    if (!tensor.constant)
      return fail(ErrorCode::kUnsupported, "op {} assigns tensor {} ({}), which is no constant", i, value, tensor.name);
    if (variables_[variable].state != kNoValue)
      return fail(ErrorCode::kUnsupported, "variable {} is used before its initialisation is called",
                  variables_[variable].name);
    variables_[variable].start = std::move(tensor.constant);
  }
  return {};
}

}  // namespace mote
