/// Armv7E-M with the DSP extension: the inner loops of depthwise_words.h, two taps an instruction. What they compute
/// stands there as portable text.
///
/// Functions are naked, that is wholly written here, so that no compiler has to find registers for them. They keep to
/// the procedure call standard and leave r9 alone, which some systems own. Words of inputs lie at any halfword.
#pragma once

#include "mote/rt/arch/naked.h"
#include "mote/rt/config.h"

#if defined(__ARM_FEATURE_DSP) && defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M'

#define MOTE_RT_ARMV7EM_DEPTHWISE_WORDS

namespace mote {
namespace rt {
inline namespace v1 {
namespace armv7em {

/// Part of a line of outputs of one channel, in blocks of neighbours. Assembly reads it by place and moves what goes on
/// from block to block.
struct WordsLine {
  const int32_t* segments;      ///< 0: where each of the window's begins, bytes from `inputs`
  const int32_t* segments_end;  ///< 4
  const uint32_t* weights;      ///< 8: kWords a segment
  int32_t bias;                 ///< 12
  int32_t multiplier, addend;   ///< 16
  int32_t step, shift;          ///< 24
  int8_t* output;               ///< 32
  int32_t output_step;          ///< 36: from an output to the next one
  const int16_t* inputs;        ///< 40: of the block
  int32_t blocks;               ///< 44
  int32_t back_inputs;          ///< 48: bytes from where the inputs of one more block would begin back to those of the
                                ///< last, which overlaps the one before it; 0 if there is none
  int32_t back_output;          ///< 52: the same of outputs
};

// clang-format off: one line of text for what belongs together

// r0, lr: segments and their end. r1: weights, which become r2-r5. r8: inputs. r12: an input word. On the stack: the
// call, the block's inputs. %c0: kWords, %c1: kStride, %c2: kStepped.
#define MOTE_RT_BEGIN "push {r0, r4-r8, r10, r11, lr}\n ldr r8, [r0, #40]\n push {r0, r8}\n"
#define MOTE_RT_BLOCK "1: ldr r12, [sp]\n ldrd r0, lr, [r12]\n ldr r1, [r12, #8]\n ldr r10, [r12, #12]\n mov r11, r10\n"
#define MOTE_RT_SEGMENT                                                                                            \
  "2: ldr r12, [sp, #4]\n ldr r8, [r0], #4\n add r8, r12\n"                                                        \
  ".if %c0 == 1\n ldr r2, [r1], #4\n .elseif %c0 == 2\n ldm r1!, {r2, r3}\n .elseif %c0 == 3\n ldm r1!, {r2-r4}\n" \
  ".else\n ldm r1!, {r2-r5}\n .endif\n"
#define MOTE_RT_NEXT_SEGMENT "cmp r0, lr\n bne 2b\n ldr r12, [sp]\n ldrd r0, r1, [r12, #16]\n ldrd r2, r3, [r12, #24]\n"
#define MOTE_RT_BYTE(S)                                                                           \
  ".if %c2\n and r8, r2, " S ", asr #31\n .endif\n smmla " S ", " S ", r0, r1\n .if %c2\n sub " S \
  ", r8\n .endif\n"                                                                               \
  "asr " S ", r3\n ssat " S ", #8, " S "\n"
#define MOTE_RT_NEXT(BYTES)                                                                                    \
  "str r4, [r12, #32]\n ldr r8, [sp, #4]\n add r8, #" BYTES                                                    \
  "\n str r8, [sp, #4]\n"                                                                                      \
  "ldr r0, [r12, #44]\n subs r0, #1\n str r0, [r12, #44]\n bne 1b\n"                                           \
  "ldrd r0, r1, [r12, #48]\n cbz r0, 3f\n subs r8, r0\n str r8, [sp, #4]\n subs r4, r1\n str r4, [r12, #32]\n" \
  "movs r0, #0\n movs r1, #1\n str r0, [r12, #48]\n str r1, [r12, #44]\n b 1b\n"                               \
  "3: add sp, #12\n pop {r4-r8, r10, r11, pc}\n" ::"i"(kWords),                                                \
      "i"(kStride), "i"(kStepped) : "r0", "r1", "r2", "r3", "r12", "lr", "cc", "memory"

// Adds products of the word in r12 with weights W, word N of a window, to sum S.
#define MOTE_RT_ADD(S, N, W) ".if %c0 > " N "\n smlad " S ", r12, " W ", " S "\n .endif\n"
// Word J of two windows.
#define MOTE_RT_TWO(J, W)                    \
  ".if %c0 > " J "\n ldr r12, [r8, #(4 * " J \
  ")]\n" MOTE_RT_ADD("r10", J, W) "ldr r12, [r8, #(4 * " J " + 2 * %c1)]\n" MOTE_RT_ADD("r11", J, W) ".endif\n"
// Word J that all windows of four share at a stride of 2, where it is word J, J - 1, J - 2 and J - 3 of them; at a
// stride of 1 the first and the third share one, the second and the fourth the one that lies between it and the next.
#define MOTE_RT_FOUR(J, FIRST, SECOND, THIRD, FOURTH) \
  ".if %c1 == 2 && %c0 + 3 > " J "\n ldr r12, [r8, #(4 * " J ")]\n" FIRST SECOND THIRD FOURTH ".endif\n"
#define MOTE_RT_BOTH(J, FIRST, SECOND, THIRD, FOURTH)                                                    \
  ".if %c1 == 1 && %c0 + 1 > " J "\n ldr r12, [r8, #(4 * " J ")]\n" FIRST THIRD "ldr r12, [r8, #(4 * " J \
  " + 2)]\n" SECOND FOURTH ".endif\n"

/// Two outputs a block.
template <int32_t kWords, int32_t kStride, bool kStepped>
MOTE_RT_NAKED void depthwise_two(WordsLine*) noexcept {
  __asm__ volatile(MOTE_RT_BEGIN MOTE_RT_BLOCK MOTE_RT_SEGMENT
                   MOTE_RT_TWO("0", "r2") MOTE_RT_TWO("1", "r3") MOTE_RT_TWO("2", "r4") MOTE_RT_TWO("3", "r5")
                   MOTE_RT_NEXT_SEGMENT MOTE_RT_BYTE("r10") MOTE_RT_BYTE("r11")
                   "ldrd r4, r5, [r12, #32]\n strb r11, [r4, r5]\n strb r10, [r4]\n add r4, r4, r5, lsl #1\n"
                   MOTE_RT_NEXT("(4 * %c1)"));
}

/// Four outputs a block, at a stride of 1 or 2.
template <int32_t kWords, int32_t kStride, bool kStepped>
MOTE_RT_NAKED void depthwise_four(WordsLine*) noexcept {
  __asm__ volatile(MOTE_RT_BEGIN MOTE_RT_BLOCK "mov r6, r10\n mov r7, r10\n" MOTE_RT_SEGMENT
                   MOTE_RT_BOTH("0", MOTE_RT_ADD("r6", "0", "r2"), MOTE_RT_ADD("r7", "0", "r2"), , )
                   MOTE_RT_BOTH("1", MOTE_RT_ADD("r6", "1", "r3"), MOTE_RT_ADD("r7", "1", "r3"),
                                MOTE_RT_ADD("r10", "0", "r2"), MOTE_RT_ADD("r11", "0", "r2"))
                   MOTE_RT_BOTH("2", MOTE_RT_ADD("r6", "2", "r4"), MOTE_RT_ADD("r7", "2", "r4"),
                                MOTE_RT_ADD("r10", "1", "r3"), MOTE_RT_ADD("r11", "1", "r3"))
                   MOTE_RT_BOTH("3", MOTE_RT_ADD("r6", "3", "r5"), MOTE_RT_ADD("r7", "3", "r5"),
                                MOTE_RT_ADD("r10", "2", "r4"), MOTE_RT_ADD("r11", "2", "r4"))
                   MOTE_RT_BOTH("4", , , MOTE_RT_ADD("r10", "3", "r5"), MOTE_RT_ADD("r11", "3", "r5"))
                   MOTE_RT_FOUR("0", MOTE_RT_ADD("r6", "0", "r2"), , , )
                   MOTE_RT_FOUR("1", MOTE_RT_ADD("r6", "1", "r3"), MOTE_RT_ADD("r7", "0", "r2"), , )
                   MOTE_RT_FOUR("2", MOTE_RT_ADD("r6", "2", "r4"), MOTE_RT_ADD("r7", "1", "r3"),
                                MOTE_RT_ADD("r10", "0", "r2"), )
                   MOTE_RT_FOUR("3", MOTE_RT_ADD("r6", "3", "r5"), MOTE_RT_ADD("r7", "2", "r4"),
                                MOTE_RT_ADD("r10", "1", "r3"), MOTE_RT_ADD("r11", "0", "r2"))
                   MOTE_RT_FOUR("4", , MOTE_RT_ADD("r7", "3", "r5"), MOTE_RT_ADD("r10", "2", "r4"),
                                MOTE_RT_ADD("r11", "1", "r3"))
                   MOTE_RT_FOUR("5", , , MOTE_RT_ADD("r10", "3", "r5"), MOTE_RT_ADD("r11", "2", "r4"))
                   MOTE_RT_FOUR("6", , , , MOTE_RT_ADD("r11", "3", "r5"))
                   MOTE_RT_NEXT_SEGMENT
                   MOTE_RT_BYTE("r6") MOTE_RT_BYTE("r7") MOTE_RT_BYTE("r10") MOTE_RT_BYTE("r11")
                   "ldrd r4, r5, [r12, #32]\n strb r6, [r4]\n strb r7, [r4, r5]\n add r4, r4, r5, lsl #1\n"
                   "strb r10, [r4]\n strb r11, [r4, r5]\n add r4, r4, r5, lsl #1\n" MOTE_RT_NEXT("(8 * %c1)"));
}

/// Four channels of a line, widened: r0 the first one's place, r1 bytes from channel to channel, r2 the line, r3 bytes
/// from input to input; on the stack their number.
MOTE_RT_NAKED inline void widen_four(int16_t*, int32_t, const int8_t*, int32_t, int32_t) noexcept {
  __asm__ volatile(
      "push {r4-r8, r10, r11, lr}\n ldr r7, [sp, #32]\n add r4, r0, r1\n add r5, r4, r1\n add r1, r5\n"
      "subs r7, #2\n bmi 2f\n"
      "1: ldr r8, [r2]\n ldr r10, [r2, r3]\n add r2, r2, r3, lsl #1\n"
      "pkhbt r11, r8, r10, lsl #16\n pkhtb r8, r10, r8, asr #16\n"
      "sxtb16 lr, r11\n str lr, [r0], #4\n sxtb16 lr, r11, ror #8\n str lr, [r4], #4\n"
      "sxtb16 lr, r8\n str lr, [r5], #4\n sxtb16 lr, r8, ror #8\n str lr, [r1], #4\n"
      "subs r7, #2\n bpl 1b\n"
      "2: lsls r7, #31\n beq 3f\n ldr r8, [r2]\n sxtb r11, r8\n strh r11, [r0]\n sxtb r11, r8, ror #8\n"
      "strh r11, [r4]\n sxtb r11, r8, ror #16\n strh r11, [r5]\n asrs r8, #24\n strh r8, [r1]\n"
      "3: pop {r4-r8, r10, r11, pc}\n" ::
          : "r0", "r1", "r2", "r3", "r12", "lr", "cc", "memory");
}

// clang-format on

#undef MOTE_RT_BEGIN
#undef MOTE_RT_BLOCK
#undef MOTE_RT_SEGMENT
#undef MOTE_RT_NEXT_SEGMENT
#undef MOTE_RT_BYTE
#undef MOTE_RT_NEXT
#undef MOTE_RT_ADD
#undef MOTE_RT_TWO
#undef MOTE_RT_FOUR
#undef MOTE_RT_BOTH

}  // namespace armv7em
}  // namespace v1
}  // namespace rt
}  // namespace mote

#endif  // __ARM_FEATURE_DSP
