/// What Armv6-M (Cortex-M0, M0+) does of a small fully connected layer: mote/rt/pair_row.h, which says what this
/// function computes and holds the portable text of the same. 15 instructions for 8 products.
#pragma once

#include "mote/rt/arch/armv6m.h"

#if defined(MOTE_RT_ARMV6M)

namespace mote {
namespace rt {
inline namespace v1 {
namespace armv6m {

// clang-format off: one line of text for what belongs together

// Two words of an output's weights times the inputs r2, r3. Shifted out last is the lower half's sign, which the upper
// half lacks by one.
#define MOTE_RT_TWO_PAIRS(SUM)                                                   \
  "ldm r1!, {r4, r5}\n muls r4, r2\n muls r5, r3\n asrs r4, r4, #16\n adcs " SUM \
  ", r4\n"                                                                       \
  "asrs r5, r5, #16\n adcs " SUM ", r5\n"

// Place V to its byte; SATURATED is where places outside of [0, limit) go and DONE where they come back. r0 addend, r2
// limit, then step, r3 low, r4 high, r5 pivot, then the lower product.
#define MOTE_RT_NARROW_SHORT(V, SATURATED, DONE)                                                 \
  ".if %c0\n ldm r1!, {r0, r2-r5}\n .else\n ldm r1!, {r0, r2-r4}\n .endif\n cmp " V              \
  ", r2\n"                                                                                       \
  ".if %c0\n ldm r1!, {r2}\n .endif\n bhs " SATURATED                                            \
  "f\n"                                                                                          \
  ".if %c0\n cmp " V                                                                             \
  ", r5\n bhs 9f\n adds r0, r2\n 9:\n .endif\n"                                                  \
  "movs r5, " V "\n muls r5, r3\n lsrs r5, r5, #%c1\n muls " V ", r4\n adds " V ", r5\n adds " V \
  ", r0\n"                                                                                       \
  "lsrs " V ", " V ", #24\n " DONE ":\n"
#define MOTE_RT_SATURATED(V, SATURATED, DONE) \
  SATURATED ": asrs " V ", " V ", #31\n movs r2, #127\n eors " V ", r2\n b " DONE "b\n"

///   r0 column       r2, r3 inputs    r6, r7 sums   r8 column   r11 end of the weights   lr where a first round begins
///   r1 weights      r4, r5 weights                 r10 output  r12 end of the column
/// On the stack: weights, end of the weights. Inputs are read word by word.
template <bool kStepped, int32_t kShift>
MOTE_RT_NAKED_THUMB1 void pair_row(int8_t*, const int8_t*, uint32_t*, const uint32_t*, const int32_t*,
                                   const int32_t*) noexcept {
  __asm__ volatile(
      MOTE_RT_UNIFIED
      "push {r4-r7, lr}\n mov r4, r8\n mov r5, r10\n mov r6, r11\n push {r4-r6}\n"
      "mov r10, r0\n mov r8, r2\n mov r12, r3\n"
      // Widening: four bytes, 128 added to each, two by two in the halves of a word, 128 subtracted from each.
      "movs r4, #128\n lsls r5, r4, #16\n adds r4, r5\n lsls r5, r4, #8\n adds r5, r4\n"
      "movs r6, #255\n lsls r7, r6, #16\n adds r6, r7\n"
      "1: ldm r1!, {r0}\n eors r0, r5\n lsrs r7, r0, #8\n ands r0, r6\n subs r0, r4\n ands r7, r6\n subs r7, r4\n"
      "stm r2!, {r0, r7}\n cmp r2, r3\n bne 1b\n"
      // The first round skips what the number of fours is short of a multiple of 4: 30 bytes each.
      "mov r0, r8\n subs r3, r3, r0\n lsrs r3, r3, #3\n rsbs r3, r3, #0\n movs r2, #3\n ands r3, r2\n"
      "movs r2, #30\n muls r3, r2\n adr r2, 2f\n adds r2, r3\n mov lr, r2\n"
      "ldr r1, [sp, #32]\n ldr r2, [sp, #36]\n mov r11, r2\n"
      "1: ldm r1!, {r6, r7}\n mov r0, r8\n mov pc, lr\n"
      ".balign 4\n"
      "2:\n"
      ".rept 4\n"
      "ldm r0!, {r2, r3}\n" MOTE_RT_TWO_PAIRS("r6") MOTE_RT_TWO_PAIRS("r7")
      ".endr\n"
      "cmp r0, r12\n bne 2b\n"
      MOTE_RT_NARROW_SHORT("r6", "3", "4")
      "mov r0, r10\n strb r6, [r0]\n cmp r1, r11\n beq 7f\n"
      MOTE_RT_NARROW_SHORT("r7", "5", "6")
      "mov r0, r10\n strb r7, [r0, #1]\n adds r0, #2\n mov r10, r0\n cmp r1, r11\n bne 1b\n"
      "7: pop {r4-r6}\n mov r8, r4\n mov r10, r5\n mov r11, r6\n pop {r4-r7, pc}\n"
      MOTE_RT_SATURATED("r6", "3", "4") MOTE_RT_SATURATED("r7", "5", "6")
      MOTE_RT_DIVIDED
      : : "i"(kStepped), "i"(kShift) : "r0", "r1", "r2", "r3", "r12", "lr", "cc", "memory");
}

#undef MOTE_RT_SATURATED
#undef MOTE_RT_NARROW_SHORT
#undef MOTE_RT_TWO_PAIRS

// clang-format on

}  // namespace armv6m
}  // namespace v1
}  // namespace rt
}  // namespace mote

#endif
