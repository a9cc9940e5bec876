/// What Armv6-M (Cortex-M0, M0+) does of mote/rt/depthwise_pairs.h, which says what these functions compute and holds
/// the portable text of the same: 8 instructions for two taps of two outputs, 6 for one, 35 besides (42 stepped).
///
/// Functions are naked, that is wholly written here, so that no compiler has to find registers for them. They keep to
/// the procedure call standard and leave r9 alone, which some systems own.
#pragma once

#include <stdint.h>

#include "mote/rt/arch/armv6m.h"

#if defined(MOTE_RT_ARMV6M)

#define MOTE_RT_ARMV6M_DEPTHWISE

namespace mote {
namespace rt {
inline namespace v1 {
struct InputLine;
struct PairLine;
namespace armv6m {

// clang-format off: one line of text for what belongs together

// The sum in r2 to both sums. Shifted out last is the lower half's sign, which the upper half lacks by one.
#define MOTE_RT_ADD "adds r6, r2\n asrs r2, r2, #16\n adcs r7, r2\n"

// Place V to output. r2 low, r3 shift, r4 high; r10 limit, r11 addend, r8 pivot, lr the step of places before it.
#define MOTE_RT_NARROW(V)                                                      \
  "cmp " V ", r10\n blo 6f\n asrs " V ", " V ", #31\n movs r1, #127\n eors " V \
  ", r1\n b 8f\n"                                                              \
  "6: movs r1, " V "\n muls r1, r2\n lsrs r1, r3\n .if %c2\n cmp " V           \
  ", r8\n bhs 7f\n add r1, lr\n 7:\n .endif\n"                                 \
  "muls " V ", r4\n adds " V ", r1\n add " V ", r11\n lsrs " V ", " V ", #24\n 8:\n"

/// A line of outputs, two a round. On the stack lies a copy of the parameter.
///   r0 inputs   r2, r3 inputs   r6 sum of both       r12 output
///   r1 weights  r4, r5 weights  r7 sum of the second lr  next, if not stepped
template <int32_t kTaps, int32_t kPasses, bool kStepped>
MOTE_RT_NAKED_THUMB1 void pair_line(const PairLine*) noexcept {
  __asm__ volatile(
      MOTE_RT_UNIFIED
      "push {r4-r7, lr}\n mov r4, r8\n mov r5, r10\n mov r6, r11\n push {r4-r6}\n"
      "adds r0, #44\n ldm r0!, {r1-r6}\n push {r1-r6}\n mov r8, r1\n movs r7, r6\n"
      ".if %c2\n mov lr, r2\n .else\n mov lr, r3\n .endif\n"
      "subs r0, #44\n ldm r0!, {r1-r5}\n push {r1-r5}\n mov r10, r3\n mov r11, r4\n mov r12, r5\n"
      "subs r0, #44\n movs r1, r2\n ldm r0!, {r2-r6}\n ldr r0, [r0]\n push {r0}\n push {r2-r6}\n"
      "movs r0, r7\n cmp r0, r1\n bne 2f\n b 4f\n"
      "2: mov r1, sp\n ldm r1, {r1, r6, r7}\n"
      "1:\n"
      ".rept %c0 / 2\n"
      "ldm r0!, {r2, r3}\n ldm r1!, {r4, r5}\n muls r2, r4\n muls r3, r5\n adds r2, r3\n" MOTE_RT_ADD
      ".endr\n"
      ".if %c0 %% 2\n ldm r0!, {r2}\n ldm r1!, {r4}\n muls r2, r4\n" MOTE_RT_ADD ".endif\n"
      ".if %c1 > 1\n ldr r2, [sp, #60]\n cmp r1, r2\n beq 3f\n b 1b\n 3:\n .endif\n"
      ".if %c2\n ldr r1, [sp, #52]\n adds r0, r1\n .else\n add r0, lr\n .endif\n"
      "lsls r3, r7, #16\n subs r6, r3\n add r1, sp, #12\n ldm r1!, {r2-r5}\n"
      MOTE_RT_NARROW("r6") MOTE_RT_NARROW("r7")
      "mov r1, r12\n strb r7, [r1, r5]\n strb r6, [r1]\n lsls r5, r5, #1\n add r12, r5\n"
      "ldr r1, [sp, #28]\n cmp r0, r1\n .if %c0 > 10\n beq 4f\n b 2b\n .else\n bne 2b\n .endif\n"
      // An output that stands alone comes last, over that of the window which is not there.
      "4: ldr r1, [sp, #56]\n cmp r0, r1\n beq 5f\n str r1, [sp, #28]\n movs r2, #0\n str r2, [sp, #24]\n b 2b\n"
      "5: add sp, #68\n pop {r4-r6}\n mov r8, r4\n mov r10, r5\n mov r11, r6\n pop {r4-r7, pc}\n"
      MOTE_RT_DIVIDED
      : : "i"(kTaps), "i"(kPasses), "i"(kStepped) : "r0", "r1", "r2", "r3", "r12", "lr", "cc", "memory");
}

#undef MOTE_RT_NARROW
#undef MOTE_RT_ADD

// The next input X, beside BEFORE.
#define MOTE_RT_WIDEN(X, BEFORE) \
  "ldrsb " X ", [r1, r3]\n adds r3, r5\n lsls r4, " X ", #16\n add r4, " BEFORE "\n str r4, [r0]\n adds r0, r6\n"

/// A line of inputs.
///   r0 words   r2 an input  r4 a word          r6 bytes from word to word  r7, lr the inputs two and one back; with
///   r1 inputs  r3 place     r5 step of places  r12 where inputs end        stride 1 r7 and r2 in turn the one before
template <int32_t kStride>
MOTE_RT_NAKED_THUMB1 void widen_line(const InputLine*, const int8_t*, uint32_t*) noexcept {
  __asm__ volatile(
      MOTE_RT_UNIFIED
      "push {r4-r7, lr}\n ldm r0!, {r3-r6}\n push {r0}\n ldr r7, [r0]\n mov r0, r2\n lsls r6, r6, #2\n"
      "cmp r3, #0\n beq 2f\n lsls r2, r7, #16\n adds r2, r7\n"
      "1: str r2, [r0]\n adds r0, r6\n subs r3, #1\n bne 1b\n"
      "2: mov lr, r7\n mov r2, r7\n movs r3, r4\n beq 3f\n muls r4, r5\n mov r12, r4\n lsrs r4, r3, #1\n movs r3, #0\n"
      "bcs 2f\n"
      ".if %c0 == 1\n"
      "1:" MOTE_RT_WIDEN("r2", "r7") "2:" MOTE_RT_WIDEN("r7", "r2")
      ".else\n"
      "1:" MOTE_RT_WIDEN("r2", "r7") "mov r7, r2\n" "2:" MOTE_RT_WIDEN("r2", "lr") "mov lr, r2\n"
      ".endif\n"
      "cmp r3, r12\n bne 1b\n"
      "3: pop {r5}\n ldm r5!, {r1, r2}\n cmp r2, #0\n beq 5f\n lsls r3, r1, #16\n"
      "4: adds r4, r3, r7\n str r4, [r0]\n adds r0, r6\n"
      ".if %c0 == 1\n mov r7, r1\n .else\n mov r7, lr\n mov lr, r1\n .endif\n"
      "subs r2, #1\n bne 4b\n"
      "5: pop {r4-r7, pc}\n"
      MOTE_RT_DIVIDED
      : : "i"(kStride) : "r0", "r1", "r2", "r3", "r12", "lr", "cc", "memory");
}

#undef MOTE_RT_WIDEN

// clang-format on

}  // namespace armv6m
}  // namespace v1
}  // namespace rt
}  // namespace mote

#endif
