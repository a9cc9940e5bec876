#pragma once

#include <cstdint>

#include "boards/plugin/decoded.h"

// Sorts AVR instructions into the classes of the cycle models. Encodings after the AVR Instruction Set Manual.
namespace mote::avr {

/// The address that a store writes first, before the instruction runs. `data` is the data memory with registers and
/// I/O. Negative: it stores nothing.
constexpr int32_t store_address(uint16_t op, uint16_t next, const uint8_t* data) {
  const auto pair = [data](int low) { return data[low] | data[low + 1] << 8; };
  const int32_t stack = pair(0x5D);
  if ((op & 0xF000) == 0xD000 || (op & 0xFE0E) == 0x940E || op == 0x9509) return stack - 1;  // calls push two bytes
  if ((op & 0xD200) == 0x8200) {                                                             // std
    const int offset = (op & 7) | ((op >> 7) & 0x18) | ((op >> 8) & 0x20);
    return pair((op & 8) != 0 ? 28 : 30) + offset;
  }
  if ((op & 0xFE00) != 0x9200) return -1;
  switch (op & 15) {
    case 0:
      return next;  // sts
    case 1:
      return pair(30);
    case 2:
      return pair(30) - 1;
    case 9:
      return pair(28);
    case 10:
      return pair(28) - 1;
    case 12:
    case 13:
      return pair(26);
    case 14:
      return pair(26) - 1;
    case 15:
      return stack;  // push
    default:
      return -1;
  }
}

/// Whether two words follow each other as one instruction.
constexpr bool is_wide(uint16_t op) {
  return (op & 0xFE0C) == 0x940C || (op & 0xFC0F) == 0x9000;  // jmp, call, lds, sts
}

constexpr Decoded branch() {
  return {Counter::kBranch, 0, true};
}

constexpr Decoded decode(uint16_t op) {
  if ((op & 0xFC00) == 0x9C00 || (op & 0xFE00) == 0x0200) return {Counter::kMultiply};  // mul, muls, mulsu, fmul
  if ((op & 0xD200) == 0x8000 || (op & 0xFE00) == 0x9000 || op == 0x95C8) return {Counter::kLoad};
  if ((op & 0xD200) == 0x8200 || (op & 0xFE00) == 0x9200) return {Counter::kStore};
  if ((op & 0xF000) == 0xD000 || (op & 0xFE0E) == 0x940E || op == 0x9509) return {Counter::kCall};
  if ((op & 0xF000) == 0xC000 || (op & 0xFE0E) == 0x940C || op == 0x9409) return branch();  // rjmp, jmp, ijmp
  if ((op & 0xFFEF) == 0x9508) return branch();                                             // ret, reti
  if ((op & 0xF800) == 0xF000) return branch();                                             // by a flag
  if ((op & 0xFC08) == 0xFC00 || (op & 0xFC00) == 0x1000 || (op & 0xFD00) == 0x9900) return branch();  // skips
  if ((op & 0xFF0F) == 0x9508) return {Counter::kSystem};  // sleep, break, wdr, spm
  return {};
}

}  // namespace mote::avr
