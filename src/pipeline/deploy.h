#pragma once

#include <filesystem>
#include <string>

#include "boards/board.h"
#include "codegen/generate.h"
#include "formats/model.h"
#include "plan/plan.h"

namespace mote {

/// What of a model goes to the device, and how.
struct DeployOptions {
  bool front_end = true;  ///< normalisation and the like run on the device; else its input is the network's own
  bool keep_input = false;
  Target target{};     ///< whose kernels the plan calls
  size_t max_ram = 0;  ///< most bytes of the arena; 0: as many as it takes
  std::string name;    ///< prefix of the generated interface; empty: the model's name
};

/// The model as one graph that is ready to plan: front end joined, what was meant for training removed, neighbours
/// fused.
[[nodiscard]] Result<Graph> deployable(const Model& model, const DeployOptions& options);

/// The same options with the board's kernels.
[[nodiscard]] DeployOptions for_board(DeployOptions options, const Board& board);

/// The same options with the kernels of the processor that this program runs on.
[[nodiscard]] DeployOptions for_host(DeployOptions options);

/// The plan that the host interpreter and the board both run.
[[nodiscard]] Result<Plan> make_plan(const Model& model, const DeployOptions& options);

/// The generated sources of that plan.
[[nodiscard]] GeneratedModel generate(const Model& model, const Plan& plan, const DeployOptions& options);

/// "models/kws.tflite" -> "kws"
[[nodiscard]] std::string model_name(const std::filesystem::path& path);

}  // namespace mote
