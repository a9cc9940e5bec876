#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/process.h"
#include "base/result.h"
#include "boards/board.h"
#include "boards/image.h"

namespace mote {

/// Where the file that counts is, mote_qemu_plugin.so or the program mote_simavr: in MOTE_PLUGIN_DIR if that is set,
/// else beside the program, or in lib/mote beside the folder of the program.
[[nodiscard]] std::optional<std::filesystem::path> find_counter(EmulatorKind kind);

/// How an emulator is started.
struct EmulatorRun {
  const Board& board;
  const Image& image;
  std::filesystem::path folder;                  ///< its working folder: the firmware's files are there
  std::optional<std::filesystem::path> counter;  ///< QEMU's plugin; simavr always takes its own program
  bool count_addresses = false;                  ///< leaves addresses.bin in the folder
  bool count_time = false;                       ///< one instruction is 64 ns of the machine's clock
  std::chrono::seconds timeout{300};
};

/// Runs the emulator until the firmware exits with 0. Anything else is an error in words: a fault with its place, a
/// lock-up, a time-out. kUnsupported: this QEMU does not load the plugin.
[[nodiscard]] Result<> run_emulator(const EmulatorRun& run);

/// kDoesNotFit: the stack kept for the firmware was not enough.
[[nodiscard]] tl::unexpected<Error> stack_overflow(const Board& board);

/// "QEMU emulator version ...", asked once for a process. kMissingTool with what to install.
[[nodiscard]] Result<std::string> emulator_version(EmulatorKind kind);

/// Whether compiler and emulator of the board are there; kMissingTool says what is not and what to install.
/// kUnsupported: nothing emulates the board.
[[nodiscard]] Result<> check_tools(const Board& board);

}  // namespace mote
