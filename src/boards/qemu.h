#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/process.h"
#include "base/result.h"
#include "boards/board.h"
#include "boards/image.h"

namespace mote {

/// Where mote_qemu_plugin.so is: in MOTE_PLUGIN_DIR if that is set, else beside the program, or in lib/mote beside the
/// folder of the program.
[[nodiscard]] std::optional<std::filesystem::path> find_qemu_plugin();

/// How QEMU is started.
struct QemuRun {
  const Board& board;
  const Image& image;
  std::filesystem::path folder;  ///< its working folder: the firmware's files are there
  std::optional<std::filesystem::path> plugin;
  bool count_time = false;  ///< one instruction is 64 ns of the machine's clock
  std::chrono::seconds timeout{300};
};

/// Runs QEMU until the firmware exits with 0. Anything else is an error in words: a fault with its place, a lock-up, a
/// time-out. kUnsupported: this QEMU does not load the plugin.
[[nodiscard]] Result<> run_qemu(const QemuRun& run);

/// kDoesNotFit: the stack kept for the firmware was not enough.
[[nodiscard]] tl::unexpected<Error> stack_overflow(const Board& board);

/// "QEMU emulator version ...", asked once for a process. kMissingTool with what to install.
[[nodiscard]] Result<std::string> qemu_version();

}  // namespace mote
