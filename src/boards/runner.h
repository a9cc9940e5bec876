#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "boards/board.h"
#include "boards/image.h"
#include "boards/instruction_mix.h"

namespace mote {

/// How much is counted, and how.
enum class Counting {
  kNothing,  ///< outputs only: fastest, for whole test sets
  kPlugin,   ///< every instruction by class; falls back to kTimer where the emulator takes no plugins
  kTimer,    ///< instructions of each inference by the emulated machine's timer, to within five
};

struct RunOptions {
  Counting counting = Counting::kPlugin;
  bool functions = false;      ///< with kPlugin: instructions by function as well
  bool reset_between = false;  ///< call the model's reset before every inference but the first
  std::chrono::seconds timeout{300};
};

/// One inference.
struct InferenceCounts {
  uint64_t instructions = 0;
  InstructionMix mix;                       ///< with kPlugin
  std::vector<InstructionMix> layers;       ///< with kPlugin and an image with layer markers, by layer index
  std::vector<uint64_t> layer_stack_bytes;  ///< as stack_bytes; 0 where a layer stores nothing on the stack
  uint64_t stack_bytes = 0;          ///< below the stack pointer at the call; kPlugin: lowest store, kTimer: paint
  uint64_t stack_painted_bytes = 0;  ///< by paint: never more than stack_bytes, but by the padding to a word
};

/// Instructions that one function executed itself, over all inferences.
struct FunctionCount {
  std::string name;
  uint64_t instructions = 0;
};

struct BoardRun {
  Bytes outputs;                           ///< all outputs of the first inference, then of the second, ...
  Counting counting = Counting::kNothing;  ///< how it was counted in the end
  uint64_t init_instructions = 0;          ///< with kPlugin
  std::vector<InferenceCounts> inferences;
  std::vector<FunctionCount> functions;  ///< the most first; where they were asked for
  std::string emulator;                  ///< what the emulator calls itself, with its version
};

/// Runs the image once over `inferences` inputs that follow each other in `inputs`: init once, then one inference after
/// the other. A fault of the firmware, too long a run and a missing emulator are errors that say so.
[[nodiscard]] Result<BoardRun> run_image(const Board& board, const Image& image, std::span<const uint8_t> inputs,
                                         size_t inferences, const RunOptions& options = {});

}  // namespace mote
