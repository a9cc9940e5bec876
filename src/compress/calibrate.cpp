#include "compress/calibrate.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "base/rng.h"
#include "compress/histogram.h"
#include "compress/windows.h"
#include "graph/run_float.h"

namespace mote {

namespace {

/// Calls visit(batch) after each batch.
Result<> for_each_batch(const Graph& graph, FloatRunner& runner, std::span<const ConstFloatView> windows,
                        int64_t batches, const std::function<Result<>(int64_t)>& visit) {
  for (int64_t b = 0; b < batches; ++b) {
    MOTE_TRY(runner.run(batch_inputs(graph, windows, b)));
    MOTE_TRY(visit(b));
  }
  return {};
}

/// Values worth a range: what flows through the graph in float32.
std::vector<ValueId> observed_values(const Graph& graph) {
  std::vector<ValueId> result = graph.inputs;
  for (const Node& node : graph.nodes) result.insert(result.end(), node.outputs.begin(), node.outputs.end());
  std::erase_if(result, [&](ValueId id) { return graph.value(id).type.dtype != DType::kFloat32; });
  return result;
}

Result<> widen(std::optional<ValueRange>& range, std::span<const float> values, const Value& value, bool is_input,
               int64_t batch) {
  for (const float x : values) {
    if (std::isfinite(x)) {
      if (!range) range = ValueRange{x, x};
      range->low = std::min(range->low, x);
      range->high = std::max(range->high, x);
    } else if (is_input) {
      return fail(ErrorCode::kBadInput, "calibration window {} holds {} (input {}); repair or leave out the recording",
                  batch, x, value.name);
    } else {
      return fail(ErrorCode::kBadInput,
                  "{} becomes {} for calibration window {} although its inputs are finite; the float model is broken: "
                  "train it again with a smaller learning rate",
                  value.name, x, batch);
    }
  }
  return {};
}

std::string channel_name(std::span<const std::string> names, size_t i, std::string_view what) {
  return i < names.size() ? fmt::format("{} {}", what, names[i]) : fmt::format("{} {}", what, i);
}

}  // namespace

Result<CalibrationResult> calibrate(const Graph& graph, std::span<const ConstFloatView> windows,
                                    const CalibrationConfig& config) {
  if (!(config.percentile > 50 && config.percentile <= 100))
    return fail(ErrorCode::kBadInput, "percentile {} is outside (50, 100]", config.percentile);
  if (config.bins < 256) return fail(ErrorCode::kBadInput, "{} histogram bins; at least 256 are needed", config.bins);
  MOTE_TRY_ASSIGN(FloatRunner runner, FloatRunner::create(graph));
  MOTE_TRY_ASSIGN(const int64_t batches, count_batches(graph, windows));
  const std::vector<ValueId> observed = observed_values(graph);

  CalibrationResult result;
  result.ranges.resize(graph.values.size());
  const Shape& input_shape = graph.value(graph.inputs[0]).type.shape;
  result.windows = batches * (input_shape.empty() ? 1 : input_shape[0]);
  const auto watch = [&](int64_t batch) -> Result<> {
    for (size_t i = 0; i < observed.size(); ++i)
      MOTE_TRY(widen(result.ranges[static_cast<size_t>(observed[i])], runner.value(observed[i]),
                     graph.value(observed[i]), std::ranges::count(graph.inputs, observed[i]) > 0, batch));
    return {};
  };
  MOTE_TRY(for_each_batch(graph, runner, windows, batches, watch));
  if (config.method == CalibrationMethod::kMinMax) return result;

  std::vector<Histogram> histograms;
  for (const ValueId id : observed) histograms.emplace_back(*result.ranges[static_cast<size_t>(id)], config.bins);
  const auto tally = [&](int64_t) -> Result<> {
    for (size_t i = 0; i < observed.size(); ++i) histograms[i].add(runner.value(observed[i]));
    return {};
  };
  MOTE_TRY(for_each_batch(graph, runner, windows, batches, tally));
  for (size_t i = 0; i < observed.size(); ++i) {
    ValueRange& range = *result.ranges[static_cast<size_t>(observed[i])];
    if (config.method == CalibrationMethod::kPercentile) range = percentile_range(histograms[i], config.percentile);
    if (config.method == CalibrationMethod::kMse) range = least_squares_range(histograms[i]);
    if (config.method == CalibrationMethod::kEntropy) range = least_divergence_range(histograms[i]);
  }
  return result;
}

std::vector<size_t> pick_windows(std::span<const int32_t> labels, size_t wanted, uint64_t seed) {
  if (wanted == 0 || wanted > labels.size()) wanted = labels.size();
  std::map<int32_t, std::vector<size_t>> by_class;
  for (size_t i = 0; i < labels.size(); ++i) by_class[labels[i]].push_back(i);
  Rng rng(seed);
  for (auto& [label, windows] : by_class) rng.shuffle(std::span(windows));
  std::vector<size_t> result;
  for (size_t turn = 0; result.size() < wanted; ++turn)
    for (const auto& [label, windows] : by_class)
      if (turn < windows.size() && result.size() < wanted) result.push_back(windows[turn]);
  std::sort(result.begin(), result.end());
  return result;
}

size_t warn_of_missing_classes(std::span<const int64_t> training_windows, std::span<const int64_t> calibration_windows,
                               std::span<const std::string> names, const Log& log) {
  constexpr double kLeastShare = 0.1;
  double training_total = 0;
  double calibration_total = 0;
  for (const int64_t n : training_windows) training_total += static_cast<double>(n);
  for (const int64_t n : calibration_windows) calibration_total += static_cast<double>(n);
  size_t warnings = 0;
  for (size_t c = 0; c < training_windows.size(); ++c) {
    const int64_t there = c < calibration_windows.size() ? calibration_windows[c] : 0;
    const double expected =
        static_cast<double>(training_windows[c]) / std::max(training_total, 1.0) * calibration_total;
    if (training_windows[c] == 0) continue;
    if (there == 0) {
      log.warning(
          "calibration data has no window of {}: ranges that only it reaches will saturate in int8; calibrate "
          "on windows of every class",
          channel_name(names, c, "class"));
    } else if (static_cast<double>(there) < kLeastShare * expected) {
      log.warning(
          "calibration data has {} windows of {}, its share in training would be {:.0f}; draw calibration "
          "windows from all classes",
          there, channel_name(names, c, "class"), expected);
    } else {
      continue;
    }
    ++warnings;
  }
  return warnings;
}

std::vector<ValueRange> channel_ranges(const ConstFloatView& windows) {
  const auto channels = windows.shape.empty() ? size_t{1} : static_cast<size_t>(windows.shape.back());
  std::vector<ValueRange> result;
  for (size_t i = 0; i < windows.data.size(); ++i) {
    const float x = windows.data[i];
    if (i < channels) {
      result.push_back({x, x});
      continue;
    }
    ValueRange& range = result[i % channels];
    range.low = std::min(range.low, x);
    range.high = std::max(range.high, x);
  }
  return result;
}

size_t warn_of_narrow_ranges(std::span<const ValueRange> training, std::span<const ValueRange> calibration,
                             std::span<const std::string> names, const Log& log) {
  constexpr float kLeastCover = 0.9f;
  size_t warnings = 0;
  for (size_t c = 0; c < std::min(training.size(), calibration.size()); ++c) {
    const float overlap =
        std::min(training[c].high, calibration[c].high) - std::max(training[c].low, calibration[c].low);
    const float width = training[c].high - training[c].low;
    if (overlap >= kLeastCover * width) continue;
    log.warning(
        "calibration data of {} spans {:.4g} to {:.4g}, training saw {:.4g} to {:.4g}: what lies outside "
        "saturates in int8; calibrate on more windows",
        channel_name(names, c, "channel"), calibration[c].low, calibration[c].high, training[c].low, training[c].high);
    ++warnings;
  }
  return warnings;
}

}  // namespace mote
