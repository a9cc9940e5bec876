/// Armv7E-M with the DSP extension: the inner loops of depthwise3x3.h, two products an instruction and three
/// instructions from a sum to its byte. What they compute stands there as portable text.
///
/// Functions are naked, that is wholly written here, so that no compiler has to find registers for them. They keep to
/// the procedure call standard and leave r9 alone, which some systems own.
#pragma once

#include "mote/rt/arch/naked.h"
#include "mote/rt/config.h"

#if defined(__ARM_FEATURE_DSP) && defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M'

#define MOTE_RT_ARMV7EM_DEPTHWISE

namespace mote {
namespace rt {
inline namespace v1 {
namespace armv7em {

/// A line of outputs of several channels, or two. Assembly reads it by place, and moves the pointers from channel to
/// channel.
struct DepthwiseLines {
  const uint32_t* words;   ///< 0: a position's inputs in lines 0 and 1, then those in lines 2 and 3
  int32_t plane_bytes;     ///< 4: from a channel's words to the next one's
  const int16_t* weights;  ///< 8: 12 a channel
  const int32_t* finish;   ///< 12: bias, multiplier, addend of each channel
  int8_t* output;          ///< 16
  int32_t step;            ///< 20: from an output to the next one of its line
  int32_t channels;        ///< 24
  int32_t across;          ///< 28: from an output to the one of the second line
  int32_t words_bytes;     ///< 32: of words that all rounds go through, of an output of both lines or two of one
  int32_t odd;             ///< 36: whether the number of outputs of a line is odd
};

// clang-format off: one line of text for what belongs together

// r2-r7: weights (w0, w1), (w1, w2) of each position. r8: bias. r10, r11: sums. r0, r1: a position. r12, lr: where
// words and output go on.
//
// On the stack: multiplier, addend, step, across, the call, where words end.
#define MOTE_RT_BEGIN                                                                                             \
  "push {r4-r8, r10, r11, lr}\n sub sp, #24\n str r0, [sp, #16]\n"                                                \
  "ldr r1, [r0, #20]\n ldr r2, [r0, #28]\n strd r1, r2, [sp, #8]\n"                                               \
  "1: ldrd r10, r11, [r0, #8]\n ldm r10!, {r2-r7}\n ldm r11!, {r8, r12, lr}\n strd r10, r11, [r0, #8]\n"          \
  "strd r12, lr, [sp]\n ldrd r12, r1, [r0]\n add r1, r12\n str r1, [r0]\n"                                        \
  "ldr lr, [r0, #16]\n add r1, lr, #1\n str r1, [r0, #16]\n ldrd r1, r0, [r0, #32]\n add r1, r12\n str r1, [sp, " \
  "#20]\n"
#define MOTE_RT_END                                                                    \
  "ldr r0, [sp, #16]\n ldr r1, [r0, #24]\n subs r1, #1\n str r1, [r0, #24]\n bne 1b\n" \
  "add sp, #24\n pop {r4-r8, r10, r11, pc}\n" ::"i"(kShift)                            \
      : "r0", "r1", "r2", "r3", "r12", "lr", "cc", "memory"
#define MOTE_RT_NEXT "ldr r0, [sp, #20]\n cmp r12, r0\n bne 2b\n"

// A position's share in sum S: of the window that begins in line 0 with its weights V, W, and of the one in line 1.
#define MOTE_RT_LINE_0(S, BIAS, V, W) "smlad " S ", r0, " V ", " BIAS "\n smlabt " S ", r1, " W ", " S "\n"
#define MOTE_RT_LINE_1(S, BIAS, V, W) "smlatb " S ", r0, " V ", " BIAS "\n smlad " S ", r1, " W ", " S "\n"

#define MOTE_RT_ONE_BYTE                                                                         \
  "ldrd r0, r1, [sp]\n smmla r10, r10, r0, r1\n ldr r0, [sp, #8]\n ssat r10, #8, r10, asr %c0\n" \
  "strb r10, [lr]\n add lr, r0\n"
#define MOTE_RT_TWO_SUMS "ldrd r0, r1, [sp]\n smmla r10, r10, r0, r1\n smmla r11, r11, r0, r1\n"
#define MOTE_RT_TWO_BYTES "ssat r10, #8, r10, asr %c0\n ssat r11, #8, r11, asr %c0\n strb r10, [lr]\n"

// One output of each line.
#define MOTE_RT_BOTH_LINES                                                                                             \
  "ldrd r0, r1, [r12], #8\n" MOTE_RT_LINE_1("r11", "r8", "r2", "r3")                                                   \
      MOTE_RT_LINE_0("r10", "r8", "r2", "r3") "ldrd r0, r1, [r12]\n" MOTE_RT_LINE_1("r11", "r11", "r4", "r5")          \
          MOTE_RT_LINE_0("r10", "r10", "r4", "r5") "ldrd r0, r1, [r12, #8]\n" MOTE_RT_LINE_1("r11", "r11", "r6", "r7") \
              MOTE_RT_LINE_0("r10", "r10", "r6", "r7") MOTE_RT_TWO_SUMS "ldrd r0, r1, [sp, #8]\n" MOTE_RT_TWO_BYTES    \
                                                                        "strb r11, [lr, r1]\n add lr, r0\n"
// One output.
#define MOTE_RT_ONE_OUTPUT                                                                                  \
  "ldrd r0, r1, [r12], #8\n" MOTE_RT_LINE_0("r10", "r8", "r2", "r3") "ldrd r0, r1, [r12]\n" MOTE_RT_LINE_0( \
      "r10", "r10", "r4", "r5") "ldrd r0, r1, [r12, #8]\n" MOTE_RT_LINE_0("r10", "r10", "r6", "r7") MOTE_RT_ONE_BYTE
// Two outputs of a line. Their windows lie one position apart and share two, or two apart and share one.
#define MOTE_RT_NEIGHBOURS                                                                                             \
  "ldrd r0, r1, [r12], #16\n" MOTE_RT_LINE_0("r10", "r8", "r2", "r3") "ldrd r0, r1, [r12, #-8]\n" MOTE_RT_LINE_0(      \
      "r10", "r10", "r4", "r5")                                                                                        \
      MOTE_RT_LINE_0("r11", "r8", "r2", "r3") "ldrd r0, r1, [r12]\n" MOTE_RT_LINE_0("r10", "r10", "r6", "r7")          \
          MOTE_RT_LINE_0("r11", "r11", "r4", "r5") "ldrd r0, r1, [r12, #8]\n" MOTE_RT_LINE_0("r11", "r11", "r6", "r7") \
              MOTE_RT_BOTH_OF_A_LINE
#define MOTE_RT_NEIGHBOURS_2                                                                                       \
  "ldrd r0, r1, [r12], #32\n" MOTE_RT_LINE_0("r10", "r8", "r2", "r3") "ldrd r0, r1, [r12, #-24]\n" MOTE_RT_LINE_0( \
      "r10", "r10", "r4", "r5") "ldrd r0, r1, [r12, #-16]\n" MOTE_RT_LINE_0("r10", "r10", "r6", "r7")              \
      MOTE_RT_LINE_0("r11", "r8", "r2", "r3") "ldrd r0, r1, [r12, #-8]\n" MOTE_RT_LINE_0(                          \
          "r11", "r11", "r4", "r5") "ldrd r0, r1, [r12]\n" MOTE_RT_LINE_0("r11", "r11", "r6", "r7")                \
          MOTE_RT_BOTH_OF_A_LINE
#define MOTE_RT_BOTH_OF_A_LINE \
  MOTE_RT_TWO_SUMS "ldr r0, [sp, #8]\n" MOTE_RT_TWO_BYTES "strb r11, [lr, r0]\n add lr, lr, r0, lsl #1\n"
#define MOTE_RT_LINE(PAIR)                        \
  "cmp r1, r12\n beq 3f\n 2:\n" PAIR MOTE_RT_NEXT \
  "3: ldr r0, [sp, #16]\n ldr r1, [r0, #36]\n cbz r1, 4f\n" MOTE_RT_ONE_OUTPUT "4:\n"

/// Two lines, stride 1. Two rounds after one another; with an odd number of them the loop begins with the second.
template <int32_t kShift>
MOTE_RT_NAKED void depthwise_two_lines(DepthwiseLines*) noexcept {
  __asm__ volatile(MOTE_RT_BEGIN "cmp r0, #0\n bne 3f\n 2:\n" MOTE_RT_BOTH_LINES
                                 "3:\n" MOTE_RT_BOTH_LINES MOTE_RT_NEXT MOTE_RT_END);
}

/// One line, stride 1.
template <int32_t kShift>
MOTE_RT_NAKED void depthwise_line_stride_1(DepthwiseLines*) noexcept {
  __asm__ volatile(MOTE_RT_BEGIN MOTE_RT_LINE(MOTE_RT_NEIGHBOURS) MOTE_RT_END);
}

/// One line, stride 2.
template <int32_t kShift>
MOTE_RT_NAKED void depthwise_line_stride_2(DepthwiseLines*) noexcept {
  __asm__ volatile(MOTE_RT_BEGIN MOTE_RT_LINE(MOTE_RT_NEIGHBOURS_2) MOTE_RT_END);
}

/// Which of two lines exist.
enum class Present : int32_t { kBoth, kFirst, kSecond };

/// Four channels of two lines, widened, into their planes; what was a position's second word becomes its first. r0 the
/// first plane, r1 bytes from plane to plane, r2 the line (the one that exists), r3 bytes from it to the second or
/// what stands for the four channels' absent inputs; on the stack bytes from input to input, and their number, above 0.
template <Present kPresent>
MOTE_RT_NAKED void push_lines(uint32_t*, int32_t, const int8_t*, int32_t, int32_t, int32_t) noexcept {
  __asm__ volatile(
      "push {r4-r8, r10, r11, lr}\n ldrd r6, r7, [sp, #32]\n add r4, r0, r1\n add r5, r4, r1\n add r1, r5\n"
      ".if %c0 == 1\n mov r10, r3\n .endif\n"
      "1:\n"
      ".if %c0 == 0\n ldr r8, [r2]\n ldr r10, [r2, r3]\n .endif\n"
      ".if %c0 == 1\n ldr r8, [r2]\n .endif\n"
      ".if %c0 == 2\n mov r8, r3\n ldr r10, [r2]\n .endif\n"
      "add r2, r6\n pkhbt r11, r8, r10, lsl #16\n pkhtb r8, r10, r8, asr #16\n"
      "ldr r12, [r0, #4]\n sxtb16 lr, r11\n strd r12, lr, [r0], #8\n"
      "ldr r12, [r4, #4]\n sxtb16 lr, r11, ror #8\n strd r12, lr, [r4], #8\n"
      "ldr r12, [r5, #4]\n sxtb16 lr, r8\n strd r12, lr, [r5], #8\n"
      "ldr r12, [r1, #4]\n sxtb16 lr, r8, ror #8\n strd r12, lr, [r1], #8\n"
      "subs r7, #1\n bne 1b\n"
      "pop {r4-r8, r10, r11, pc}\n" ::"i"(static_cast<int32_t>(kPresent))
      : "r0", "r1", "r2", "r3", "r12", "lr", "cc", "memory");
}

/// Where both lines are absent: r0 the first plane, r1 what stands for them as a position's word, r2 positions.
MOTE_RT_NAKED inline void push_padding(uint32_t*, uint32_t, int32_t) noexcept {
  __asm__ volatile("1:\n.rept 4\n ldr r3, [r0, #4]\n strd r3, r1, [r0], #8\n .endr\n subs r2, #1\n bne 1b\n bx lr\n" ::
                       : "r0", "r1", "r2", "r3", "cc", "memory");
}

// clang-format on

#undef MOTE_RT_BEGIN
#undef MOTE_RT_END
#undef MOTE_RT_NEXT
#undef MOTE_RT_LINE_0
#undef MOTE_RT_LINE_1
#undef MOTE_RT_ONE_BYTE
#undef MOTE_RT_TWO_SUMS
#undef MOTE_RT_TWO_BYTES
#undef MOTE_RT_BOTH_LINES
#undef MOTE_RT_ONE_OUTPUT
#undef MOTE_RT_NEIGHBOURS
#undef MOTE_RT_NEIGHBOURS_2
#undef MOTE_RT_BOTH_OF_A_LINE
#undef MOTE_RT_LINE

}  // namespace armv7em
}  // namespace v1
}  // namespace rt
}  // namespace mote

#endif  // __ARM_FEATURE_DSP
