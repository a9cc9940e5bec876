#include "train/check_samples.h"

#include <cmath>
#include <numeric>

namespace mote {

namespace {
/// Elements of a value without its batch.
size_t elements_of_one(const Graph& graph, ValueId id) {
  const Shape& shape = graph.value(id).type.shape;
  return static_cast<size_t>(count(shape) / std::max(shape.empty() ? 1 : shape[0], 1));
}
}  // namespace

std::vector<size_t> chosen_rows(const Samples& samples, size_t input_elements) {
  if (!samples.all) return {samples.rows.begin(), samples.rows.end()};
  std::vector<size_t> rows(samples.inputs.size() / input_elements);
  std::iota(rows.begin(), rows.end(), size_t{0});
  return rows;
}

Result<> check_samples(const Samples& samples, const Graph& graph, std::string_view what) {
  if (graph.inputs.size() != 1 || graph.outputs.size() != 1)
    return fail(ErrorCode::kUnsupported, "{} has {} inputs and {} outputs; networks with one of each are trained",
                graph.name, graph.inputs.size(), graph.outputs.size());
  const size_t inputs = elements_of_one(graph, graph.inputs[0]);
  const size_t outputs = elements_of_one(graph, graph.outputs[0]);
  const size_t n = samples.inputs.size() / inputs;
  if (samples.inputs.size() % inputs != 0)
    return fail(ErrorCode::kBadInput, "the {} samples hold {} values, which is no multiple of the network's {} inputs",
                what, samples.inputs.size(), inputs);
  const std::vector<size_t> rows = chosen_rows(samples, inputs);
  if (rows.empty())
    return fail(ErrorCode::kBadInput, "there are no {} samples; check the data folder, the window and the split", what);
  if (samples.labels.empty() == samples.targets.empty())
    return fail(ErrorCode::kBadInput, "the {} samples need either labels or targets", what);
  if (!samples.labels.empty() && samples.labels.size() != n)
    return fail(ErrorCode::kBadInput, "{} labels for {} {} samples", samples.labels.size(), n, what);
  if (!samples.targets.empty() && samples.targets.size() != n * outputs)
    return fail(ErrorCode::kBadInput, "{} targets for {} {} samples of {} outputs each", samples.targets.size(), n,
                what, outputs);
  for (const size_t row : rows) {
    if (row >= n) return fail(ErrorCode::kBadInput, "{} sample {} is asked for, there are {}", what, row, n);
    if (!samples.labels.empty() && (samples.labels[row] < 0 || static_cast<size_t>(samples.labels[row]) >= outputs))
      return fail(ErrorCode::kBadInput,
                  "{} sample {} has the label {}, the network has {} outputs; set the last dense "
                  "layer's units to the number of classes",
                  what, row, samples.labels[row], outputs);
    for (size_t i = 0; i < inputs; ++i)
      if (!std::isfinite(samples.inputs[row * inputs + i]))
        return fail(ErrorCode::kBadInput, "value {} of {} sample {} is {}; repair the recording", i, what, row,
                    samples.inputs[row * inputs + i]);
    for (size_t i = 0; i < outputs && !samples.targets.empty(); ++i)
      if (!std::isfinite(samples.targets[row * outputs + i]))
        return fail(ErrorCode::kBadInput, "target {} of {} sample {} is {}; repair the recording", i, what, row,
                    samples.targets[row * outputs + i]);
  }
  return {};
}

}  // namespace mote
