#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "boards/board.h"
#include "boards/cycle_model.h"
#include "boards/memory_use.h"
#include "boards/runner.h"
#include "codegen/source_file.h"

namespace mote {

/// What the graph and the plan know of a layer, and what the emulator counted.
struct LayerMeasurement {
  std::string op, name, kernel;
  uint64_t macs = 0, arena_live_bytes = 0;
  uint64_t instructions = 0;  ///< mean of the inferences
  uint64_t stack_bytes = 0;   ///< the deepest it stores, below the stack pointer at the call of the model; 0: nothing
};

/// Figures of one model on one board. Memory, stack and instructions are exact, latency and energy estimates.
struct Measurement {
  std::string model, board, core, emulator, compiler;
  std::string counted_on;  ///< the emulated board whose counts stand for this one's, which then are estimates; or empty
  uint64_t macs = 0;
  uint64_t instructions = 0;  ///< mean of the inferences, rounded
  std::optional<uint64_t> init_instructions;
  bool exact_instructions = true;  ///< false: by the timer, to within five
  MemoryUse memory;
  uint64_t arena_bytes = 0, stack_bytes = 0;
  std::vector<LayerMeasurement> layers;
  std::vector<FunctionCount> functions;  ///< mean of the inferences, the most first; where they were asked for
  Estimate cycles, latency_ms;
  std::optional<Estimate> energy_uj;
  bool fits = false;
};

struct MeasureOptions {
  std::string model_name;                ///< as shown; empty: the generated model's
  std::vector<LayerMeasurement> layers;  ///< op, name, kernel, macs, arena_live_bytes in the order of the layer markers
  Bytes inputs;                          ///< of whole inferences, one after the other; empty: reference_inputs
  bool functions = false;                ///< count by function as well
  std::filesystem::path keep;            ///< leaves the ELF, the map and the sources here; empty: a temporary folder
  std::chrono::seconds timeout{300};
};

/// The inputs that figures are compared on: for each seed 1, 12345 and 0xDEADBEEF, `bytes` bytes of a linear
/// congruential generator (x = 1664525 x + 1013904223, the top byte).
[[nodiscard]] Bytes reference_inputs(uint64_t bytes);

/// Builds the model with and without layer markers, runs both and gathers the figures. A board that nothing emulates is
/// measured on its stand-in; kUnsupported if it has none.
[[nodiscard]] Result<Measurement> measure(const Board& board, const GeneratedModel& model,
                                          const MeasureOptions& options = {});

/// The fields of `mote measure --json`.
[[nodiscard]] nlohmann::ordered_json to_json(const Measurement& measurement);

}  // namespace mote
