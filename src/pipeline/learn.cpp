#include "pipeline/learn.h"

#include <algorithm>

#include "compress/front_end.h"
#include "data/augment.h"
#include "data/normalize.h"
#include "passes/all_passes.h"
#include "pipeline/evaluate.h"

namespace mote {

namespace {

/// The normalisation of a window as a front end that ends in the type of the network's input.
Result<Graph> front_end_of(const Normalization& normalization, const Dataset& windows, const Graph& network) {
  const TensorType& input = network.value(network.inputs[0]).type;
  std::optional<Quantization> quantization;
  if (input.dtype == DType::kInt8) quantization = input.quantization;
  const Shape window{1, 1, static_cast<int32_t>(windows.length), static_cast<int32_t>(windows.channels)};
  MOTE_TRY_ASSIGN(Graph graph, make_front_end(normalization.mean, normalization.deviation, window, quantization));
  if (input.shape == window) return graph;
  MOTE_TRY_ASSIGN(const ValueId reshaped, graph.add_node(Reshape{.shape = input.shape}, {graph.outputs[0]}, "window"));
  graph.value(reshaped).type.quantization = input.quantization;
  graph.outputs = {reshaped};
  return graph;
}

/// All windows, normalised.
std::vector<float> normalized(const Dataset& windows, const Normalization& normalization) {
  std::vector<float> samples = windows.samples;
  normalize(normalization, samples);
  return samples;
}

std::vector<int64_t> class_counts(const Dataset& windows, std::span<const size_t> of) {
  std::vector<int64_t> counts(windows.classes.size());
  for (const size_t i : of) ++counts[static_cast<size_t>(windows.labels[i])];
  return counts;
}

/// Chosen rows of [n][row] samples, one after the other.
std::vector<float> rows(std::span<const float> samples, size_t row, std::span<const size_t> chosen) {
  std::vector<float> result;
  for (const size_t i : chosen)
    result.insert(result.end(), samples.begin() + static_cast<ptrdiff_t>(i * row),
                  samples.begin() + static_cast<ptrdiff_t>((i + 1) * row));
  return result;
}

/// The windows of these samples as the one input of the network.
ConstFloatView view(const Graph& network, std::span<const float> samples) {
  Shape shape = network.value(network.inputs[0]).type.shape;
  const int64_t elements = count(shape);
  shape[0] = static_cast<int32_t>(static_cast<int64_t>(samples.size()) / elements);
  return {shape, samples};
}

void warn_of_poor_calibration(const Dataset& windows, const Split& split, std::span<const size_t> chosen,
                              const Log& log) {
  if (!windows.labels.empty())
    warn_of_missing_classes(class_counts(windows, split.train), class_counts(windows, chosen), windows.classes, log);
  const size_t row = windows.length * windows.channels;
  const auto ranges = [&](std::span<const size_t> of) {
    const std::vector<float> samples = rows(windows.samples, row, of);
    return channel_ranges(
        {{static_cast<int32_t>(of.size() * windows.length), static_cast<int32_t>(windows.channels)}, samples});
  };
  warn_of_narrow_ranges(ranges(split.train), ranges(chosen), windows.channel_names, log);
}

}  // namespace

std::vector<size_t> calibration_windows(const Project& project, const Dataset& windows, const Split& split) {
  const size_t wanted = project.quantize.windows;
  if (wanted == 0 || wanted >= split.train.size()) return split.train;
  std::vector<int32_t> labels;
  for (const size_t i : split.train) labels.push_back(windows.labels.empty() ? 0 : windows.labels[i]);
  std::vector<size_t> chosen;
  for (const size_t i : pick_windows(labels, wanted, project.train.seed)) chosen.push_back(split.train[i]);
  return chosen;
}

Result<Prepared> prepare(const Project& project, const Log& log) {
  Prepared prepared;
  MOTE_TRY_ASSIGN(prepared.windows, load_dataset(project.data, project.window, project.folder(), log));
  MOTE_TRY_ASSIGN(prepared.splits, make_splits(prepared.windows, project.split, log));
  return prepared;
}

Result<Learned> learn(const Project& project, const Prepared& prepared, const Split& split, const Progress& progress,
                      const Log& log) {
  const Dataset& windows = prepared.windows;
  MOTE_TRY_ASSIGN(const Normalization normalization, fit_normalization(windows, split.train));
  const bool classifies = !windows.labels.empty();
  const NetworkPurpose purpose{
      .length = static_cast<int32_t>(windows.length),
      .channels = static_cast<int32_t>(windows.channels),
      .outputs = static_cast<int32_t>(classifies ? windows.classes.size() : windows.target_names.size()),
      .classifies = classifies,
  };
  MOTE_TRY_ASSIGN(Graph network, build_network(project.network, purpose, project.name));

  MOTE_TRY_ASSIGN(const Augmenter augmenter, Augmenter::make(project.augment, windows, normalization));
  const Augment augment = [&](std::span<float> window, uint64_t epoch, uint64_t sample) {
    augmenter.apply(window, project.train.seed, epoch, sample);
    normalize(normalization, window);
  };
  const std::vector<float> validation_inputs = normalized(windows, normalization);
  const Samples raw{windows.samples, windows.labels, windows.targets, {}, true};
  const Samples clean{validation_inputs, windows.labels, windows.targets, {}, true};
  const Samples validation = clean.only(split.validation);

  Learned learned;
  MOTE_TRY_ASSIGN(learned.training,
                  train(network, raw.only(split.train), split.validation.empty() ? nullptr : &validation, project.train,
                        augment, progress, log));
  MOTE_TRY(run_passes(network, kModelPasses));
  MOTE_TRY_ASSIGN(learned.model.front_end, front_end_of(normalization, windows, network));
  learned.model.graph = std::move(network);
  learned.model.metadata.set_labels(windows.classes);
  nlohmann::json& values = learned.model.metadata.values;
  values["data"] = to_json(project.data);
  values["window"] = to_json(project.window);
  values["normalization"] = to_json(normalization);
  values["train"] = to_json(project.train);
  learned.calibration = calibration_windows(project, windows, split);
  return learned;
}

Result<Model> quantized(const Project& project, const Prepared& prepared, const Split& split, const Learned& learned,
                        const Log& log) {
  const Dataset& windows = prepared.windows;
  const Graph& network = learned.model.graph;
  warn_of_poor_calibration(windows, split, learned.calibration, log);
  MOTE_TRY_ASSIGN(const Normalization normalization,
                  mote::normalization(learned.model.metadata.values["normalization"], "the model's metadata"));
  std::vector<float> samples = rows(windows.samples, windows.length * windows.channels, learned.calibration);
  normalize(normalization, samples);
  const std::vector<ConstFloatView> inputs{view(network, samples)};
  MOTE_TRY_ASSIGN(const CalibrationResult ranges, calibrate(network, inputs, project.quantize.calibration));
  Model model = learned.model;
  MOTE_TRY_ASSIGN(model.graph, quantize(network, ranges, project.quantize.quantize, log));
  MOTE_TRY_ASSIGN(model.front_end, front_end_of(normalization, windows, model.graph));
  model.metadata.values["quantize"] = to_json(project.quantize);
  return model;
}

}  // namespace mote
