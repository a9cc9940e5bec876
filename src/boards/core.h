#pragma once

#include <array>
#include <string_view>
#include <utility>

#include "target/instruction_set.h"

namespace mote {

/// The processor cores that boards have. Instructions are counted on those that an emulator knows; docs/boards.md says
/// how cycles follow from them.
enum class Core {
  kCortexM0,
  kCortexM0Plus,
  kCortexM3,
  kCortexM4,
  kCortexM7,
  kCortexM33,
  kCortexM55,
  kRiscV32,  ///< RV32IMC
  kAvr,
  kXtensa,
};

/// What board files may say under `core`.
inline constexpr std::array<std::pair<std::string_view, Core>, 15> kCoreNames{{
    {"cortex-m0", Core::kCortexM0},
    {"cortex-m0plus", Core::kCortexM0Plus},
    {"cortex-m3", Core::kCortexM3},
    {"cortex-m4", Core::kCortexM4},
    {"cortex-m4f", Core::kCortexM4},
    {"cortex-m7", Core::kCortexM7},
    {"cortex-m7f", Core::kCortexM7},
    {"cortex-m33", Core::kCortexM33},
    {"cortex-m33f", Core::kCortexM33},
    {"cortex-m55", Core::kCortexM55},
    {"rv32imc", Core::kRiscV32},
    {"avr", Core::kAvr},
    {"xtensa-lx106", Core::kXtensa},
    {"xtensa-lx6", Core::kXtensa},
    {"xtensa-lx7", Core::kXtensa},
}};

/// Whether the core may fault on a load or store that is not aligned, which the emulated machine may let pass.
[[nodiscard]] constexpr bool traps_unaligned(Core core) {
  return core == Core::kCortexM0 || core == Core::kCortexM0Plus || core == Core::kRiscV32;
}

/// What the core's kernels may use.
[[nodiscard]] constexpr InstructionSet instruction_set(Core core) {
  switch (core) {
    case Core::kCortexM0:
    case Core::kCortexM0Plus:
      return InstructionSet::kArmv6M;
    case Core::kCortexM3:
      return InstructionSet::kArmv7M;
    case Core::kCortexM4:
    case Core::kCortexM7:
    case Core::kCortexM33:
      return InstructionSet::kArmv7EM;
    case Core::kCortexM55:
      return InstructionSet::kHelium;
    case Core::kRiscV32:
      return InstructionSet::kRv32;
    case Core::kAvr:
      return InstructionSet::kAvr;
    case Core::kXtensa:
      break;
  }
  return InstructionSet::kPortable;
}

}  // namespace mote
