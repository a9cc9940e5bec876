/// What Armv7E-M with its DSP extension (Cortex-M4, M7; Armv8-M too) does of a dense panel: see mote/rt/dense_panel.h,
/// which says what these functions compute and holds the portable text of the same.
///
/// Functions are naked, that is wholly written here, so that no compiler has to find registers for them, whatever its
/// level of optimisation. They keep to the procedure call standard and leave r9 alone, which some systems own.
///
/// Two pixels or one:
///   r0-r2, r3-r6  weights, activations     r7, r8, r10, r11  accumulators     r12, lr  where weights, column go on
/// Three pixels:
///   r0, r1, r2-r4  weights, activations    r5-r8, r10, r11  accumulators      r12, lr  where weights, column go on
#pragma once

#include <stdint.h>

#include "mote/rt/arch/naked.h"

#if defined(__ARM_FEATURE_DSP) && defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M'

#define MOTE_RT_ARMV7EM_PANELS
#define MOTE_RT_CLOBBERS "r0", "r1", "r2", "r3", "r12", "lr", "cc", "memory"

// clang-format off: one line of text for what belongs together

// One word of weights: for two channels two inputs each, as halfwords 256 * w1 + w0. The raw word gives 256 times the
// sum of the odd channel plus that of the even one; its low bytes give the even one. X, Y: the inputs of two pixels.
// In a block's first word both are added to what they start with: EVEN, ODD.
#define MOTE_RT_WORD_2X2_FROM(W, X, Y, EVEN, ODD)                                                              \
  "smlad r11, " Y ", " W ", " ODD "\n smlad r8, " X ", " W ", r8\n sxtb16 " W ", " W "\n smlad r10, " Y ", " W \
  ", " EVEN "\n smlad r7, " X ", " W ", r7\n"
#define MOTE_RT_WORD_2X2(W, X, Y) MOTE_RT_WORD_2X2_FROM(W, X, Y, "r10", "r11")
#define MOTE_RT_FIRST_WORD_2X2(W, X, Y) MOTE_RT_WORD_2X2_FROM(W, X, Y, "r7", "r8")
// What is behind the first word of three groups.
#define MOTE_RT_REST_OF_THREE_GROUPS                                                              \
  MOTE_RT_WORD_2X2("r1", "r5", "r6")                                                              \
  "ldm lr!, {r3-r6}\n" MOTE_RT_WORD_2X2("r2", "r3", "r4") "ldm r12!, {r0-r2}\n" MOTE_RT_WORD_2X2( \
      "r0", "r5", "r6") "ldm lr!, {r3-r6}\n" MOTE_RT_WORD_2X2("r1", "r3", "r4") MOTE_RT_WORD_2X2("r2", "r5", "r6")
// The same of one pixel and the words of two pairs of channels.
#define MOTE_RT_WORD_1X4(W, V, X)                                          \
  "smlad r8, " X ", " W ", r8\n sxtb16 " W ", " W "\n smlad r7, " X ", " W \
  ", r7\n"                                                                 \
  "smlad r11, " X ", " V ", r11\n sxtb16 " V ", " V "\n smlad r10, " X ", " V ", r10\n"
// The same of three pixels, for two channels.
#define MOTE_RT_WORD_3X2_FROM(W, X, Y, Z, EVEN_Y, ODD_Y, EVEN_Z, ODD_Z)                                             \
  "smlad r11, " Z ", " W ", " ODD_Z "\n smlad r8, " Y ", " W ", " ODD_Y "\n smlad r6, " X ", " W ", r6\n sxtb16 " W \
  ", " W "\n smlad r10, " Z ", " W ", " EVEN_Z "\n smlad r7, " Y ", " W ", " EVEN_Y "\n smlad r5, " X ", " W ", r5\n"
#define MOTE_RT_WORD_3X2(W) MOTE_RT_WORD_3X2_FROM(W, "r2", "r3", "r4", "r7", "r8", "r10", "r11")
#define MOTE_RT_FIRST_WORD_3X2(W) MOTE_RT_WORD_3X2_FROM(W, "r2", "r3", "r4", "r5", "r6", "r5", "r6")

