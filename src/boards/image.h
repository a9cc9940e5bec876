#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "boards/board.h"
#include "codegen/source_file.h"

namespace mote {

/// What a generated model says of itself in its header.
struct ModelInterface {
  uint64_t arena_bytes = 0, arena_alignment = 16;
  std::vector<uint64_t> input_bytes, output_bytes;

  [[nodiscard]] uint64_t bytes_in() const;   ///< of all inputs of one inference
  [[nodiscard]] uint64_t bytes_out() const;  ///< of all outputs of one inference
};

/// Reads the constants NAME_ARENA_BYTES, NAME_ARENA_ALIGNMENT, NAME_INPUT_COUNT, NAME_INPUT_0_BYTES, ... from
/// `<name>.h`.
[[nodiscard]] Result<ModelInterface> read_interface(const GeneratedModel& model);

struct BuildOptions {
  bool layer_markers = false;  ///< count each layer apart; changes code a little, since markers keep order around them
};

/// A linked firmware image: the model, start-up and the harness that feeds it.
struct Image {
  std::filesystem::path folder, elf, map;
  ModelInterface interface;
  std::string compiler;  ///< what it calls itself, with its version
};

/// The board's C++ compiler; kMissingTool says what to install.
[[nodiscard]] Result<std::string> find_compiler(const Board& board);

/// Compiles and links the model for the board in `folder` (made if missing), with the board's true sizes of flash and
/// RAM. kDoesNotFit says by how many bytes; kMissingTool what to install; an error of the compiler is quoted.
[[nodiscard]] Result<Image> build_image(const Board& board, const GeneratedModel& model, const BuildOptions& options,
                                        const std::filesystem::path& folder);

/// The same interface with nothing behind it: no arena, no constants, functions that do nothing.
[[nodiscard]] GeneratedModel empty_model(const ModelInterface& interface);

}  // namespace mote
