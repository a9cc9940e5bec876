#include "compress/windows.h"

namespace mote {

Result<int64_t> count_batches(const Graph& graph, std::span<const ConstFloatView> windows) {
  if (windows.size() != graph.inputs.size())
    return fail(ErrorCode::kBadInput, "windows for {} inputs, the model has {}", windows.size(), graph.inputs.size());
  int64_t batches = -1;
  for (size_t i = 0; i < windows.size(); ++i) {
    const Value& input = graph.value(graph.inputs[i]);
    if (windows[i].data.empty())
      return fail(ErrorCode::kBadInput,
                  "no windows for input {}: int8 ranges and errors come from representative data; give windows of the "
                  "training set that show every class",
                  input.name);
    const int64_t elements = count(input.type.shape);
    const auto given = static_cast<int64_t>(windows[i].data.size());
    if (given % elements != 0)
      return fail(ErrorCode::kBadInput, "{} elements of windows do not divide into inputs {} of {}", given, input.name,
                  text(input.type));
    if (batches >= 0 && given / elements != batches)
      return fail(ErrorCode::kBadInput, "{} windows for input {}, {} for the inputs before it", given / elements,
                  input.name, batches);
    batches = given / elements;
  }
  return batches;
}

std::vector<std::span<const float>> batch_inputs(const Graph& graph, std::span<const ConstFloatView> windows,
                                                 int64_t batch) {
  std::vector<std::span<const float>> result;
  for (size_t i = 0; i < windows.size(); ++i) {
    const auto elements = static_cast<size_t>(count(graph.value(graph.inputs[i]).type.shape));
    result.push_back(windows[i].data.subspan(static_cast<size_t>(batch) * elements, elements));
  }
  return result;
}

}  // namespace mote
