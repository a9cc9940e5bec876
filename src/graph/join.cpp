#include "graph/join.h"

#include <set>

namespace mote {

namespace {
void move_ids(std::vector<ValueId>& ids, const std::vector<ValueId>& place) {
  for (ValueId& id : ids)
    if (id != kNoValue) id = place[static_cast<size_t>(id)];
}
}  // namespace

Result<Graph> join(const Graph& front, const Graph& main) {
  MOTE_TRY(verify(front));
  MOTE_TRY(verify(main));
  if (front.outputs.size() != main.inputs.size())
    return fail(ErrorCode::kBadInput, "the front end has {} outputs, the model {} inputs", front.outputs.size(),
                main.inputs.size());
  Graph result = front;
  result.name = main.name;
  std::vector<ValueId> place(main.values.size(), kNoValue);
  for (size_t i = 0; i < main.inputs.size(); ++i) {
    const Value& given = front.value(front.outputs[i]);
    const Value& wanted = main.value(main.inputs[i]);
    if (given.type != wanted.type)
      return fail(ErrorCode::kBadInput, "the front end's output {} is {}, the model's input {} is {}", given.name,
                  text(given.type), wanted.name, text(wanted.type));
    place[static_cast<size_t>(main.inputs[i])] = front.outputs[i];
  }
  std::set<std::string> taken;
  for (const Value& value : front.values) taken.insert(value.name);
  for (size_t i = 0; i < main.values.size(); ++i) {
    if (place[i] != kNoValue) continue;
    Value value = main.values[i];
    while (!taken.insert(value.name).second) value.name += "_main";
    place[i] = static_cast<ValueId>(result.values.size());
    result.values.push_back(std::move(value));
  }
  for (Node node : main.nodes) {
    move_ids(node.inputs, place);
    move_ids(node.outputs, place);
    result.nodes.push_back(std::move(node));
  }
  result.outputs = main.outputs;
  move_ids(result.outputs, place);
  MOTE_TRY(verify(result));
  return result;
}

}  // namespace mote
