#pragma once

#include <optional>
#include <vector>

#include "base/log.h"
#include "base/progress.h"
#include "data/dataset.h"
#include "data/split.h"
#include "formats/model.h"
#include "pipeline/project.h"
#include "train/trainer.h"

namespace mote {

/// The recordings of a project as windows, and who is trained and tested on.
struct Prepared {
  Dataset windows;
  std::vector<Split> splits;  ///< one, or one a fold
};
[[nodiscard]] Result<Prepared> prepare(const Project& project, const Log& log);

/// A float model, the record of its training, and the windows that calibrate its int8 form.
struct Learned {
  Model model;  ///< with the front end that normalises, and metadata
  TrainResult training;
  std::vector<size_t> calibration;  ///< window indices, of the training side
};

/// Fits the normalisation on the training windows of the split, builds the network and trains it.
[[nodiscard]] Result<Learned> learn(const Project& project, const Prepared& prepared, const Split& split,
                                    const Progress& progress, const Log& log);

/// Training windows to calibrate on, as [quantize] asks.
[[nodiscard]] std::vector<size_t> calibration_windows(const Project& project, const Dataset& windows,
                                                      const Split& split);

/// The int8 form of a learned model, calibrated on its calibration windows; warns where these do not cover what was
/// trained on.
[[nodiscard]] Result<Model> quantized(const Project& project, const Prepared& prepared, const Split& split,
                                      const Learned& learned, const Log& log);

}  // namespace mote
