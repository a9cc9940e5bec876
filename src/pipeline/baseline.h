#pragma once

#include <optional>

#include "pipeline/evaluate.h"
#include "pipeline/learn.h"

namespace mote {

/// What a linear model on window statistics (mean, deviation, range and energy of each channel) makes of the test
/// windows: the figure that every network has to beat. Trained on the same training windows. Nothing for regression.
[[nodiscard]] Result<std::optional<Evaluation>> evaluate_baseline(const Project& project, const Prepared& prepared,
                                                                  const Split& split);

}  // namespace mote
