#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/progress.h"
#include "pipeline/project.h"
#include "train/metrics.h"

namespace mote {

/// Mean over seeds and the standard deviation (0 with one seed).
struct Spread {
  double mean = 0, deviation = 0;
};

/// How a project's network fares when every window is tested by a network that has not seen its subject.
struct CrossValidation {
  struct Row {
    std::string name;  ///< "linear baseline", "float", "int8"
    Spread macro_f1, accuracy;
  };
  size_t windows = 0, folds = 0, seeds = 0;
  std::vector<Row> rows;
  std::vector<std::string> classes;
  Confusion confusion;  ///< int8, all seeds added up
};

/// Trains once a fold and seed and pools the test windows of all folds. Classification only.
[[nodiscard]] Result<CrossValidation> cross_validate(const Project& project, size_t seeds, const Progress& progress,
                                                     const Log& log);

[[nodiscard]] nlohmann::json to_json(const CrossValidation& result);

}  // namespace mote
