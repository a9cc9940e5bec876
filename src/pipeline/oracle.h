#pragma once

#include <filesystem>

#include "base/progress.h"
#include "pipeline/compare_layers.h"

namespace mote {

/// Other runtimes that a model can be compared with. They live in a Python environment of their own, which Mote makes
/// on request and never uses for anything else.
enum class Oracle { kTflm, kLitert };

/// MOTE_ORACLE, or mote/oracle in the user's cache folder (XDG_CACHE_HOME, else ~/.cache).
[[nodiscard]] std::filesystem::path oracle_folder();

/// Makes the environment and installs the pinned packages from PyPI; does nothing if they are there. Needs python3 with
/// its venv module, and the network. Returns the folder.
[[nodiscard]] Result<std::filesystem::path> set_up_oracle();

/// Every tensor that the runtime computes in `inputs.inferences` inferences. kMissingTool if the environment is not
/// there.
[[nodiscard]] Result<ReferenceTensors> ask_oracle(Oracle oracle, const std::filesystem::path& model, const Graph& graph,
                                                  const Batch& inputs);

}  // namespace mote
