#pragma once

#include <cstdint>

#include "boards/plugin/decoded.h"

// Sorts instructions of RV32IMC into the classes of the cycle models. Encodings after the RISC-V Instruction Set
// Manual, volume I, chapters "RV32/64G Instruction Set Listings" and "C Standard Extension".
namespace mote::rv32 {

constexpr Decoded load(uint32_t target, uint32_t base) {
  return {Counter::kLoad, 0, false, true, static_cast<uint8_t>(target), static_cast<uint8_t>(base)};
}
constexpr Decoded store() {
  return {Counter::kStore, 0, false, true};
}
constexpr Decoded branch() {
  return {Counter::kBranch, 0, true};
}

/// Whether the first halfword opens a 32-bit instruction.
constexpr bool is_wide(uint16_t first) {
  return (first & 3) == 3;
}

constexpr Decoded compressed(uint32_t h) {
  const uint32_t operation = h >> 13, full = (h >> 7) & 31, second = (h >> 2) & 31;
  switch (h & 3) {
    case 0:
      if (operation >= 1 && operation <= 3) return load(8 + ((h >> 2) & 7), 8 + ((h >> 7) & 7));
      return operation >= 5 ? store() : Decoded{};
    case 1:
      if (operation == 1) return {Counter::kCall};  // c.jal
      return operation >= 5 ? branch() : Decoded{};
    default:
      if (operation >= 1 && operation <= 3) return load(full, 2);
      if (operation >= 5) return store();
      if (operation != 4 || second != 0) return {};
      if ((h & 0x1000) == 0) return branch();                  // c.jr
      return {full == 0 ? Counter::kSystem : Counter::kCall};  // c.ebreak, c.jalr
  }
}

constexpr Decoded decode(uint32_t word) {
  if (!is_wide(static_cast<uint16_t>(word))) return compressed(word & 0xFFFF);
  const uint32_t target = (word >> 7) & 31, base = (word >> 15) & 31, function = (word >> 12) & 7;
  switch (word & 0x7F) {
    case 0x03:
      return load(target, base);
    case 0x23:
      return store();
    case 0x63:
      return branch();
    case 0x6F:
    case 0x67:
      return target == 0 ? branch() : Decoded{Counter::kCall};
    case 0x0F:
    case 0x73:
      return {Counter::kSystem};
    case 0x33:
      if (word >> 25 != 1) return {};
      if (function == 0) return {Counter::kMultiply};
      return {function < 4 ? Counter::kMultiplyLong : Counter::kDivide};
    default:
      return {};
  }
}

}  // namespace mote::rv32
