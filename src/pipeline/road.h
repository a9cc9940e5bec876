#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/log.h"
#include "base/progress.h"
#include "pipeline/project.h"

namespace mote {

struct RoadOptions {
  std::filesystem::path out;  ///< where models, sources, record and report go
  bool board = true;          ///< false: no compiler or emulator is needed; flash and instructions stay unknown
};

/// The road from recordings to proven firmware: what `mote build` and the demo do. Writes `model_float.tflite`,
/// `model.tflite` (int8), `firmware/` (sources), `record.json` and `report.html` below `out`, and returns the record
/// (docs/report.md gives its format). With folds, the first fold is the one that is held out.
[[nodiscard]] Result<nlohmann::json> run_road(const Project& project, const RoadOptions& options,
                                              const Progress& progress, const Log& log);

}  // namespace mote
