/// What Armv6-M (Cortex-M0, M0+) does of a quad panel, 17 instructions for 8 products, and of a row of a fully
/// connected layer: see mote/rt/quad_panel.h and mote/rt/word_rows.h, which say what these functions compute and hold
/// the portable text of the same.
///
/// Functions are naked, that is wholly written here, so that no compiler has to find registers for them. They keep to
/// the procedure call standard and leave r9 alone, which some systems own.
#pragma once

#include <stdint.h>

#if defined(__ARM_ARCH_6M__)

#define MOTE_RT_ARMV6M
#if defined(__clang__)
#define MOTE_RT_NAKED_THUMB1 __attribute__((naked, noinline))
#define MOTE_RT_UNIFIED
#define MOTE_RT_DIVIDED
#else  // gcc has its assembler read the older of two notations for these cores
#define MOTE_RT_NAKED_THUMB1 __attribute__((naked, noinline, noipa))
#define MOTE_RT_UNIFIED ".syntax unified\n"
#define MOTE_RT_DIVIDED ".syntax divided\n"
#endif

namespace mote {
namespace rt {
inline namespace v1 {
namespace armv6m {

// clang-format off: one line of text for what belongs together

// Two inputs of two pixels, times the weights r5, r4. BOTH takes the sum as it is, SECOND its upper half; shifted out
// last is the lower half's sign, which the upper half lacks by one.
#define MOTE_RT_TWO_PIXELS(BOTH, SECOND)                          \
  "ldm r0!, {r2, r3}\n muls r2, r5\n muls r3, r4\n adds r2, r3\n" \
  "add " BOTH ", r2\n asrs r2, r2, #16\n adcs " SECOND ", r2\n"

// Place V to output. r1 addend, r4 low, r5 shift, r6 high, T free; STEP adds to T what places before the pivot take.
#define MOTE_RT_NARROW(V, T, LIMIT, STEP)                                                                        \
  "cmp " V ", " LIMIT "\n blo 6f\n asrs " V ", " V ", #31\n movs " T ", #127\n eors " V ", " T                   \
  "\n b 8f\n"                                                                                                    \
  "6: movs " T ", " V "\n muls " T ", r4\n lsrs " T ", r5\n" STEP "muls " V ", r6\n adds " V ", " T "\n adds " V \
  ", r1\n lsrs " V ", " V ", #24\n 8:\n"

// The next place on the stack to r0's byte, which goes on by r7: r11 limit, r8 pivot, r10 step.
#define MOTE_RT_NEXT_PIXEL     \
  "pop {r2}\n" MOTE_RT_NARROW( \
      "r2", "r3", "r11",       \
      ".if %c0\n cmp r2, r8\n bhs 7f\n add r3, r10\n 7:\n .endif\n") "strb r2, [r0]\n adds r0, r7\n"

/// On the stack: column, weights less column, numbers, channels; saved registers; at 48 output, step, end of the
/// column, shift. Inside the loop:
///   r0 column       r2, r3 inputs   r6, r7 sums of the second pixels    r12 end of the column
///   r1 weights - r0 r4, r5 weights  r8, r10 sums of both                lr  where a first round begins
template <bool kStepped>
MOTE_RT_NAKED_THUMB1 void quad_panel(const uint32_t*, const int8_t*, const int32_t*, int32_t, int8_t*, int32_t,
                                     const uint32_t*, int32_t) noexcept {
  __asm__ volatile(
      MOTE_RT_UNIFIED
      "push {r4-r7, lr}\n mov r4, r8\n mov r5, r10\n mov r6, r11\n push {r4-r6}\n"
      "subs r1, r1, r0\n push {r0-r3}\n"
      "ldr r3, [sp, #56]\n mov r12, r3\n"
      // The first round skips what the number of pairs is short of a multiple of 8: 34 bytes each.
      "subs r3, r0\n lsrs r3, r3, #4\n rsbs r3, r3, #0\n movs r2, #7\n ands r3, r2\n movs r2, #34\n muls r3, r2\n"
      "adr r2, 2f\n adds r2, r3\n mov lr, r2\n"
      "1: ldr r2, [sp, #8]\n ldm r2!, {r6}\n str r2, [sp, #8]\n"
      "movs r7, r6\n lsls r3, r6, #16\n adds r3, r6\n mov r8, r3\n mov r10, r3\n"
      "ldr r0, [sp]\n ldr r1, [sp, #4]\n adds r3, r1, #2\n str r3, [sp, #4]\n mov pc, lr\n"
      ".balign 4\n"
      "2:\n"
      ".rept 8\n"
      "ldrsh r4, [r1, r0]\n sxtb r5, r4\n asrs r4, r4, #8\n"
      MOTE_RT_TWO_PIXELS("r8", "r6") MOTE_RT_TWO_PIXELS("r10", "r7")
      ".endr\n"
      "cmp r0, r12\n beq 3f\n b 2b\n"
      "3: mov r0, r8\n lsls r2, r6, #16\n subs r0, r2\n mov r1, r10\n lsls r2, r7, #16\n subs r1, r2\n"
      "push {r7}\n push {r1}\n push {r0, r6}\n"
      "ldr r5, [sp, #24]\n ldm r5!, {r1, r2, r4, r6}\n mov r11, r2\n"
      ".if %c0\n ldm r5!, {r2, r3}\n mov r8, r2\n mov r10, r3\n .endif\n"
      "str r5, [sp, #24]\n"
      "ldr r0, [sp, #64]\n adds r2, r0, #1\n str r2, [sp, #64]\n ldr r7, [sp, #68]\n ldr r5, [sp, #76]\n"
      MOTE_RT_NEXT_PIXEL MOTE_RT_NEXT_PIXEL MOTE_RT_NEXT_PIXEL MOTE_RT_NEXT_PIXEL
      "ldr r3, [sp, #12]\n subs r3, #1\n str r3, [sp, #12]\n beq 4f\n b 1b\n"
      "4: add sp, #16\n pop {r4-r6}\n mov r8, r4\n mov r10, r5\n mov r11, r6\n pop {r4-r7, pc}\n"
      MOTE_RT_DIVIDED
      : : "i"(kStepped) : "r0", "r1", "r2", "r3", "r12", "lr", "cc", "memory");
}

// The input X times the weights of four outputs, W.
#define MOTE_RT_FOUR_OUTPUTS(W, X)                                                                    \
  "sxth r6, " W "\n asrs " W ", " W ", #16\n sxtb r7, r6\n muls r6, " X "\n add r8, r6\n muls r7, " X \
  "\n"                                                                                                \
  "add r10, r7\n sxtb r6, " W "\n muls " W ", " X "\n add r11, " W "\n muls r6, " X "\n add r12, r6\n"

// The next sum on the stack to an output, if one is left. r7 numbers, r5 shift, r11 output, r12 outputs left.
#define MOTE_RT_NEXT_OUTPUT \
  "pop {r3}\n mov r0, r12\n subs r0, #1\n bmi 9f\n mov r12, r0\n"                                         \
  "ldm r7!, {r0, r1, r2, r4, r6}\n adds r3, r0\n"                                                        \
  ".if %c0\n ldr r0, [r7]\n mov r8, r0\n ldr r0, [r7, #4]\n mov r10, r0\n adds r7, #8\n .endif\n"         \
  MOTE_RT_NARROW("r3", "r0", "r2", ".if %c0\n cmp r3, r8\n bhs 7f\n add r0, r10\n 7:\n .endif\n")      \
  "mov r0, r11\n strb r3, [r0]\n adds r0, #1\n mov r11, r0\n 9:\n"

/// A row of a fully connected layer: mote/rt/word_rows.h. 13 instructions for 4 products.
///   r0 row      r2, r3 inputs   r8 raw sum of outputs 0 and 1, r10 sum of output 0
///   r1 weights  r4, r5 weights  r11, r12 those of 2 and 3       lr where a first round begins
/// On the stack: row, weights, numbers, outputs left; saved registers; at 48 output, end of the row, shift.
template <bool kStepped>
MOTE_RT_NAKED_THUMB1 void word_row(const int32_t*, const int16_t*, const int32_t*, int32_t, int8_t*, const int32_t*,
                                   int32_t) noexcept {
  __asm__ volatile(
      MOTE_RT_UNIFIED
      "push {r4-r7, lr}\n mov r4, r8\n mov r5, r10\n mov r6, r11\n push {r4-r6}\n push {r0-r3}\n"
      // The first round skips what the number of pairs is short of a multiple of 4: 52 bytes each.
      "ldr r3, [sp, #52]\n subs r3, r3, r0\n lsrs r3, r3, #3\n rsbs r3, r3, #0\n movs r2, #3\n ands r3, r2\n"
      "movs r2, #52\n muls r3, r2\n adr r2, 2f\n adds r2, r3\n mov lr, r2\n"
      "1: ldr r0, [sp]\n movs r2, #0\n mov r8, r2\n mov r10, r2\n mov r11, r2\n mov r12, r2\n mov pc, lr\n"
      ".balign 4\n"
      "2:\n"
      ".rept 4\n"
      "ldm r0!, {r2, r3}\n ldm r1!, {r4, r5}\n" MOTE_RT_FOUR_OUTPUTS("r4", "r2") MOTE_RT_FOUR_OUTPUTS("r5", "r3")
      ".endr\n"
      "ldr r2, [sp, #52]\n cmp r0, r2\n bne 2b\n"
      "mov r2, r10\n mov r3, r8\n subs r3, r2\n asrs r3, r3, #8\n"
      "mov r4, r12\n mov r5, r11\n subs r5, r4\n asrs r5, r5, #8\n"
      "ldr r7, [sp, #8]\n ldr r0, [sp, #12]\n mov r12, r0\n ldr r0, [sp, #48]\n mov r11, r0\n"
      "str r1, [sp, #4]\n push {r2-r5}\n ldr r5, [sp, #72]\n"
      MOTE_RT_NEXT_OUTPUT MOTE_RT_NEXT_OUTPUT MOTE_RT_NEXT_OUTPUT MOTE_RT_NEXT_OUTPUT
      "str r7, [sp, #8]\n mov r0, r11\n str r0, [sp, #48]\n ldr r1, [sp, #4]\n"
      "mov r0, r12\n str r0, [sp, #12]\n cmp r0, #0\n beq 4f\n b 1b\n"
      "4: add sp, #16\n pop {r4-r6}\n mov r8, r4\n mov r10, r5\n mov r11, r6\n pop {r4-r7, pc}\n"
      MOTE_RT_DIVIDED
      : : "i"(kStepped) : "r0", "r1", "r2", "r3", "r12", "lr", "cc", "memory");
}

// Four products of one output: V its weights, SUM its sum.
#define MOTE_RT_DOT(V, SUM)                                                       \
  "lsrs r6, " V ", #8\n ands r6, r7\n muls r6, r3\n muls " V ", r2\n adds r6, " V \
  "\n add r6, r8\n"                                                               \
  "asrs r6, r6, #16\n add " SUM ", r6\n"

/// A row of a fully connected layer: mote/rt/dot_rows.h. 36 instructions for 16 products.
///   r0 row      r2, r3 inputs   r7 0xFF00FF   r10, r11, r12, lr  sums of four outputs
///   r1 weights  r4, r5 weights  r8 what is added
/// On the stack: where a first round begins, row, weights, numbers, outputs left; saved registers; at 52 output, end of
/// the row, shift.
template <bool kStepped>
MOTE_RT_NAKED_THUMB1 void dot_row(const int32_t*, const int32_t*, const int32_t*, int32_t, int8_t*, const int32_t*,
                                  int32_t) noexcept {
  __asm__ volatile(
      MOTE_RT_UNIFIED
      "push {r4-r7, lr}\n mov r4, r8\n mov r5, r10\n mov r6, r11\n push {r4-r6}\n push {r0-r3}\n"
      // The first round skips what the number of groups, of three words each, is short of a multiple of 4: 72 bytes each.
      "ldr r3, [sp, #52]\n subs r3, r3, r0\n lsrs r3, r3, #2\n movs r2, #3\n ands r3, r2\n"
      "movs r2, #72\n muls r3, r2\n adr r2, 2f\n adds r2, r3\n push {r2}\n"
      "1: ldr r0, [sp, #4]\n ldr r1, [sp, #8]\n movs r2, #0\n mov r10, r2\n mov r11, r2\n mov r12, r2\n mov lr, r2\n"
      "movs r7, #255\n lsls r2, r7, #16\n adds r7, r2\n ldr r2, [sp]\n mov pc, r2\n"
      ".balign 4\n"
      "2:\n"
      ".rept 4\n"
      "ldm r0!, {r2, r3, r4}\n mov r8, r4\n"
      "ldm r1!, {r4, r5}\n" MOTE_RT_DOT("r4", "r10") MOTE_RT_DOT("r5", "r11")
      "ldm r1!, {r4, r5}\n" MOTE_RT_DOT("r4", "r12") MOTE_RT_DOT("r5", "lr")
      ".endr\n"
      "ldr r2, [sp, #56]\n cmp r0, r2\n beq 3f\n b 2b\n"
      "3: str r1, [sp, #8]\n mov r2, r10\n mov r3, r11\n mov r4, r12\n mov r5, lr\n"
      "ldr r7, [sp, #12]\n ldr r0, [sp, #16]\n mov r12, r0\n ldr r0, [sp, #52]\n mov r11, r0\n"
      "push {r2-r5}\n ldr r5, [sp, #76]\n"
      MOTE_RT_NEXT_OUTPUT MOTE_RT_NEXT_OUTPUT MOTE_RT_NEXT_OUTPUT MOTE_RT_NEXT_OUTPUT
      "str r7, [sp, #12]\n mov r0, r11\n str r0, [sp, #52]\n"
      "mov r0, r12\n str r0, [sp, #16]\n cmp r0, #0\n beq 4f\n b 1b\n"
      "4: add sp, #20\n pop {r4-r6}\n mov r8, r4\n mov r10, r5\n mov r11, r6\n pop {r4-r7, pc}\n"
      MOTE_RT_DIVIDED
      : : "i"(kStepped) : "r0", "r1", "r2", "r3", "r12", "lr", "cc", "memory");
}

#undef MOTE_RT_DOT
#undef MOTE_RT_NEXT_OUTPUT
#undef MOTE_RT_FOUR_OUTPUTS

#undef MOTE_RT_NEXT_PIXEL
#undef MOTE_RT_NARROW
#undef MOTE_RT_TWO_PIXELS

// clang-format on

}  // namespace armv6m
}  // namespace v1
}  // namespace rt
}  // namespace mote

#endif
