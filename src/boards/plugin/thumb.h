#pragma once

#include <bit>
#include <cstdint>

#include "boards/plugin/decoded.h"

// Sorts Thumb instructions (Armv6-M, Armv7E-M with FPv4, Armv8-M, and Armv8.1-M with Helium) into the classes of the
// cycle models. Encodings after the Architecture Reference Manuals of Armv7-M, chapter A5, and Armv8-M, chapter C2.
namespace mote::thumb {

/// Whether the first halfword opens a 32-bit instruction.
constexpr bool is_wide(uint16_t first) {
  return first >= 0xE800;
}

constexpr uint8_t ones(uint32_t bits) {
  return static_cast<uint8_t>(std::popcount(bits));
}
constexpr uint8_t field(uint32_t bits, int shift, uint32_t mask) {
  return static_cast<uint8_t>((bits >> shift) & mask);
}

constexpr Decoded load(uint8_t target, uint8_t base, uint8_t index = 0xFF) {
  return {Counter::kLoad, 0, target == 15, true, target, base, index};
}
constexpr Decoded store() {
  return {Counter::kStore, 0, false, true};
}
constexpr Decoded multiple(uint8_t words, bool jumps) {
  return {Counter::kMultiple, words, jumps};
}
constexpr Decoded branch() {
  return {Counter::kBranch, 0, true};
}

constexpr Decoded narrow(uint16_t h) {
  const auto low = [h](int shift) { return field(h, shift, 7); };
  if ((h & 0xFFC0) == 0x4340) return {Counter::kMultiply};
  if ((h & 0xFF80) == 0x4700) return branch();                            // bx
  if ((h & 0xFF80) == 0x4780) return {Counter::kCall};                    // blx
  if ((h & 0xFF87) == 0x4687 || (h & 0xFF87) == 0x4487) return branch();  // mov pc, add pc
  if ((h & 0xF800) == 0x4800) return load(low(8), 15);                    // literal
  if ((h & 0xF000) == 0x5000) return low(9) < 3 ? store() : load(low(0), low(3), low(6));
  if ((h & 0xE000) == 0x6000 || (h & 0xF000) == 0x8000) return (h & 0x0800) ? load(low(0), low(3)) : store();
  if ((h & 0xF000) == 0x9000) return (h & 0x0800) ? load(low(8), 13) : store();     // relative to sp
  if ((h & 0xFE00) == 0xB400) return multiple(ones(h & 0x1FFu), false);             // push
  if ((h & 0xFE00) == 0xBC00) return multiple(ones(h & 0x1FFu), (h & 0x100) != 0);  // pop
  if ((h & 0xF000) == 0xC000) return multiple(ones(h & 0xFFu), false);
  if ((h & 0xF500) == 0xB100) return branch();                            // cbz, cbnz
  if ((h & 0xFFE0) == 0xB660) return {Counter::kSystem};                  // cps
  if ((h & 0xF000) == 0xD000 && (h & 0x0E00) != 0x0E00) return branch();  // conditional
  if ((h & 0xF800) == 0xE000) return branch();
  return {};
}

constexpr Decoded wide_memory_multiple(uint16_t h1, uint16_t h2) {
  const bool loads = (h1 & 0x10) != 0;
  if ((h1 & 0x0040) == 0) return multiple(ones(h2), loads && (h2 & 0x8000) != 0);       // ldm, stm
  if ((h1 & 0x0120) != 0) return multiple(2, false);                                    // ldrd, strd
  if ((h1 & 0xFFF0) == 0xE8D0 && (h2 & 0x00E0) == 0) return {Counter::kLoad, 0, true};  // tbb, tbh
  return loads ? load(field(h2, 12, 15), field(h1, 0, 15)) : store();                   // exclusive
}

/// Coprocessors 14 and 15 are the vector unit's.
constexpr bool is_vector(uint16_t h2) {
  return (h2 & 0x0E00) == 0x0E00;
}

constexpr Decoded vector_data(uint16_t h1, uint16_t h2) {
  bool multiplies = false;
  if ((h1 & 0x0100) != 0) {  // of three vectors, or by an immediate value
    const int operation = (h2 >> 8) & 15;
    multiplies = (h1 & 0x80) == 0 &&
                 (operation == 9 || operation == 11 || operation == 12 || (operation == 13 && (h2 & 0x10) != 0));
  } else if ((h1 & 0x80) == 0) {
    multiplies = (h2 & 0x0100) == 0 && (h1 & 0x30) != 0x30;
  } else {  // across a vector: all but sums and extremes multiply
    multiplies = (h2 & 0x00D1) == 0 && (h1 & 0xFFF3) != 0xEEF1 && (h1 & 0xFFF3) != 0xEEE2;
  }
  return {multiplies ? Counter::kVectorMultiply : Counter::kVector};
}

constexpr Decoded floating(uint16_t h1, uint16_t h2) {
  if ((h1 & 0xEF00) == 0xEF00) return vector_data(h1, h2);
  if (is_vector(h2) && (h1 & 0xEF00) == 0xEE00) return vector_data(h1, h2);
  if (is_vector(h2) && (h1 & 0xEE00) == 0xEC00)
    return {(h1 & 0x01A0) == 0 ? Counter::kVector : Counter::kVectorMemory};  // two lanes to or from core registers
  if ((h1 & 0xFE00) == 0xEC00) {
    if ((h1 & 0x01E0) == 0x0040) return {Counter::kFloat};  // two core registers
    const bool loads = (h1 & 0x10) != 0;
    const bool twice = (h2 & 0x0100) != 0;
    if ((h1 & 0x0120) == 0x0100) {  // vldr, vstr
      if (twice) return multiple(2, false);
      return loads ? load(0xFF, field(h1, 0, 15)) : store();
    }
    return multiple(field(h2, 0, 0xFF), false);  // vldm, vstm, vpush, vpop
  }
  if ((h1 & 0xFF00) != 0xEE00 || (h2 & 0x0010) != 0) return {Counter::kFloat};
  switch ((h1 >> 4) & 0xB) {
    case 0x0:
    case 0x1:
    case 0x9:
    case 0xA:
      return {Counter::kFloatMultiplyAdd};
    case 0x8:
      return {Counter::kFloatDivide};
    case 0xB:
      return {(h1 & 0xF) == 1 && (h2 & 0xC0) == 0xC0 ? Counter::kFloatDivide : Counter::kFloat};
    default:
      return {Counter::kFloat};
  }
}

constexpr Decoded wide_control(uint16_t h1, uint16_t h2) {
  if ((h2 & 0x8000) == 0) return {};                     // data processing, immediate
  if ((h2 & 0xD000) == 0xD000) return {Counter::kCall};  // bl
  if ((h2 & 0xD000) == 0x9000) return branch();          // b.w
  if ((h2 & 0xF000) == 0xC000) return branch();          // wls, le
  if ((h2 & 0xF000) == 0xE000) return {};                // dls, vctp
  if ((h1 & 0x0380) != 0x0380) return branch();          // b<cond>.w
  if (h1 == 0xF3AF) return {};                           // nop.w and other hints
  return {Counter::kSystem};                             // msr, mrs, barriers
}

constexpr Decoded wide(uint16_t h1, uint16_t h2) {
  if ((h1 & 0xFE00) == 0xE800) return wide_memory_multiple(h1, h2);
  if ((h1 & 0xEC00) == 0xEC00) return floating(h1, h2);
  if ((h1 & 0xF800) == 0xF000) return wide_control(h1, h2);
  if ((h1 & 0xFE00) == 0xF800) {
    if ((h1 & 0x10) == 0) return store();
    const uint8_t target = field(h2, 12, 15);
    const bool word = (h1 & 0x60) == 0x40;
    if (target == 15 && !word) return {};  // a hint to preload
    const bool by_register = (h1 & 0x0080) == 0 && (h2 & 0x0FC0) == 0;
    return load(target, field(h1, 0, 15), by_register ? field(h2, 0, 15) : uint8_t{0xFF});
  }
  if ((h1 & 0xFF80) == 0xFB00) return {Counter::kMultiply};
  if ((h1 & 0xFF80) == 0xFB80)
    return {(h1 & 0x00D0) == 0x0090 && (h2 & 0xF0) == 0xF0 ? Counter::kDivide : Counter::kMultiplyLong};
  return {};
}

constexpr Decoded decode(uint16_t first, uint16_t second) {
  return is_wide(first) ? wide(first, second) : narrow(first);
}

/// Whether `next`, straight after `previous`, can overlap its address with the other's data: both move one register
/// and the address of the second does not wait for the first.
constexpr bool pipelines(const Decoded& previous, const Decoded& next) {
  if (!previous.single || next.counter != Counter::kLoad) return false;
  if (previous.counter != Counter::kLoad || previous.target == 0xFF) return true;
  return next.base != previous.target && next.index != previous.target;
}

}  // namespace mote::thumb
