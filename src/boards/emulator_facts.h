#pragma once

#include "boards/board.h"

namespace mote {

/// What differs from one kind of emulator to the next: the only list.
struct EmulatorFacts {
  const char* program;
  const char* counter;  ///< the file that counts: QEMU's plugin, or the program itself
  const char* instruction_set;
  const char* file_prefix;  ///< of files in firmware/ that are for these machines only; images have them without it
  const char* compiler_packages;
  const char* emulator_packages;
  const char* setup;  ///< the command that installs both
};

[[nodiscard]] constexpr EmulatorFacts facts_of(EmulatorKind kind) {
  switch (kind) {
    case EmulatorKind::kQemuRiscV32:
      return {"qemu-system-riscv32", "mote_qemu_plugin.so", "rv32", "rv32_", "gcc-riscv64-unknown-elf",
              "qemu-system-misc",    "make setup-boards"};
    case EmulatorKind::kSimavr:
      return {"mote_simavr", "mote_simavr", "avr", "avr_", "gcc-avr avr-libc", "libsimavr-dev", "make setup-boards"};
    case EmulatorKind::kQemuArm:
      break;
  }
  return {"qemu-system-arm",   "mote_qemu_plugin.so", "thumb",     "arm_",
          "gcc-arm-none-eabi", "qemu-system-arm",     "make setup"};
}

}  // namespace mote
