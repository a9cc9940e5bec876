#pragma once

#include <stdint.h>

// What the firmware must know of AVR, together with the program that simulates it.
namespace machine {

/// The simulator answers this move: operation in r24, argument in r22:r23, result in r24:r25.
inline uint32_t call_host(uint32_t operation, const void* argument) {
  register uint16_t r24 __asm__("r24") = static_cast<uint16_t>(operation);
  register const void* r22 __asm__("r22") = argument;
  __asm__ volatile("mov r12, r12" : "+r"(r24) : "r"(r22) : "memory");
  return r24;
}

inline uintptr_t stack_pointer() {
  uintptr_t sp;
  __asm__ volatile("in %A0, 0x3d\nin %B0, 0x3e" : "=r"(sp));
  return sp;
}

/// The address as the host's files about the image have it: data lies above flash there.
inline uint32_t address(uintptr_t pointer) {
  return 0x800000ul + pointer;
}

/// Takes as many instructions as two markers.
inline void two_moves() {
  __asm__ volatile("mov r9, r9\nmov r9, r9" ::: "memory");
}

}  // namespace machine

#define MOTE_BEGIN_INSTRUCTION "mov r10, r10"
#define MOTE_END_INSTRUCTION "mov r11, r11"
