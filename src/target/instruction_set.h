#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace mote {

/// What a core's kernels may use. Each of these has its own inner loops, or none yet and runs the portable ones.
enum class InstructionSet : uint8_t {
  kPortable,  ///< any compiler's
  kArmv6M,    ///< Cortex-M0, M0+
  kArmv7M,    ///< Cortex-M3
  kArmv7EM,   ///< with the DSP extension: Cortex-M4, M7, and M33 where it has it
  kHelium,    ///< Armv8.1-M with vectors of 16 bytes: Cortex-M55
  kRv32,      ///< RV32IM
  kAvr,       ///< 8 bits, with a multiplication
  kAvx2,      ///< x86-64 with vectors of 32 bytes
  kAvx512,    ///< x86-64 with vectors of 64 bytes and their inner products of bytes (BW, VL, VNNI)
};

/// What a kernel is chosen for.
enum class Optimize : uint8_t {
  kSpeed,     ///< fewest cycles; weights may take 1.3 times their bytes
  kBalanced,  ///< speed, as long as no byte of weights is added and layers share their code
  kSize,      ///< least code
};

/// Whom a plan is made for.
struct Target {
  InstructionSet instruction_set = InstructionSet::kPortable;
  Optimize optimize = Optimize::kSpeed;
  bool little_scratch = false;  ///< of two kernels the slower one, if it needs less memory for itself
};

/// The best that the processor this runs on has kernels for; found out while the program runs.
[[nodiscard]] InstructionSet host_instruction_set();

/// "armv7e-m" and the like.
[[nodiscard]] std::string_view name(InstructionSet instruction_set);
/// "speed", "balanced", "size".
[[nodiscard]] std::string_view name(Optimize optimize);
[[nodiscard]] std::optional<Optimize> optimize_from(std::string_view name);

}  // namespace mote
