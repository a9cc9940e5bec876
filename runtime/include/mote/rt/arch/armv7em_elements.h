/// Armv7E-M with the DSP extension: four elements at a time of kernels without weights. What they compute stands as
/// portable text in linear_pair.h and pool2d.h.
///
/// Functions are naked, that is wholly written here. They keep to the procedure call standard and leave r9 alone.
#pragma once

#include "mote/rt/arch/naked.h"
#include "mote/rt/config.h"

#if defined(__ARM_FEATURE_DSP) && defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M' && \
    !defined(__ARM_FEATURE_MVE)

#define MOTE_RT_ARMV7EM_ELEMENTS

namespace mote {
namespace rt {
inline namespace v1 {
namespace armv7em {

// clang-format off: one line of text for what belongs together

// r11 and r12 are a pair of elements; r4, r5 their factors, r6 the addend, r7 the shift, if it is not %c0.
#define MOTE_RT_PAIR                                                                                            \
  "mla r11, r11, r4, r6\n mla r11, r12, r5, r11\n .if %c0\n ssat r11, #8, r11, asr %c0\n .else\n asr r11, r7\n" \
  " ssat r11, #8, r11\n .endif\n strb r11, [r2], #1\n"
#define MOTE_RT_PAIR_OF(BITS) "sxtb r11, r8, ror #" BITS "\n sxtb r12, r10, ror #" BITS "\n" MOTE_RT_PAIR

/// r0 and r1 inputs, r2 output, r3 elements; on the stack the address of a's and b's factor, addend, shift.
/// The shift is kShift, or any if that is 0.
template <int32_t kShift>
MOTE_RT_NAKED void linear_pair(const int8_t*, const int8_t*, int8_t*, int32_t, const int32_t*) noexcept {
  __asm__ volatile(
      "push {r4-r8, r10, r11, lr}\n ldr r12, [sp, #32]\n ldm r12, {r4-r7}\n"
      "subs r3, #4\n blt 2f\n"
      "1: ldr r8, [r0], #4\n ldr r10, [r1], #4\n"
      MOTE_RT_PAIR_OF("0") MOTE_RT_PAIR_OF("8") MOTE_RT_PAIR_OF("16") MOTE_RT_PAIR_OF("24")
      "subs r3, #4\n bge 1b\n"
      "2: adds r3, #4\n beq 4f\n"
      "3: ldrsb r11, [r0], #1\n ldrsb r12, [r1], #1\n" MOTE_RT_PAIR "subs r3, #1\n bne 3b\n"
      "4: pop {r4-r8, r10, r11, pc}\n" ::"i"(kShift)
          : "r0", "r1", "r2", "r3", "r12", "lr", "cc", "memory");
}

/// r0 four sums, r1 the first tap's channels, r2 rows, r3 taps of a row; on the stack bytes from tap to tap and from
/// the end of a row to the next (and the channels, always four). Sums must fit 16 bits.
MOTE_RT_NAKED inline void sum_taps(int16_t*, const int8_t*, int32_t, int32_t, int32_t, int32_t, int32_t) noexcept {
  __asm__ volatile(
      "push {r4-r8, lr}\n ldrd r4, r5, [sp, #24]\n mov r6, #0\n mov r7, #0\n"
      "1: mov r12, r3\n"
      "2: ldr lr, [r1]\n add r1, r4\n sxtab16 r6, r6, lr\n sxtab16 r7, r7, lr, ror #8\n subs r12, #1\n bne 2b\n"
      "add r1, r5\n subs r2, #1\n bne 1b\n"
      "pkhbt r12, r6, r7, lsl #16\n pkhtb lr, r7, r6, asr #16\n strd r12, lr, [r0]\n pop {r4-r8, pc}\n" ::
          : "r0", "r1", "r2", "r3", "r12", "lr", "cc", "memory");
}

#undef MOTE_RT_PAIR
#undef MOTE_RT_PAIR_OF

// clang-format on

}  // namespace armv7em
}  // namespace v1
}  // namespace rt
}  // namespace mote

#endif
