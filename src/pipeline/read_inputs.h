#pragma once

#include <filesystem>
#include <vector>

#include "pipeline/run_model.h"

namespace mote {

/// Reads tensor files (.bin, .npy, .csv); each group of as many files as the model has inputs is one inference.
[[nodiscard]] Result<Batch> read_inputs(const std::vector<Port>& inputs,
                                        const std::vector<std::filesystem::path>& files);

}  // namespace mote
