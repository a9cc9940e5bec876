#pragma once

#include <filesystem>
#include <vector>

#include "base/log.h"
#include "compress/config.h"
#include "formats/model.h"

namespace mote {

/// The int8 form of any float model, calibrated on tensor files of what it will see: for each inference one file an
/// input, in order; a `.npy` or `.bin` may hold several inferences, one after the other. A folder stands for the files
/// in it, by name. Refuses models that are not float, and no files.
[[nodiscard]] Result<Model> quantize_model(Model model, const std::vector<std::filesystem::path>& data,
                                           const QuantizeSection& section, const Log& log);

}  // namespace mote
