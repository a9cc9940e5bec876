/// What RV32IM does of a quad panel: see mote/rt/quad_panel.h, which says what these functions compute and holds the
/// portable text of the same. Two channels at a time: 36 instructions for 16 products.
///
/// Functions are naked, that is wholly written here, so that no compiler has to find registers for them.
#pragma once

#include <stdint.h>

#if defined(__riscv) && __riscv_xlen == 32 && defined(__riscv_mul) && !defined(__riscv_32e)

#define MOTE_RT_RV32

namespace mote {
namespace rt {
inline namespace v1 {
namespace rv32 {

// clang-format off: one line of text for what belongs together

// Two inputs X, Y of two pixels, times t4, t5. With half of 65536 in s1 the upper half is the second pixel's sum.
#define MOTE_RT_TWO_PIXELS(X, Y, BOTH, SECOND) \
  "mul t6, t4, " X "\n mul s0, t5, " Y         \
  "\n add t6, t6, s0\n add t6, t6, s1\n"       \
  "add " BOTH ", " BOTH ", t6\n srai t6, t6, 16\n add " SECOND ", " SECOND ", t6\n"

// Place V to output byte at a4, which goes on by a step. t0 addend, t1 limit, t2 low, t3 high, t4 pivot, t5 step.
#define MOTE_RT_NARROW(V)                                                         \
  "bltu " V ", t1, 6f\n srai " V ", " V ", 31\n xori " V ", " V                   \
  ", 127\n j 8f\n"                                                                \
  "6: mul t6, " V                                                                 \
  ", t2\n srl t6, t6, a7\n"                                                       \
  ".if %0\n bgeu " V                                                              \
  ", t4, 7f\n add t6, t6, t5\n 7:\n .endif\n"                                     \
  "mul " V ", " V ", t3\n add t6, t6, t0\n add " V ", " V ", t6\n srli " V ", " V \
  ", 24\n"                                                                        \
  "8: sb " V ", (s0)\n add s0, s0, a5\n"

#define MOTE_RT_START(BOTH, SECOND, BOTH2, SECOND2, NUMBER)                                         \
  "lw " SECOND ", " NUMBER "(a2)\n slli " BOTH ", " SECOND ", 16\n add " BOTH ", " BOTH ", " SECOND \
  "\n"                                                                                              \
  "sub " BOTH ", " BOTH ", s10\n mv " BOTH2 ", " BOTH "\n mv " SECOND2 ", " SECOND "\n"

#define MOTE_RT_CHANNEL(BOTH, SECOND, BOTH2, SECOND2)                                              \
  "slli t6, " SECOND ", 16\n sub " BOTH ", " BOTH                                                  \
  ", t6\n"                                                                                         \
  "slli t6, " SECOND2 ", 16\n sub " BOTH2 ", " BOTH2                                               \
  ", t6\n"                                                                                         \
  "lw t0, 4(a2)\n lw t1, 8(a2)\n lw t2, 12(a2)\n lw t3, 16(a2)\n"                                  \
  ".if %0\n lw t4, 20(a2)\n lw t5, 24(a2)\n .endif\n addi a2, a2, 20 + 8 * %0\n"                   \
  "mv s0, a4\n addi a4, a4, 1\n" MOTE_RT_NARROW(BOTH) MOTE_RT_NARROW(SECOND) MOTE_RT_NARROW(BOTH2) \
      MOTE_RT_NARROW(SECOND2)

/// An even number of channels, not 0.
///   a0 column   t0-t3 inputs   s1 half of 65536, s10 what halves add up to   s2-s5, s6-s9 sums of a channel: both,
///   a1 weights  t4, t5 weights s11 where a first round begins                second pixel, of pixels 0, 1; of 2, 3
template <bool kStepped>
__attribute__((naked, noinline)) void quad_panel_2(const uint32_t*, const int8_t*, const int32_t*, int32_t, int8_t*,
                                                   int32_t, const uint32_t*, int32_t) noexcept {
  __asm__ volatile(
      ".option push\n .option norvc\n"
      "addi sp, sp, -64\n sw s0, 12(sp)\n sw s1, 16(sp)\n sw s2, 20(sp)\n sw s3, 24(sp)\n sw s4, 28(sp)\n"
      "sw s5, 32(sp)\n sw s6, 36(sp)\n sw s7, 40(sp)\n sw s8, 44(sp)\n sw s9, 48(sp)\n sw s10, 52(sp)\n sw s11, 56(sp)\n"
      // The first round skips what the number of pairs is short of a multiple of 4: 144 bytes each.
      "sub t0, a6, a0\n slli s10, t0, 11\n neg t0, t0\n andi t0, t0, 48\n sub a0, a0, t0\n sub a1, a1, t0\n"
      "li t1, 9\n mul t0, t0, t1\n la s11, 2f\n add s11, s11, t0\n lui s1, 8\n"
      "sw a0, 0(sp)\n sw a1, 4(sp)\n"
      "1:\n"
      MOTE_RT_START("s2", "s3", "s4", "s5", "0") MOTE_RT_START("s6", "s7", "s8", "s9", "20 + 8 * %0")
      "lw a0, 0(sp)\n lw a1, 4(sp)\n addi t0, a1, 4\n sw t0, 4(sp)\n jr s11\n"
      "2:\n"
      ".irp j, 0, 16, 32, 48\n"
      "lw t0, \\j(a0)\n lw t1, \\j + 4(a0)\n lw t2, \\j + 8(a0)\n lw t3, \\j + 12(a0)\n"
      "lb t4, \\j(a1)\n lb t5, \\j + 1(a1)\n"
      MOTE_RT_TWO_PIXELS("t0", "t1", "s2", "s3") MOTE_RT_TWO_PIXELS("t2", "t3", "s4", "s5")
      "lb t4, \\j + 2(a1)\n lb t5, \\j + 3(a1)\n"
      MOTE_RT_TWO_PIXELS("t0", "t1", "s6", "s7") MOTE_RT_TWO_PIXELS("t2", "t3", "s8", "s9")
      ".endr\n"
      "addi a0, a0, 64\n addi a1, a1, 64\n bne a0, a6, 2b\n"
      MOTE_RT_CHANNEL("s2", "s3", "s4", "s5") MOTE_RT_CHANNEL("s6", "s7", "s8", "s9")
      "addi a3, a3, -2\n bnez a3, 1b\n"
      "lw s0, 12(sp)\n lw s1, 16(sp)\n lw s2, 20(sp)\n lw s3, 24(sp)\n lw s4, 28(sp)\n"
      "lw s5, 32(sp)\n lw s6, 36(sp)\n lw s7, 40(sp)\n lw s8, 44(sp)\n lw s9, 48(sp)\n lw s10, 52(sp)\n lw s11, 56(sp)\n"
      "addi sp, sp, 64\n ret\n"
      ".option pop\n"
      : : "i"(static_cast<int>(kStepped)) : "memory");
}

#undef MOTE_RT_CHANNEL
#undef MOTE_RT_START
#undef MOTE_RT_NARROW
#undef MOTE_RT_TWO_PIXELS

// clang-format on

}  // namespace rv32
}  // namespace v1
}  // namespace rt
}  // namespace mote

#endif
