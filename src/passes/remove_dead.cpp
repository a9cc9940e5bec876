#include "passes/remove_dead.h"

#include "passes/rewrite.h"

namespace mote {

namespace {
void renumber(std::vector<ValueId>& ids, const std::vector<ValueId>& place) {
  for (ValueId& id : ids)
    if (id != kNoValue) id = place[static_cast<size_t>(id)];
}
}  // namespace

Result<bool> remove_dead(Graph& graph) {
  std::vector<bool> live(graph.values.size());
  for (const ValueId id : graph.outputs) live[static_cast<size_t>(id)] = true;
  std::vector<bool> dead_nodes(graph.nodes.size());
  for (size_t i = graph.nodes.size(); i-- > 0;) {
    const Node& node = graph.nodes[i];
    bool read = node.outputs.empty();  // it writes state
    for (const ValueId id : node.outputs) read = read || live[static_cast<size_t>(id)];
    dead_nodes[i] = !read;
    if (!read) continue;
    for (const ValueId id : node.inputs)
      if (id != kNoValue) live[static_cast<size_t>(id)] = true;
    for (const ValueId id : node.outputs) live[static_cast<size_t>(id)] = true;
  }
  for (const ValueId id : graph.inputs) live[static_cast<size_t>(id)] = true;

  const size_t nodes_before = graph.nodes.size();
  const size_t values_before = graph.values.size();
  erase_nodes(graph, dead_nodes);
  std::vector<Value> kept;
  std::vector<ValueId> place(values_before, kNoValue);
  for (size_t i = 0; i < values_before; ++i) {
    if (!live[i]) continue;
    place[i] = static_cast<ValueId>(kept.size());
    kept.push_back(std::move(graph.values[i]));
  }
  graph.values = std::move(kept);
  for (Node& node : graph.nodes) {
    renumber(node.inputs, place);
    renumber(node.outputs, place);
  }
  renumber(graph.inputs, place);
  renumber(graph.outputs, place);
  return graph.nodes.size() != nodes_before || graph.values.size() != values_before;
}

}  // namespace mote
