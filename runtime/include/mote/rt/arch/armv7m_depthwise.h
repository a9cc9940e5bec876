/// What Armv7-M (Cortex-M3) does of mote/rt/depthwise_pairs.h, which says what these functions compute and holds the
/// portable text of the same: 10 instructions for four taps of two outputs, 26 besides (36 stepped).
///
/// Functions are naked, that is wholly written here, so that no compiler has to find registers for them. They keep to
/// the procedure call standard and leave r9 alone, which some systems own.
#pragma once

#include <stdint.h>

#include "mote/rt/arch/armv7m.h"

#if defined(MOTE_RT_ARMV7M)

#define MOTE_RT_ARMV7M_DEPTHWISE

namespace mote {
namespace rt {
inline namespace v1 {
struct InputLine;
struct PairLine;
namespace armv7m {

// clang-format off: one line of text for what belongs together

// The sum X to both sums.
#define MOTE_RT_ADD(X) "add r12, " X "\n add lr, lr, " X ", asr #16\n"
// Two inputs times two weights. With half of 65536 in r11 the upper half is the second output's sum.
#define MOTE_RT_TWO_TAPS(X, Y, V, W) "mla " X ", " V ", " X ", r11\n mla " X ", " W ", " Y ", " X "\n" MOTE_RT_ADD(X)

// Place V to output. r1 low, r2 shift, r3 high, r6 limit, r7 addend, r10 free; stepped r8 pivot, r11 the step.
#define MOTE_RT_NARROW(V)                                          \
  "cmp " V ", r6\n blo 6f\n asr " V ", " V ", #31\n eor " V ", " V \
  ", #127\n b 8f\n"                                                \
  "6: mul r10, " V ", r1\n lsr r10, r2\n .if %c2\n cmp " V         \
  ", r8\n it lo\n addlo r10, r11\n .endif\n"                       \
  "mla " V ", " V ", r3, r10\n add " V ", r7\n lsr " V ", " V ", #24\n 8:\n"

/// A line of outputs, two a round. On the stack lies a copy of the parameter.
///   r0 inputs   r2-r5 inputs           r11 half of 65536  r12 sum of both
///   r1 weights  r6-r8, r10 weights                        lr  sum of the second
template <int32_t kTaps, int32_t kPasses, bool kStepped>
MOTE_RT_NAKED_QUADS void pair_line(const PairLine*) noexcept {
  __asm__ volatile(
      "push {r4-r8, r10, r11, lr}\n"
      "add r0, #68\n ldmdb r0!, {r1-r8}\n push {r1-r8}\n mov r12, r8\n ldmdb r0!, {r1-r8, r10}\n push {r1-r8, r10}\n"
      "mov r0, r12\n mov r11, #0x8000\n cmp r0, r8\n beq.w 4f\n"
      "2: ldm sp, {r1, r12, lr}\n"
      "1:\n"
      ".rept %c0 / 4\n"
      "ldm r0!, {r2-r5}\n ldm r1!, {r6-r8, r10}\n"
      MOTE_RT_TWO_TAPS("r2", "r3", "r6", "r7") MOTE_RT_TWO_TAPS("r4", "r5", "r8", "r10")
      ".endr\n"
      ".if %c0 %% 4 == 1\n ldr r2, [r0], #4\n ldr r6, [r1], #4\n mla r2, r6, r2, r11\n" MOTE_RT_ADD("r2")
      ".elseif %c0 %% 4\n .if %c0 %% 4 == 2\n ldm r0!, {r2-r3}\n ldm r1!, {r6-r7}\n .else\n"
      "ldm r0!, {r2-r4}\n ldm r1!, {r6-r8}\n mla r4, r8, r4, r11\n" MOTE_RT_ADD("r4")
      ".endif\n" MOTE_RT_TWO_TAPS("r2", "r3", "r6", "r7")
      ".endif\n"
      ".if %c1 > 1\n ldr r2, [sp, #60]\n cmp r1, r2\n bne.w 1b\n .endif\n"
      "ldr r2, [sp, #52]\n add r0, r2\n sub r12, r12, lr, lsl #16\n"
      "add r1, sp, #12\n ldm r1, {r1-r8}\n .if %c2\n ldrd r8, r11, [sp, #44]\n .endif\n"
      MOTE_RT_NARROW("r12") MOTE_RT_NARROW("lr")
      ".if %c2\n ldr r5, [sp, #28]\n ldr r8, [sp, #40]\n mov r11, #0x8000\n .endif\n"
      "strb lr, [r8, r4]\n strb r12, [r8]\n add r8, r8, r4, lsl #1\n str r8, [sp, #40]\n"
      "cmp r0, r5\n bne.w 2b\n"
      // An output that stands alone comes last, over that of the window which is not there.
      "4: ldr r1, [sp, #56]\n cmp r0, r1\n beq 5f\n str r1, [sp, #28]\n mov r2, #0\n str r2, [sp, #24]\n b.w 2b\n"
      "5: add sp, #68\n pop {r4-r8, r10, r11, pc}\n"
      : : "i"(kTaps), "i"(kPasses), "i"(kStepped) : "r0", "r1", "r2", "r3", "r12", "lr", "cc", "memory");
}

#undef MOTE_RT_NARROW
#undef MOTE_RT_TWO_TAPS
#undef MOTE_RT_ADD

// The next input X, beside BEFORE.
#define MOTE_RT_WIDEN(X, BEFORE) \
  "ldrsb " X ", [r1]\n add r1, r5\n add lr, " BEFORE ", " X ", lsl #16\n str lr, [r0]\n add r0, r6\n"

/// A line of inputs.
///   r0 words   r2 an input  r4 rounds of two  r6 bytes from word to word  r3, r12 the inputs two and one back; with
///   r1 inputs  lr a word    r5 step           r7 padding, r8 words of it  stride 1 r3 and r2 in turn the one before
template <int32_t kStride>
MOTE_RT_NAKED_QUADS void widen_line(const InputLine*, const int8_t*, uint32_t*) noexcept {
  __asm__ volatile(
      "push {r4-r8, lr}\n ldm r0, {r3-r8}\n mov r0, r2\n lsl r6, r6, #2\n"
      "cmp r3, #0\n beq 2f\n add r2, r7, r7, lsl #16\n"
      "1: str r2, [r0]\n add r0, r6\n subs r3, #1\n bne 1b\n"
      "2: mov r2, r7\n mov r3, r7\n mov r12, r7\n cmp r4, #0\n beq 3f\n adds r4, #1\n lsrs r4, #1\n bcc 2f\n"
      ".if %c0 == 1\n"
      "1:" MOTE_RT_WIDEN("r2", "r3") "2:" MOTE_RT_WIDEN("r3", "r2")
      ".else\n"
      "1:" MOTE_RT_WIDEN("r2", "r3") "mov r3, r2\n" "2:" MOTE_RT_WIDEN("r2", "r12") "mov r12, r2\n"
      ".endif\n"
      "subs r4, #1\n bne 1b\n"
      "3: cmp r8, #0\n beq 5f\n"
      "4: add r2, r3, r7, lsl #16\n str r2, [r0]\n add r0, r6\n"
      ".if %c0 == 1\n mov r3, r7\n .else\n mov r3, r12\n mov r12, r7\n .endif\n"
      "subs r8, #1\n bne 4b\n"
      "5: pop {r4-r8, pc}\n"
      : : "i"(kStride) : "r0", "r1", "r2", "r3", "r12", "lr", "cc", "memory");
}

#undef MOTE_RT_WIDEN

// clang-format on

}  // namespace armv7m
}  // namespace v1
}  // namespace rt
}  // namespace mote

#endif
