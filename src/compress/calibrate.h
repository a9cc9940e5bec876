#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/log.h"
#include "compress/scheme.h"
#include "graph/graph.h"

namespace mote {

/// How the range of a value follows from what was seen of it. All but kMinMax cut rare extremes off so that the bulk
/// of the values keeps finer steps.
enum class CalibrationMethod : uint8_t {
  kMinMax,      ///< everything that was seen
  kPercentile,  ///< the central part that holds `percentile` of the values
  kMse,         ///< the range with the least mean squared error of rounding and cutting together
  kEntropy,     ///< the range whose int8 histogram loses the least information (Kullback-Leibler divergence)
};

struct CalibrationConfig {
  CalibrationMethod method = CalibrationMethod::kMinMax;
  double percentile = 99.99;  ///< percent of all values, in (50, 100]
  int bins = 2048;            ///< of the histograms; at least 256
};

/// What representative data showed of each value of a float graph.
struct CalibrationResult {
  std::vector<std::optional<ValueRange>> ranges;  ///< by ValueId; for float32 that is computed or read in
  int64_t windows = 0;
};

/// Runs `graph` (float32) over representative windows. `windows` holds one view for each input of the graph, of shape
/// [number of windows, ...]; their number must be a multiple of the graph's batch.
/// Refuses no windows at all, NaN and infinity in the windows or in anything computed from them.
[[nodiscard]] Result<CalibrationResult> calibrate(const Graph& graph, std::span<const ConstFloatView> windows,
                                                  const CalibrationConfig& config = {});

/// Up to `wanted` (0: all) indices of windows, ascending, the same number of each class as far as they reach, drawn
/// from `seed`. `labels` holds the class of each window.
[[nodiscard]] std::vector<size_t> pick_windows(std::span<const int32_t> labels, size_t wanted, uint64_t seed);

/// Warns of classes that training knows and the calibration windows lack, or have in less than a tenth of the share
/// they have in training. Counts are windows a class; names may be empty. Returns the number of warnings.
size_t warn_of_missing_classes(std::span<const int64_t> training_windows, std::span<const int64_t> calibration_windows,
                               std::span<const std::string> names, const Log& log);

/// The range of each channel (the last axis) of a set of windows.
[[nodiscard]] std::vector<ValueRange> channel_ranges(const ConstFloatView& windows);

/// Warns of channels whose calibration windows span less than 90 % of the range seen in training: what lies outside
/// saturates in int8. Returns the number of warnings.
size_t warn_of_narrow_ranges(std::span<const ValueRange> training, std::span<const ValueRange> calibration,
                             std::span<const std::string> names, const Log& log);

}  // namespace mote
