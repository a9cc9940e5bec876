#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "boards/core.h"

namespace mote {

/// One figure of a board and where it comes from. Nothing is printed to a person without its source.
struct Figure {
  double value = 0;
  std::optional<double> error_pct;  ///< how far off it may be, where that is known
  std::string source;
};

/// What runs a board's code on this machine.
enum class EmulatorKind { kQemuArm, kQemuRiscV32, kSimavr };

/// How a board is emulated. The addresses are the emulated machine's, the sizes stay the board's own.
struct Emulator {
  EmulatorKind kind = EmulatorKind::kQemuArm;
  std::string machine;  ///< the emulator's name of the machine
  uint32_t flash_origin = 0, ram_origin = 0;
  uint32_t timer_address = 0;              ///< a CMSDK timer to count by where no plugin can; 0: none
  double timer_ticks_per_instruction = 0;  ///< under -icount shift=6
};

/// As board files name it: "qemu-arm", "qemu-riscv32", "simavr".
[[nodiscard]] std::string_view name_of(EmulatorKind kind);

/// For a board that nothing emulates: the emulated board whose counts stand for its own.
struct StandIn {
  std::string board;
  Figure cycles_factor;  ///< cycles of this board over cycles of that one, for the same network
};

/// A board as its file describes it. Figures that nobody published are empty.
struct Board {
  std::string name, title, chip;
  std::string core_name;
  Core core = Core::kCortexM4;
  std::string compiler_prefix;              ///< "arm-none-eabi-"
  std::vector<std::string> compiler_flags;  ///< those that choose core and float interface
  Figure flash_bytes, ram_bytes;
  uint32_t stack_reserve_bytes = 2048;  ///< what the linker keeps free for the stack
  std::optional<Emulator> emulator;
  std::optional<StandIn> stand_in;
  Figure clock_mhz;
  std::optional<Figure> flash_wait_states;
  std::optional<Figure> memory_factor;  ///< cycles taken over cycles with memory as fast as the calibrated part's
  std::optional<Figure> voltage_v, active_ma, sleep_ua;

  [[nodiscard]] uint64_t flash() const { return static_cast<uint64_t>(flash_bytes.value); }
  [[nodiscard]] uint64_t ram() const { return static_cast<uint64_t>(ram_bytes.value); }
};

/// Reads a board file's text; `where` names it in errors, which carry line and column. Unknown keys are refused.
[[nodiscard]] Result<Board> parse_board(std::string_view text, const std::string& where);

/// The boards that come with Mote, sorted by name.
[[nodiscard]] Result<std::vector<Board>> board_catalogue();

/// A board of the catalogue by its name, or a board file of the user's own: whatever holds a '/' or ends in ".toml".
[[nodiscard]] Result<Board> load_board(std::string_view name_or_path);

}  // namespace mote
