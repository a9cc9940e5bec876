#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "formats/tflite_types.h"
#include "graph/graph.h"

namespace mote {

/// Resource variables of a file, which name each other through handles: VAR_HANDLE, READ_VARIABLE, ASSIGN_VARIABLE, and
/// CALL_ONCE with the network that sets what they start with. In the graph they are state, read and written by nodes;
/// handles and initialisation are gone.
class VariableReader {
 public:
  explicit VariableReader(const TfliteFile& file) : file_(file) {}

  [[nodiscard]] static bool is_variable_op(int32_t builtin);

  /// The operands and results of a subgraph that are handles: nobody else may look at them.
  [[nodiscard]] static std::vector<bool> handles(const TfliteFile& file, const tfl::SubGraph& subgraph);

  /// The networks that CALL_ONCE of `subgraph` names, by index.
  [[nodiscard]] static std::vector<bool> called_once(const TfliteFile& file, const tfl::SubGraph& subgraph);

  /// Takes note of one op of the network and adds to the graph what it stands for: a node, or nothing. Operands and
  /// results are in range.
  [[nodiscard]] Result<std::optional<Node>> read(const tfl::Operator& op, int32_t builtin,
                                                 const std::vector<ValueId>& inputs,
                                                 const std::vector<ValueId>& outputs, Graph& graph);

 private:
  struct Variable {
    std::string name;
    ValueId state = kNoValue;     ///< once its type is known
    std::optional<Tensor> start;  ///< set by CALL_ONCE
  };
  using Handles = std::map<int32_t, size_t>;  ///< tensor -> variable

  Result<> bind(const tfl::Operator& op, int32_t tensor, Handles& handles);
  Result<size_t> variable_of(int32_t tensor, const Handles& handles) const;
  Result<ValueId> state_of(size_t variable, const TensorType& type, Graph& graph);
  Result<> initialise(const tfl::Operator& call);
  Result<> initialise_by(const tfl::SubGraph& subgraph);

  const TfliteFile& file_;
  std::vector<Variable> variables_;
  Handles handles_;
};

}  // namespace mote
