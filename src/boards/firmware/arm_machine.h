#pragma once

#include <stdint.h>

// What the firmware must know of Cortex-M.
namespace machine {

/// Semihosting: the emulator answers this breakpoint.
inline uint32_t call_host(uint32_t operation, const void* argument) {
  register uint32_t r0 __asm__("r0") = operation;
  register const void* r1 __asm__("r1") = argument;
  __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory", "cc");
  return r0;
}

inline uintptr_t stack_pointer() {
  uintptr_t sp;
  __asm__ volatile("mov %0, sp" : "=r"(sp));
  return sp;
}

/// The address as the host's files about the image have it.
inline uint32_t address(uintptr_t pointer) {
  return static_cast<uint32_t>(pointer);
}

/// Takes as many instructions as two markers.
inline void two_moves() {
  __asm__ volatile("mov r8, r8\nmov r8, r8" ::: "memory");
}

}  // namespace machine

#define MOTE_BEGIN_INSTRUCTION "mov r10, r10"
#define MOTE_END_INSTRUCTION "mov r11, r11"
