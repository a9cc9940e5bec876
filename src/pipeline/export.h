#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "pipeline/deploy.h"

namespace mote {

/// Writes the model below `folder` and returns the files written. `as`: "cpp" (sources and the runtime headers they
/// include), "cmake" (the same with a project that builds a library and an example), "tflite" (the model file).
[[nodiscard]] Result<std::vector<std::filesystem::path>> export_model(const Model& model, const DeployOptions& options,
                                                                      std::string_view as,
                                                                      const std::filesystem::path& folder);

}  // namespace mote
