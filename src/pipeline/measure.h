#pragma once

#include <filesystem>
#include <optional>

#include "boards/board.h"
#include "boards/measurement.h"
#include "pipeline/deploy.h"
#include "pipeline/run_model.h"

namespace mote {

/// What a measurement leaves or counts beyond the usual.
struct MeasureExtras {
  std::filesystem::path keep;  ///< the ELF, the map and the generated sources go there
  bool functions = false;      ///< count by function as well
};

/// Exact figures of the model on the board, on the reference inputs, each from reset state.
[[nodiscard]] Result<Measurement> measure_model(const Model& model, const Board& board, const DeployOptions& options,
                                                const MeasureExtras& extras = {});

/// A model compiled for a board, ready to run any number of inferences there.
struct Firmware {
  Plan plan;
  Image image;
  std::optional<TemporaryFolder> folder;  ///< holds the image unless it was built elsewhere
};
[[nodiscard]] Result<Firmware> build_firmware(const Model& model, const Board& board, const DeployOptions& options);

/// All inferences on the emulated board; returns the outputs.
[[nodiscard]] Result<Batch> run_on_board(const Firmware& firmware, const Board& board, const Batch& inputs,
                                         StateUse state = StateUse::kReset);

}  // namespace mote
