/// What RV32IM does of mote/rt/depthwise_pairs.h, which says what these functions compute and holds the portable text
/// of the same: 11 instructions for two taps of two outputs, 7 for one, 24 besides (28 stepped).
///
/// Functions are naked, that is wholly written here, so that no compiler has to find registers for them.
#pragma once

#include <stdint.h>

#include "mote/rt/arch/rv32.h"

#if defined(MOTE_RT_RV32)

#define MOTE_RT_RV32_DEPTHWISE

namespace mote {
namespace rt {
inline namespace v1 {
struct InputLine;
struct PairLine;
namespace rv32 {

// clang-format off: one line of text for what belongs together

// The sum in a2 to both sums. With half of 65536 the upper half is the second output's sum.
#define MOTE_RT_ADD "add a2, a2, t4\n add t5, t5, a2\n srai a2, a2, 16\n add t6, t6, a2\n"

// Place V to output byte at B.
#define MOTE_RT_NARROW(V, B)                                                      \
  "bltu " V ", a7, 6f\n srai " V ", " V ", 31\n xori " V ", " V                   \
  ", 127\n j 8f\n"                                                                \
  "6: mul a2, " V ", t2\n srl a2, a2, t3\n .if %2\n bgeu " V                      \
  ", s5, 7f\n add a2, a2, s6\n 7:\n .endif\n"                                     \
  "mul " V ", " V ", a6\n add a2, a2, s0\n add " V ", " V ", a2\n srli " V ", " V \
  ", 24\n"                                                                        \
  "8: sb " V ", (" B ")\n"

/// A line of outputs, two a round.
///   a0 inputs   a2, a3 inputs   t4 half of 65536       t2 low    a7 limit  s1 output  s4 next   s7 end of the weights
///   a1 weights  a4, a5 weights  t5 sum of both, t0     t3 shift  s0 addend s2 step    s5 pivot  s8 weights
///                               t6 of the second, t1   a6 high             s3 end     s6 its step
template <int32_t kTaps, int32_t kPasses, bool kStepped>
__attribute__((naked, noinline)) void pair_line(const PairLine*) noexcept {
  __asm__ volatile(
      "addi sp, sp, -48\n sw a0, 0(sp)\n sw s0, 4(sp)\n sw s1, 8(sp)\n sw s2, 12(sp)\n sw s3, 16(sp)\n sw s4, 20(sp)\n"
      ".if %2\n sw s5, 24(sp)\n sw s6, 28(sp)\n lw s5, 44(a0)\n lw s6, 48(a0)\n .endif\n"
      ".if %1 > 1\n sw s7, 32(sp)\n sw s8, 36(sp)\n lw s7, 60(a0)\n lw s8, 0(a0)\n .endif\n"
      "lw a1, 0(a0)\n lw t0, 4(a0)\n lw t1, 8(a0)\n lw t2, 12(a0)\n lw t3, 16(a0)\n lw a6, 20(a0)\n lw s2, 24(a0)\n"
      "lw s3, 28(a0)\n lw a7, 32(a0)\n lw s0, 36(a0)\n lw s1, 40(a0)\n lw s4, 52(a0)\n lw a0, 64(a0)\n"
      "lui t4, 8\n .if %1 == 1\n addi s4, s4, 4 * %0\n .endif\n beq a0, s3, 4f\n"
      "2: mv t5, t0\n mv t6, t1\n"
      ".if %1 > 1\n mv a1, s8\n 1:\n .endif\n"
      ".set place, 0\n"
      ".rept %0 / 2\n"
      "lw a2, place(a0)\n lw a3, place + 4(a0)\n lw a4, place(a1)\n lw a5, place + 4(a1)\n"
      "mul a2, a2, a4\n mul a3, a3, a5\n add a2, a2, a3\n" MOTE_RT_ADD
      ".set place, place + 8\n"
      ".endr\n"
      ".if %0 %% 2\n lw a2, place(a0)\n lw a4, place(a1)\n mul a2, a2, a4\n" MOTE_RT_ADD ".endif\n"
      ".if %1 > 1\n addi a0, a0, 4 * %0\n addi a1, a1, 4 * %0\n bne a1, s7, 1b\n .endif\n"
      "add a0, a0, s4\n slli a2, t6, 16\n sub t5, t5, a2\n add a3, s1, s2\n"
      // An output that stands alone comes last: the byte of the window which is not there lies under it.
      MOTE_RT_NARROW("t6", "a3") MOTE_RT_NARROW("t5", "s1")
      "add s1, a3, s2\n bne a0, s3, 2b\n"
      "4: lw a2, 0(sp)\n lw a2, 56(a2)\n beq a0, a2, 5f\n mv s3, a2\n li s2, 0\n j 2b\n"
      "5: lw s0, 4(sp)\n lw s1, 8(sp)\n lw s2, 12(sp)\n lw s3, 16(sp)\n lw s4, 20(sp)\n"
      ".if %2\n lw s5, 24(sp)\n lw s6, 28(sp)\n .endif\n"
      ".if %1 > 1\n lw s7, 32(sp)\n lw s8, 36(sp)\n .endif\n"
      "addi sp, sp, 48\n ret\n"
      : : "i"(kTaps), "i"(kPasses), "i"(static_cast<int>(kStepped)) : "memory");
}

#undef MOTE_RT_NARROW
#undef MOTE_RT_ADD

// The next input X, beside BEFORE.
#define MOTE_RT_WIDEN(X, BEFORE) \
  "lb " X ", (a1)\n add a1, a1, t2\n slli a5, " X ", 16\n add a5, a5, " BEFORE "\n sw a5, (a2)\n add a2, a2, t3\n"

/// A line of inputs.
///   a1 inputs  a4 an input  t1 rounds of two  t3 bytes from word to word  a3, a6 the inputs two and one back; with
///   a2 words   a5 a word    t2 step           t4 padding, t5 words of it  stride 1 a3 and a4 in turn the one before
template <int32_t kStride>
__attribute__((naked, noinline)) void widen_line(const InputLine*, const int8_t*, uint32_t*) noexcept {
  __asm__ volatile(
      "lw t0, 0(a0)\n lw t1, 4(a0)\n lw t2, 8(a0)\n lw t3, 12(a0)\n lw t4, 16(a0)\n lw t5, 20(a0)\n slli t3, t3, 2\n"
      "slli a5, t4, 16\n add a5, a5, t4\n beqz t0, 2f\n"
      "1: sw a5, (a2)\n add a2, a2, t3\n addi t0, t0, -1\n bnez t0, 1b\n"
      "2: mv a3, t4\n mv a4, t4\n mv a6, t4\n beqz t1, 3f\n andi t0, t1, 1\n addi t1, t1, 1\n srli t1, t1, 1\n bnez t0, 2f\n"
      ".if %0 == 1\n"
      "1:" MOTE_RT_WIDEN("a4", "a3") "2:" MOTE_RT_WIDEN("a3", "a4")
      ".else\n"
      "1:" MOTE_RT_WIDEN("a4", "a3") "mv a3, a4\n" "2:" MOTE_RT_WIDEN("a4", "a6") "mv a6, a4\n"
      ".endif\n"
      "addi t1, t1, -1\n bnez t1, 1b\n"
      "3: beqz t5, 5f\n slli t0, t4, 16\n"
      "4: add a5, a3, t0\n sw a5, (a2)\n add a2, a2, t3\n"
      ".if %0 == 1\n mv a3, t4\n .else\n mv a3, a6\n mv a6, t4\n .endif\n"
      "addi t5, t5, -1\n bnez t5, 4b\n"
      "5: ret\n"
      : : "i"(kStride) : "memory");
}

#undef MOTE_RT_WIDEN

// clang-format on

}  // namespace rv32
}  // namespace v1
}  // namespace rt
}  // namespace mote

#endif
