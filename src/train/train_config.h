#pragma once

#include <toml++/toml.h>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/result.h"
#include "train/loss.h"
#include "train/optimizer.h"
#include "train/schedule.h"

namespace mote {

/// The section [train] of a project file.
struct TrainConfig {
  enum class ClassWeights { kNone, kBalanced };  ///< balanced: every class counts alike
  enum class Monitor { kLoss, kAccuracy, kMacroF1 };

  size_t epochs = 100;
  size_t batch = 32;
  double learning_rate = 0.002;
  OptimizerConfig optimizer;
  ScheduleConfig schedule;
  double label_smoothing = 0;  ///< in [0, 1)
  double clip_norm = 0;        ///< largest Euclidean norm of a step's gradient; 0: any
  ClassWeights class_weights = ClassWeights::kNone;
  Monitor monitor = Monitor::kLoss;  ///< what early stopping and the plateau schedule look at, on validation data
  size_t patience = 20;              ///< stop after as many epochs without improvement; 0: never
  double min_delta = 0;              ///< what counts as an improvement
  uint64_t seed = 1;
  size_t threads = 0;  ///< 0: one a core. The result does not depend on it
  size_t shard = 8;    ///< samples a thread works on, and batch normalisation sees, at a time; the result depends on it

  bool operator==(const TrainConfig&) const = default;
};

/// Unknown keys are refused with the nearest known one; every error gives file, line and column.
[[nodiscard]] Result<TrainConfig> train_config(const toml::table& section, std::string_view file);
/// The same keys as in the project file, for the run record.
[[nodiscard]] nlohmann::json to_json(const TrainConfig& config);

}  // namespace mote
