/// Armv7E-M with the DSP extension: the inner loops of compact.h, which says what they compute and holds the portable
/// text of the same.
///
/// Functions are naked, that is wholly written here. They keep to the procedure call standard and leave r9 alone.
#pragma once

#include <stdint.h>

#include "mote/rt/arch/naked.h"

#if defined(__ARM_FEATURE_DSP) && defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M'

#define MOTE_RT_ARMV7EM_COMPACT

namespace mote {
namespace rt {
inline namespace v1 {
namespace armv7em {

// clang-format off: one line of text for what belongs together

// The sum R of a channel, whose end is next in the stream, to its byte. r12: twice the output's zero point + 1.
#define MOTE_RT_COMPACT_BYTE(R)                                                                                   \
  "ldrd r8, r10, [r1], #8\n lsls " R ", #1\n smmulr " R ", " R ", r8\n add " R ", " R ", " R ", asr #31\n asr " R \
  ", r10\n add " R ", r12\n ssat " R ", #8, " R ", asr #1\n"
#define MOTE_RT_COMPACT_CLOBBERS "r0", "r1", "r2", "r3", "r12", "lr", "cc", "memory"

// Two inputs X of two channels, whose weights W holds as halfwords 256 * odd + even: sums EVEN and RAW.
#define MOTE_RT_COMPACT_PAIR(EVEN, RAW, W, X) \
  "smlad " RAW ", " X ", " W ", " RAW "\n sxtb16 " W ", " W "\n smlad " EVEN ", " X ", " W ", " EVEN "\n"

// The byte of R, if there is room for it.
#define MOTE_RT_COMPACT_STORE(R) MOTE_RT_COMPACT_BYTE(R) "cmp r0, r11\n it ne\n strbne " R ", [r0], #1\n"

/// r0 output, r1 stream, r2 window, r3 where it ends; on the stack twice the zero point + 1, where the output ends.
MOTE_RT_NAKED inline void compact_dense(int8_t*, const int32_t*, const int16_t*, const int16_t*, int32_t,
                                        const int8_t*) noexcept {
  __asm__ volatile(
      "push {r4-r8, r10, r11, lr}\n"
      "1: ldm r1!, {r4-r7}\n mov r12, r2\n"
      "2: ldrd r8, r10, [r12], #8\n ldrd r11, lr, [r1], #8\n"
      MOTE_RT_COMPACT_PAIR("r4", "r5", "r11", "r8") MOTE_RT_COMPACT_PAIR("r6", "r7", "lr", "r8")
      "ldrd r11, lr, [r1], #8\n"
      MOTE_RT_COMPACT_PAIR("r4", "r5", "r11", "r10") MOTE_RT_COMPACT_PAIR("r6", "r7", "lr", "r10")
      "cmp r12, r3\n bne 2b\n"
      "subs r5, r4\n asrs r5, r5, #8\n subs r7, r6\n asrs r7, r7, #8\n"
      "ldrd r12, r11, [sp, #32]\n"
      MOTE_RT_COMPACT_STORE("r4") MOTE_RT_COMPACT_STORE("r5") MOTE_RT_COMPACT_STORE("r6") MOTE_RT_COMPACT_STORE("r7")
      "cmp r0, r11\n bne 1b\n"
      "pop {r4-r8, r10, r11, pc}\n" ::: MOTE_RT_COMPACT_CLOBBERS);
}

/// r0 output, r1 stream, r2 the first window, r3 where it ends; on the stack twice the zero point + 1, where the line
/// of outputs ends, words from window to window, bytes between outputs.
MOTE_RT_NAKED inline void compact_depthwise(int8_t*, const int32_t*, const uint32_t*, const uint32_t*, int32_t,
                                            const int8_t*, int32_t, int32_t) noexcept {
  __asm__ volatile(
      "push {r1, r4-r8, r10, r11, lr}\n"
      "1: ldr r1, [sp]\n ldm r1!, {r4-r7}\n mov r12, r2\n"
      "2: ldr r8, [r12], #4\n ldr r10, [r1], #4\n"
      "sxtb16 r11, r8\n sxtb16 lr, r10\n sxtb16 r8, r8, ror #8\n sxtb16 r10, r10, ror #8\n"
      "smlabb r4, r11, lr, r4\n smlatt r6, r11, lr, r6\n smlabb r5, r8, r10, r5\n smlatt r7, r8, r10, r7\n"
      "cmp r12, r3\n bne 2b\n"
      "ldrd r12, r11, [sp, #36]\n"
      MOTE_RT_COMPACT_BYTE("r4") MOTE_RT_COMPACT_BYTE("r5") MOTE_RT_COMPACT_BYTE("r6") MOTE_RT_COMPACT_BYTE("r7")
      "strb r4, [r0], #1\n strb r5, [r0], #1\n strb r6, [r0], #1\n strb r7, [r0], #1\n"
      "ldrd r4, r5, [sp, #44]\n add r2, r2, r4, lsl #2\n add r3, r3, r4, lsl #2\n add r0, r5\n cmp r0, r11\n bne 1b\n"
      "pop {r1, r4-r8, r10, r11, pc}\n" ::: MOTE_RT_COMPACT_CLOBBERS);
}

/// r0 window, r1 inputs, r2 how many, r3 whether they go on or the first ones stand for all; returns the window's end.
MOTE_RT_NAKED inline int16_t* compact_widen(int16_t*, const int8_t*, int32_t, int32_t) noexcept {
  __asm__ volatile(
      "push {r4, lr}\n lsls r4, r2, #30\n bne 2f\n"
      "1: ldr r12, [r1]\n add r1, r1, r3, lsl #2\n sxtb16 r4, r12\n sxtb16 r12, r12, ror #8\n"
      "strd r4, r12, [r0], #8\n subs r2, #4\n bne 1b\n pop {r4, pc}\n"
      "2: ldrsb r4, [r1]\n add r1, r3\n strh r4, [r0], #2\n subs r2, #1\n bne 2b\n pop {r4, pc}\n" ::
          : MOTE_RT_COMPACT_CLOBBERS);
}

#undef MOTE_RT_COMPACT_BYTE
#undef MOTE_RT_COMPACT_STORE
#undef MOTE_RT_COMPACT_CLOBBERS
#undef MOTE_RT_COMPACT_PAIR

// clang-format on

}  // namespace armv7em
}  // namespace v1
}  // namespace rt
}  // namespace mote

#endif
