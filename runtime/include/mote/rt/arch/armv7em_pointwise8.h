/// Armv7E-M with the DSP extension: the loop of pointwise8.h, 8 instructions for an output. What it computes stands
/// there as portable text.
///
/// The function is naked, that is wholly written here. It keeps to the procedure call standard and leaves r9 alone.
#pragma once

#include "mote/rt/arch/naked.h"
#include "mote/rt/config.h"

#if defined(__ARM_FEATURE_DSP) && defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M'

#define MOTE_RT_ARMV7EM_POINTWISE8

namespace mote {
namespace rt {
inline namespace v1 {
namespace armv7em {

// clang-format off: one line of text for what belongs together

/// r0 output, r1 input, r2 channels, r3 their end; on the stack the pixels, above 0.
///
///   r0-r3  a pixel     r4-r8, r10, r11  a channel: bias and sum, weights, multiplier, addend
///   r12, lr  where channels, output go on     on the stack: input, channels, their end
template <int32_t kShift>
MOTE_RT_NAKED void pointwise8(int8_t*, const int8_t*, const int32_t*, const int32_t*, int32_t) noexcept {
  __asm__ volatile(
      "push {r4-r8, r10, r11, lr}\n push {r1-r3}\n mov lr, r0\n"
      "1: ldr r4, [sp]\n ldm r4!, {r1, r3}\n str r4, [sp]\n ldr r12, [sp, #4]\n"
      "sxtb16 r0, r1\n sxtb16 r1, r1, ror #8\n sxtb16 r2, r3\n sxtb16 r3, r3, ror #8\n"
      "2:\n"
      ".rept 8\n"
      "ldm r12!, {r4-r8, r10, r11}\n"
      "smlad r4, r0, r5, r4\n smlad r4, r1, r6, r4\n smlad r4, r2, r7, r4\n smlad r4, r3, r8, r4\n"
      "smmla r4, r4, r10, r11\n ssat r4, #8, r4, asr %c0\n strb r4, [lr], #1\n"
      ".endr\n"
      "ldr r4, [sp, #8]\n cmp r12, r4\n bne 2b\n"
      "ldr r4, [sp, #44]\n subs r4, #1\n str r4, [sp, #44]\n bne 1b\n"
      "add sp, #12\n pop {r4-r8, r10, r11, pc}\n" ::"i"(kShift)
      : "r0", "r1", "r2", "r3", "r12", "lr", "cc", "memory");
}

// clang-format on

}  // namespace armv7em
}  // namespace v1
}  // namespace rt
}  // namespace mote

#endif
