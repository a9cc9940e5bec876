#include "target/instruction_set.h"

namespace mote {

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
