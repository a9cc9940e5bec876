#include "target/instruction_set.h"

namespace mote {

InstructionSet host_instruction_set() {
#if defined(__x86_64__) && defined(__GNUC__)
  const auto has_all = [](auto... present) { return (present && ...); };
  if (has_all(__builtin_cpu_supports("avx512f"), __builtin_cpu_supports("avx512bw"), __builtin_cpu_supports("avx512vl"),
              __builtin_cpu_supports("avx512vnni")))
    return InstructionSet::kAvx512;
  if (__builtin_cpu_supports("avx2")) return InstructionSet::kAvx2;
#endif
  return InstructionSet::kPortable;
}

std::string_view name(InstructionSet instruction_set) {
  switch (instruction_set) {
    case InstructionSet::kPortable:
      return "portable";
    case InstructionSet::kArmv6M:
      return "armv6-m";
    case InstructionSet::kArmv7M:
      return "armv7-m";
    case InstructionSet::kArmv7EM:
      return "armv7e-m";
    case InstructionSet::kHelium:
      return "helium";
    case InstructionSet::kRv32:
      return "rv32";
    case InstructionSet::kAvr:
      return "avr";
    case InstructionSet::kAvx2:
      return "avx2";
    case InstructionSet::kAvx512:
      return "avx512";
  }
  return "?";
}

std::string_view name(Optimize optimize) {
  switch (optimize) {
    case Optimize::kSpeed:
      return "speed";
    case Optimize::kBalanced:
      return "balanced";
    case Optimize::kSize:
      return "size";
  }
  return "?";
}

std::optional<Optimize> optimize_from(std::string_view text) {
  for (const Optimize optimize : {Optimize::kSpeed, Optimize::kBalanced, Optimize::kSize})
    if (name(optimize) == text) return optimize;
  return std::nullopt;
}

}  // namespace mote
