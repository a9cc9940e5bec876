/// What Armv7E-M with its DSP extension (Cortex-M4, M7; Armv8-M too) does of a small fully connected layer:
/// mote/rt/held_row.h, which says what this function computes and holds the portable text of the same. 16 instructions
/// for an output of 16 inputs, 12 for one of 12, 5 for one of one or two.
#pragma once

#include "mote/rt/arch/armv7em.h"

#if defined(MOTE_RT_ARMV7EM_PANELS)

namespace mote {
namespace rt {
inline namespace v1 {
namespace armv7em {

// clang-format off: one line of text for what belongs together

#define MOTE_RT_ADD(X, W) "smlad r1, " X ", " W ", r1\n"

// The last word of one, four or seven, X, which comes with the numbers where these are two: START loads it and what
// else begins an output of one word.
#define MOTE_RT_SINGLE(START, X)                                                                                      \
  ".if %c4\n ldm r12!, {" START "r2}\n" MOTE_RT_ADD(X, "r2") ".else\n ldm r12!, {" START "r2, r3, lr}\n" MOTE_RT_ADD( \
      X, "r2") "smmla r1, r1, r3, lr\n .endif\n"

/// r0 output, r12 weights, r1 sum, r2, r3, lr weights or multiplier, addend, step. Inputs are read word by word:
///   r4, r5  r6, r7  r8, r10  r11, and on the stack, behind the end of the weights, the eighth word
template <int32_t kWords, int32_t kUnroll, bool kRounds, int32_t kShift, bool kStepped>
MOTE_RT_NAKED void held_row(int8_t*, const int8_t*, const int32_t*, const int32_t*) noexcept {
  __asm__ volatile(
      "push {r4-r8, r10, r11, lr}\n mov r12, r2\n"
      ".if %c0 > 6\n ldm r1, {r5, r7, r10, lr}\n sxtb16 r11, lr\n sxtb16 lr, lr, ror #8\n"
      ".elseif %c0 > 4\n ldm r1, {r5, r7, r10}\n .elseif %c0 > 2\n ldm r1, {r5, r7}\n .else\n ldr r5, [r1]\n .endif\n"
      MOTE_RT_WIDEN("r4", "r5")
      ".if %c0 > 2\n" MOTE_RT_WIDEN("r6", "r7") ".endif\n .if %c0 > 4\n" MOTE_RT_WIDEN("r8", "r10") ".endif\n"
      "push {r3, lr}\n"
      "1:\n"
      ".rept %c1\n"
      ".if %c0 >= 3\n ldm r12!, {r1-r3, lr}\n" MOTE_RT_ADD("r4", "r2") MOTE_RT_ADD("r5", "r3") MOTE_RT_ADD("r6", "lr")
      ".elseif %c0 == 2\n ldm r12!, {r1-r3}\n" MOTE_RT_ADD("r4", "r2") MOTE_RT_ADD("r5", "r3")
      ".else\n" MOTE_RT_SINGLE("r1, ", "r4") ".endif\n"
      ".if %c0 >= 6\n ldm r12!, {r2, r3, lr}\n" MOTE_RT_ADD("r7", "r2") MOTE_RT_ADD("r8", "r3") MOTE_RT_ADD("r10", "lr")
      ".elseif %c0 == 5\n ldm r12!, {r2, r3}\n" MOTE_RT_ADD("r7", "r2") MOTE_RT_ADD("r8", "r3")
      ".elseif %c0 == 4\n" MOTE_RT_SINGLE("", "r7") ".endif\n"
      ".if %c0 == 8\n ldm r12!, {r2, r3}\n ldr lr, [sp, #4]\n" MOTE_RT_ADD("r11", "r2") MOTE_RT_ADD("lr", "r3")
      ".elseif %c0 == 7\n" MOTE_RT_SINGLE("", "r11") ".endif\n"
      ".if %c4\n ldm r12!, {r2, r3, lr}\n and lr, lr, r1, asr #31\n sub r3, r3, lr\n smmla r1, r1, r2, r3\n"
      ".elseif %c0 %% 3 != 1\n ldm r12!, {r2, r3}\n smmla r1, r1, r2, r3\n .endif\n"
      MOTE_RT_SATURATE("r1", "%c3") "strb r1, [r0], #1\n"
      ".endr\n"
      ".if %c2\n ldr r1, [sp]\n cmp r12, r1\n bne 1b\n .endif\n"
      "pop {r2-r8, r10, r11, pc}\n"
      : : "i"(kWords), "i"(kUnroll), "i"(kRounds), "i"(kShift), "i"(kStepped) : MOTE_RT_CLOBBERS);
}

#undef MOTE_RT_SINGLE
#undef MOTE_RT_ADD

// clang-format on

}  // namespace armv7em
}  // namespace v1
}  // namespace rt
}  // namespace mote

#endif
