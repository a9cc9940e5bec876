#pragma once

#include <stdint.h>

// What the firmware must know of RV32.
namespace machine {

/// Semihosting: an ebreak between two shifts that do nothing, none of them compressed, all in one page.
inline uint32_t call_host(uint32_t operation, const void* argument) {
  register uint32_t a0 __asm__("a0") = operation;
  register const void* a1 __asm__("a1") = argument;
  __asm__ volatile(
      ".balign 16\n"  // while compressed instructions may pad
      ".option push\n"
      ".option norvc\n"
      "slli x0, x0, 0x1f\n"
      "ebreak\n"
      "srai x0, x0, 7\n"
      ".option pop"
      : "+r"(a0)
      : "r"(a1)
      : "memory");
  return a0;
}

inline uintptr_t stack_pointer() {
  uintptr_t sp;
  __asm__ volatile("mv %0, sp" : "=r"(sp));
  return sp;
}

/// The address as the host's files about the image have it.
inline uint32_t address(uintptr_t pointer) {
  return pointer;
}

/// Takes as many instructions as two markers.
inline void two_moves() {
  __asm__ volatile("addi x0, x0, 1\naddi x0, x0, 1" ::: "memory");
}

}  // namespace machine

// Hints by the base instruction set's table of reserved encodings: no compiler emits them.
#define MOTE_BEGIN_INSTRUCTION "addi x0, x0, 2001"
#define MOTE_END_INSTRUCTION "addi x0, x0, 2002"