// Entry and exit. Arguments: r0 output, r1 output step, r2 end of weights, r3 column; on the stack weights, end of the
// column, shift. The first four stay at sp, where one load multiple brings them back.
#define MOTE_RT_ENTER "push {r4-r8, r10, r11, lr}\n push {r0-r3}\n ldr r12, [sp, #48]\n mov lr, r3\n"
#define MOTE_RT_LEAVE "add sp, #16\n pop {r4-r8, r10, r11, pc}\n"

// Requantization of an even channel's accumulator E and the odd one's O, which is raw. Plain: E with m, addend in r0,
// r1, O with those in r2, r3.
#define MOTE_RT_PLAIN(E, O) "sub " O ", " O ", " E "\n smmla " E ", " E ", r0, r1\n smmla " O ", " O ", r2, r3\n"
// Stepped: r0 bias, r1-r3 m, addend, step of E; r4-r6 those of O. Both in 256ths.
#define MOTE_RT_STEPPED(E, O)                                     \
  "sub " O ", " O ", " E "\n add " E ", r0, " E                   \
  ", lsl #8\n"                                                    \
  "and lr, r3, " E ", asr #31\n sub lr, r2, lr\n smmla " E ", " E \
  ", r1, lr\n"                                                    \
  "and lr, r6, " O ", asr #31\n sub lr, r5, lr\n smmla " O ", " O ", r4, lr\n"
// The even channel's, then the odd one's, each with four numbers or three in r0-r3.
#define MOTE_RT_STEPPED_EVEN(E, O)              \
  "sub " O ", " O ", " E "\n add " E ", r0, " E \
  ", lsl #8\n"                                  \
  "and lr, r3, " E ", asr #31\n sub lr, r2, lr\n smmla " E ", " E ", r1, lr\n"
#define MOTE_RT_STEPPED_ODD(O) "and lr, r2, " O ", asr #31\n sub lr, r1, lr\n smmla " O ", " O ", r0, lr\n"
#define MOTE_RT_SATURATE(R, SHIFT) \
  ".if " SHIFT " > 0\n ssat " R ", #8, " R ", asr #" SHIFT "\n .else\n ssat " R ", #8, " R "\n .endif\n"

