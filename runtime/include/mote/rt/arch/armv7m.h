/// What Armv7-M (Cortex-M3) does of a quad panel: see mote/rt/quad_panel.h, which says what these functions compute and
/// holds the portable text of the same. 11 instructions for 8 products.
///
/// Functions are naked, that is wholly written here, so that no compiler has to find registers for them. They keep to
/// the procedure call standard and leave r9 alone, which some systems own.
#pragma once

#include <stdint.h>

#if defined(__ARM_ARCH_7M__)

#define MOTE_RT_ARMV7M
#if defined(__clang__)
#define MOTE_RT_NAKED_QUADS __attribute__((naked, noinline))
#else
#define MOTE_RT_NAKED_QUADS __attribute__((naked, noinline, noipa))
#endif

namespace mote {
namespace rt {
inline namespace v1 {
namespace armv7m {

// clang-format off: one line of text for what belongs together

// Two inputs X, Y of two pixels, times r6, r7. With half of 65536 in r8 the upper half is the second pixel's sum.
#define MOTE_RT_TWO_PIXELS(X, Y, BOTH, SECOND)          \
  "mla " X ", r6, " X ", r8\n mla " X ", r7, " Y ", " X \
  "\n"                                                  \
  "add " BOTH ", " X "\n add " SECOND ", " SECOND ", " X ", asr #16\n"

// Place V to output byte. r0 pivot, r1 step, r2 addend, r3 limit, r4 low, r5 high, r6 shift, r7 free.
#define MOTE_RT_NARROW(V)                                          \
  "cmp " V ", r3\n blo 6f\n asr " V ", " V ", #31\n eor " V ", " V \
  ", #127\n b 8f\n"                                                \
  "6: mul r7, " V                                                  \
  ", r4\n lsr r7, r6\n"                                            \
  ".if %c0\n cmp " V                                               \
  ", r0\n it lo\n addlo r7, r1\n .endif\n"                         \
  "mla " V ", " V ", r5, r7\n add " V ", r2\n lsr " V ", " V ", #24\n 8:\n"

/// On the stack: column less what a first round skips, weights likewise, numbers, channels; where a first round begins,
/// what the halves add up to; saved registers; at 56 output, step, end of the column, shift. Inside the loop:
///   r0 column   r2-r5 inputs    r8 half of 65536                              r11, lr  sums of the second pixels
///   r1 weights  r6, r7 weights  r10, r12 sums of both and what their halves add up to
template <bool kStepped>
MOTE_RT_NAKED_QUADS void quad_panel(const uint32_t*, const int8_t*, const int32_t*, int32_t, int8_t*, int32_t,
                                    const uint32_t*, int32_t) noexcept {
  __asm__ volatile(
      "push {r4-r8, r10, r11, lr}\n"
      // The first round skips what the number of pairs is short of a multiple of 8: 38 bytes each.
      "ldr r4, [sp, #40]\n sub r4, r0\n lsl r5, r4, #11\n rsb r6, r4, #0\n and r6, #112\n sub r1, r6\n"
      "lsr r6, #4\n mov r7, #38\n mul r6, r7\n adr r4, 2f\n add r4, r6\n orr r4, #1\n"
      "push {r4, r5}\n push {r0-r3}\n"
      "1: ldrd r2, r3, [sp, #16]\n ldr r4, [sp, #8]\n ldr r11, [r4], #4\n str r4, [sp, #8]\n"
      "add r10, r11, r11, lsl #16\n sub r10, r3\n mov r12, r10\n mov lr, r11\n mov r8, #0x8000\n"
      "ldrd r0, r1, [sp]\n add r4, r1, #2\n str r4, [sp, #4]\n bx r2\n"
      ".balign 4\n"
      "2:\n"
      ".irp j, 0, 16, 32, 48, 64, 80, 96, 112\n"
      "ldm r0!, {r2-r5}\n ldrsb.w r6, [r1, #\\j]\n ldrsb.w r7, [r1, #\\j + 1]\n"
      MOTE_RT_TWO_PIXELS("r2", "r3", "r10", "r11") MOTE_RT_TWO_PIXELS("r4", "r5", "r12", "lr")
      ".endr\n"
      "ldr r2, [sp, #64]\n add r1, #128\n cmp r0, r2\n bne.w 2b\n"
      "sub r10, r10, r11, lsl #16\n sub r12, r12, lr, lsl #16\n"
      "ldr r7, [sp, #8]\n ldm r7!, {r2-r5}\n"
      ".if %c0\n ldm r7!, {r0, r1}\n .endif\n"
      "str r7, [sp, #8]\n ldr r6, [sp, #68]\n"
      MOTE_RT_NARROW("r10") MOTE_RT_NARROW("r11") MOTE_RT_NARROW("r12") MOTE_RT_NARROW("lr")
      "ldrd r0, r1, [sp, #56]\n add r2, r0, #1\n str r2, [sp, #56]\n"
      "strb r10, [r0]\n strb r11, [r0, r1]\n add r0, r0, r1, lsl #1\n strb r12, [r0]\n strb lr, [r0, r1]\n"
      "ldr r3, [sp, #12]\n subs r3, #1\n str r3, [sp, #12]\n bne.w 1b\n"
      "add sp, #24\n pop {r4-r8, r10, r11, pc}\n"
      : : "i"(kStepped) : "r0", "r1", "r2", "r3", "r12", "lr", "cc", "memory");
}

#undef MOTE_RT_NARROW
#undef MOTE_RT_TWO_PIXELS

// clang-format on

}  // namespace armv7m
}  // namespace v1
}  // namespace rt
}  // namespace mote

#endif