namespace mote {
namespace rt {
inline namespace v1 {
namespace armv7em {

// A panel's numbers: %c0 groups a round, %c1 whether there are several rounds, %c2 the even channel's shift (below 0:
// an argument), %c3 the odd channel's, %c4 stepped.
#define MOTE_RT_PANEL_OPERANDS                                                                                     \
  :                                                                                                             \
  : "i"(kUnroll), "i"(kRounds), "i"(kShift < 0 || !kStepped ? kShift : kShift + 8), "i"(kShift + 8), "i"(kStepped) \
  : MOTE_RT_CLOBBERS
#define MOTE_RT_NEXT_ROUND(END) ".if %c1\n ldr r0, [sp, #" END "]\n cmp lr, r0\n bne 2b\n .endif\n"
#define MOTE_RT_BYTES                                                                                                 \
  ".if %c2 < 0\n ldr r0, [sp, #56]\n add r1, r0, #8\n .if %c4\n mov r0, r1\n .endif\n"                                \
  "asr r7, r7, r0\n asr r8, r8, r1\n asr r10, r10, r0\n asr r11, r11, r1\n"                                           \
  "ssat r7, #8, r7\n ssat r8, #8, r8\n ssat r10, #8, r10\n ssat r11, #8, r11\n .else\n" MOTE_RT_SATURATE("r7", "%c2") \
      MOTE_RT_SATURATE("r8", "%c3") MOTE_RT_SATURATE("r10", "%c2") MOTE_RT_SATURATE("r11", "%c3") ".endif\n"

/// Two pixels, two channels at a time.
template <int32_t kUnroll, bool kRounds, int32_t kShift, bool kStepped>
MOTE_RT_NAKED void panel_2x2(int8_t*, int32_t, const int32_t*, const uint32_t*, const int32_t*, const uint32_t*,
                             int32_t) noexcept {
  __asm__ volatile(
      MOTE_RT_ENTER
      "1: ldm r12!, {r7, r8}\n"
      ".if %c0 >= 3\n"
      "ldm r12!, {r0-r2}\n ldm lr!, {r3-r6}\n" MOTE_RT_FIRST_WORD_2X2("r0", "r3", "r4")
      ".if %c1\n b 3f\n 2: ldm r12!, {r0-r2}\n ldm lr!, {r3-r6}\n" MOTE_RT_WORD_2X2("r0", "r3", "r4") "3:\n .endif\n"
      MOTE_RT_REST_OF_THREE_GROUPS
      ".rept %c0 / 3 - 1\n"
      "ldm r12!, {r0-r2}\n ldm lr!, {r3-r6}\n" MOTE_RT_WORD_2X2("r0", "r3", "r4") MOTE_RT_REST_OF_THREE_GROUPS
      ".endr\n"
      ".else\n mov r10, r7\n mov r11, r8\n 2:\n .endif\n"
      ".rept %c0 %% 3\n"
      "ldm r12!, {r0, r1}\n ldm lr!, {r3-r6}\n" MOTE_RT_WORD_2X2("r0", "r3", "r4") MOTE_RT_WORD_2X2("r1", "r5", "r6")
      ".endr\n"
      MOTE_RT_NEXT_ROUND("52")
      ".if %c4\n ldm r12!, {r0-r6}\n" MOTE_RT_STEPPED("r7", "r8") MOTE_RT_STEPPED("r10", "r11")
      ".else\n ldm r12!, {r0-r3}\n" MOTE_RT_PLAIN("r7", "r8") MOTE_RT_PLAIN("r10", "r11")
      ".endif\n"
      MOTE_RT_BYTES
      "ldm sp, {r4, r5, r6, lr}\n"
      "bfi r7, r8, #8, #8\n bfi r10, r11, #8, #8\n"
      "strh r10, [r4, r5]\n strh r7, [r4], #2\n"
      "str r4, [sp]\n cmp r12, r6\n bne 1b\n"
      MOTE_RT_LEAVE
      MOTE_RT_PANEL_OPERANDS);
}

/// One pixel, four channels at a time. The output step is not used.
template <int32_t kUnroll, bool kRounds, int32_t kShift, bool kStepped>
MOTE_RT_NAKED void panel_1x4(int8_t*, int32_t, const int32_t*, const uint32_t*, const int32_t*, const uint32_t*,
                             int32_t) noexcept {
  __asm__ volatile(
      MOTE_RT_ENTER
      "1: ldm r12!, {r7, r8, r10, r11}\n"
      "2:\n"
      ".rept %c0 / 3\n"
      "ldm r12!, {r0-r3}\n ldm lr!, {r4-r6}\n" MOTE_RT_WORD_1X4("r0", "r2", "r4") MOTE_RT_WORD_1X4("r1", "r3", "r5")
      "ldm r12!, {r0-r3}\n" MOTE_RT_WORD_1X4("r0", "r2", "r6")
      "ldm lr!, {r4-r6}\n" MOTE_RT_WORD_1X4("r1", "r3", "r4")
      "ldm r12!, {r0-r3}\n" MOTE_RT_WORD_1X4("r0", "r2", "r5") MOTE_RT_WORD_1X4("r1", "r3", "r6")
      ".endr\n"
      ".rept %c0 %% 3\n"
      "ldm r12!, {r0-r3}\n ldm lr!, {r4, r5}\n" MOTE_RT_WORD_1X4("r0", "r2", "r4") MOTE_RT_WORD_1X4("r1", "r3", "r5")
      ".endr\n"
      MOTE_RT_NEXT_ROUND("52")
      ".if %c4\n"
      "ldm r12!, {r0-r6}\n" MOTE_RT_STEPPED("r7", "r8")
      "ldm r12!, {r0-r6}\n" MOTE_RT_STEPPED("r10", "r11")
      ".else\n"
      "ldm r12!, {r0-r3}\n" MOTE_RT_PLAIN("r7", "r8")
      "ldm r12!, {r0-r3}\n" MOTE_RT_PLAIN("r10", "r11")
      ".endif\n"
      MOTE_RT_BYTES
      "ldm sp, {r4, r5, r6, lr}\n"
      "strb r8, [r4, #1]\n strb r10, [r4, #2]\n strb r11, [r4, #3]\n strb r7, [r4], #4\n"
      "str r4, [sp]\n cmp r12, r6\n bne 1b\n"
      MOTE_RT_LEAVE
      MOTE_RT_PANEL_OPERANDS);
}

/// Three pixels, two channels at a time. The frame at sp: output, both steps, end of weights, column.
template <int32_t kUnroll, bool kRounds, int32_t kShift, bool kStepped>
MOTE_RT_NAKED void panel_3x2(int8_t*, int32_t, const int32_t*, const uint32_t*, const int32_t*, const uint32_t*,
                             int32_t, int32_t) noexcept {
  __asm__ volatile(
      "push {r4-r8, r10, r11, lr}\n ldr r12, [sp, #32]\n mov lr, r3\n mov r3, r2\n ldr r2, [sp, #44]\n"
      "push {r0-r3, lr}\n"
      "1: ldm r12!, {r5, r6}\n"
      "ldm r12!, {r0, r1}\n ldm lr!, {r2-r4}\n" MOTE_RT_FIRST_WORD_3X2("r0")
      ".if %c1\n b 3f\n"
      "2: ldm r12!, {r0, r1}\n ldm lr!, {r2-r4}\n" MOTE_RT_WORD_3X2("r0")
      "3:\n .endif\n"
      "ldm lr!, {r2-r4}\n" MOTE_RT_WORD_3X2("r1")
      ".rept %c0 - 1\n"
      "ldm r12!, {r0, r1}\n ldm lr!, {r2-r4}\n" MOTE_RT_WORD_3X2("r0")
      "ldm lr!, {r2-r4}\n" MOTE_RT_WORD_3X2("r1")
      ".endr\n"
      MOTE_RT_NEXT_ROUND("56")
      ".if %c4\n"
      "ldm r12!, {r0-r3}\n" MOTE_RT_STEPPED_EVEN("r5", "r6") MOTE_RT_STEPPED_EVEN("r7", "r8")
      MOTE_RT_STEPPED_EVEN("r10", "r11")
      "ldm r12!, {r0-r2}\n" MOTE_RT_STEPPED_ODD("r6") MOTE_RT_STEPPED_ODD("r8") MOTE_RT_STEPPED_ODD("r11")
      ".else\n ldm r12!, {r0-r3}\n" MOTE_RT_PLAIN("r5", "r6") MOTE_RT_PLAIN("r7", "r8") MOTE_RT_PLAIN("r10", "r11")
      ".endif\n"
      ".if %c2 < 0\n ldr r0, [sp, #60]\n add r1, r0, #8\n .if %c4\n mov r0, r1\n .endif\n"
      "asr r5, r0\n asr r6, r1\n asr r7, r0\n asr r8, r1\n asr r10, r0\n asr r11, r1\n"
      "ssat r5, #8, r5\n ssat r6, #8, r6\n ssat r7, #8, r7\n ssat r8, #8, r8\n ssat r10, #8, r10\n"
      "ssat r11, #8, r11\n .else\n"
      MOTE_RT_SATURATE("r5", "%c2") MOTE_RT_SATURATE("r6", "%c3") MOTE_RT_SATURATE("r7", "%c2")
      MOTE_RT_SATURATE("r8", "%c3") MOTE_RT_SATURATE("r10", "%c2") MOTE_RT_SATURATE("r11", "%c3")
      ".endif\n"
      "ldm sp, {r0-r3, lr}\n"
      "bfi r5, r6, #8, #8\n bfi r7, r8, #8, #8\n bfi r10, r11, #8, #8\n"
      "strh r10, [r0, r2]\n strh r7, [r0, r1]\n strh r5, [r0], #2\n"
      "str r0, [sp]\n cmp r12, r3\n bne 1b\n"
      "add sp, #20\n pop {r4-r8, r10, r11, pc}\n"
      MOTE_RT_PANEL_OPERANDS);
}

// Four inputs of register B: A gets the even ones, B the odd ones.
#define MOTE_RT_WIDEN(A, B) "sxtb16 " A ", " B "\n sxtb16 " B ", " B ", ror #8\n"

/// r0 column, r1 and r2 the two pixels' inputs, r3 groups; returns the end.
MOTE_RT_NAKED inline uint32_t* widen_2(uint32_t*, const int8_t*, const int8_t*, int32_t) noexcept {
  __asm__ volatile(
      "push {r4-r8, r10, r11, lr}\n"
      "subs r3, #2\n blt 2f\n"
      "1: ldm r1!, {r6, r11}\n ldm r2!, {r7, r12}\n"
      MOTE_RT_WIDEN("r4", "r6") MOTE_RT_WIDEN("r5", "r7") MOTE_RT_WIDEN("r8", "r11") MOTE_RT_WIDEN("r10", "r12")
      "stm r0!, {r4-r8, r10-r12}\n"
      "subs r3, #2\n bge 1b\n"
      "2: adds r3, #1\n bne 3f\n"
      "ldr r6, [r1]\n ldr r7, [r2]\n"
      MOTE_RT_WIDEN("r4", "r6") MOTE_RT_WIDEN("r5", "r7")
      "stm r0!, {r4-r7}\n"
      "3: pop {r4-r8, r10, r11, pc}\n" ::: MOTE_RT_CLOBBERS);
}

/// The same for several runs that begin at any address: r3 groups of a run; on the stack the runs and the bytes between
/// the end of one and the next.
MOTE_RT_NAKED inline uint32_t* widen_runs_2(uint32_t*, const int8_t*, const int8_t*, int32_t, int32_t,
                                            int32_t) noexcept {
  __asm__ volatile(
      "push {r4-r8, r10, r11, lr}\n"
      "ldrd r8, r10, [sp, #32]\n"
      "1: mov r11, r3\n"
      "2: ldr r6, [r1], #4\n ldr r7, [r2], #4\n"
      MOTE_RT_WIDEN("r4", "r6") MOTE_RT_WIDEN("r5", "r7")
      "stm r0!, {r4-r7}\n"
      "subs r11, #1\n bne 2b\n"
      "add r1, r10\n add r2, r10\n"
      "subs r8, #1\n bne 1b\n"
      "pop {r4-r8, r10, r11, pc}\n" ::: MOTE_RT_CLOBBERS);
}

/// Three runs of 9 bytes of two windows: r0 column, r1 and r2 their first runs, r3 bytes from run to run. What is left
/// of the runs behind their fours comes last.
MOTE_RT_NAKED inline void widen_three_nines_2(uint32_t*, const int8_t*, const int8_t*, int32_t) noexcept {
  __asm__ volatile(
      "push {r4-r8, r10, r11, lr}\n"
      "add r8, r1, r3\n add r10, r2, r3\n ldrsb r6, [r8, #8]\n ldrsb r7, [r10, #8]\n"
      "add r8, r3\n add r10, r3\n ldrsb r11, [r8, #8]\n ldrsb r12, [r10, #8]\n ldrsb r4, [r1, #8]\n ldrsb r5, [r2, #8]\n"
      "pkhbt r4, r4, r11, lsl #16\n pkhbt r5, r5, r12, lsl #16\n add r8, r0, #96\n stm r8, {r4-r7}\n"
      "mov lr, #3\n"
      "1: ldr r6, [r1]\n ldr r7, [r2]\n ldr r11, [r1, #4]\n ldr r12, [r2, #4]\n add r1, r3\n add r2, r3\n"
      MOTE_RT_WIDEN("r4", "r6") MOTE_RT_WIDEN("r5", "r7") MOTE_RT_WIDEN("r8", "r11") MOTE_RT_WIDEN("r10", "r12")
      "stm r0!, {r4-r8, r10-r12}\n"
      "subs lr, #1\n bne 1b\n"
      "pop {r4-r8, r10, r11, pc}\n" ::: MOTE_RT_CLOBBERS);
}

/// Runs of two windows that are widened already, in a ring: r0 column, r1 and r2 their first runs, r3 groups of a run;
/// on the stack the runs, above 0, the words between the end of one and the next, the ring's end, and its words.
MOTE_RT_NAKED inline void interleave_runs_2(uint32_t*, const uint32_t*, const uint32_t*, int32_t, int32_t, int32_t,
                                            const uint32_t*, int32_t) noexcept {
  __asm__ volatile(
      "push {r3-r8, r10, r11, lr}\n ldr lr, [sp, #36]\n"
      "0: ldr r3, [sp]\n subs r3, #2\n blt 2f\n"
      "1: ldm r1!, {r4, r6, r8, r11}\n ldm r2!, {r5, r7, r10, r12}\n stm r0!, {r4-r8, r10-r12}\n"
      "subs r3, #2\n bge 1b\n"
      "2: adds r3, #1\n bne 3f\n"
      "ldm r1!, {r4, r6}\n ldm r2!, {r5, r7}\n stm r0!, {r4-r7}\n"
      "3: ldrd r3, r4, [sp, #40]\n add r1, r1, r3, lsl #2\n add r2, r2, r3, lsl #2\n"
      "cmp r1, r4\n blo 4f\n ldr r3, [sp, #48]\n sub r1, r1, r3, lsl #2\n sub r2, r2, r3, lsl #2\n"
      "4: subs lr, #1\n bne 0b\n"
      "pop {r3-r8, r10, r11, pc}\n" ::
          : MOTE_RT_CLOBBERS);
}

/// r0 column, r1 to r3 the three pixels' inputs; on the stack the groups, above 0.
MOTE_RT_NAKED inline void widen_3(uint32_t*, const int8_t*, const int8_t*, const int8_t*, int32_t) noexcept {
  __asm__ volatile(
      "push {r4-r8, r10, r11, lr}\n ldr r12, [sp, #32]\n"
      "1: ldr r7, [r1], #4\n ldr r8, [r2], #4\n ldr r10, [r3], #4\n"
      MOTE_RT_WIDEN("r4", "r7") MOTE_RT_WIDEN("r5", "r8") MOTE_RT_WIDEN("r6", "r10")
      "stm r0!, {r4-r8, r10}\n"
      "subs r12, #1\n bne 1b\n"
      "pop {r4-r8, r10, r11, pc}\n" ::: MOTE_RT_CLOBBERS);
}

/// r0 column, r1 inputs, r2 groups.
MOTE_RT_NAKED inline void widen_1(uint32_t*, const int8_t*, int32_t) noexcept {
  __asm__ volatile(
      "push {r4-r8, r10, r11, lr}\n"
      "subs r2, #4\n blt 2f\n"
      "1: ldm r1!, {r5, r7, r10, r12}\n"
      MOTE_RT_WIDEN("r4", "r5") MOTE_RT_WIDEN("r6", "r7") MOTE_RT_WIDEN("r8", "r10") MOTE_RT_WIDEN("r11", "r12")
      "stm r0!, {r4-r8, r10-r12}\n"
      "subs r2, #4\n bge 1b\n"
      "2: adds r2, #4\n beq 4f\n"
      "3: ldr r5, [r1], #4\n" MOTE_RT_WIDEN("r4", "r5")
      "stm r0!, {r4, r5}\n"
      "subs r2, #1\n bne 3b\n"
      "4: pop {r4-r8, r10, r11, pc}\n" ::: MOTE_RT_CLOBBERS);
}

// clang-format on

}  // namespace armv7em
}  // namespace v1
}  // namespace rt
}  // namespace mote

#endif
