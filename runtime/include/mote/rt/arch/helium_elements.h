/// Armv8.1-M with vectors of 16 bytes (Helium): eight elements at a time of kernels without weights. What they compute
/// stands as portable text in linear_pair.h, product.h and pool2d.h.
///
/// Functions are naked, that is wholly written here. They keep to the procedure call standard and leave r9 alone.
#pragma once

#include "mote/rt/arch/helium.h"

#if defined(__ARM_FEATURE_MVE)

namespace mote {
namespace rt {
inline namespace v1 {
namespace helium {

// clang-format off: one line of text for what belongs together

// Eight pairs of elements: even ones in q0, odd ones in q1, until their halves interleave again. T: "t" under a
// predicate.
#define MOTE_HELIUM_PAIRS(T, FIRST, SECOND, THIRD)                                                         \
  FIRST "vldrb" T                                                                                          \
        ".s16 q0, [r0], #8\n vmovlt.s16 q1, q0\n vmovlb.s16 q0, q0\n"                                      \
        "vmlas.s32 q0, q3, r6\n vmlas.s32 q1, q3, r6\n" SECOND "vldrb" T                                   \
        ".s16 q2, [r1]\n vmovlb.s16 q2, q2\n vmla.s32 q0, q2, r5\n" THIRD "vldrb" T                        \
        ".s16 q2, [r1], #8\n vmovlt.s16 q2, q2\n vmla.s32 q1, q2, r5\n"                                    \
        "vshl.s32 q0, r7\n vshl.s32 q1, r7\n vqmovnb.s32 q0, q0\n vqmovnt.s32 q0, q1\n"                    \
        ".if %c0\n vdup.16 q1, r4\n vdup.16 q2, r8\n vmax.s16 q0, q0, q1\n vmin.s16 q0, q0, q2\n .endif\n" \
        "vqmovnb.s16 q0, q0\n" FIRST "vstrb" T ".16 q0, [r2], #8\n"

/// r0 and r1 inputs, r2 output, r3 elements; on the stack the address of a's and b's factor, addend, shift, low, high.
template <bool kClamp>
MOTE_RT_NAKED void linear_pair(const int8_t*, const int8_t*, int8_t*, int32_t, const int32_t*) noexcept {
  __asm__ volatile(
      "push {r4-r8, lr}\n ldr r12, [sp, #24]\n ldrd r4, r5, [r12]\n ldrd r6, r7, [r12, #8]\n ldrd r12, r8, [r12, #16]\n"
      "vdup.32 q3, r4\n rsb r7, r7, #0\n mov r4, r12\n lsr r12, r3, #3\n wls lr, r12, 2f\n"
      "1:\n" MOTE_HELIUM_PAIRS("", "", "", "") "le lr, 1b\n"
      "2: ands r3, r3, #7\n beq 3f\n vctp.16 r3\n"
      MOTE_HELIUM_PAIRS("t", "vpst\n", "vpst\n", "vpst\n")
      "3: pop {r4-r8, pc}\n"
      :
      : "i"(kClamp)
      : "r0", "r1", "r2", "r3", "r12", "lr", "cc", "memory");
}

// Eight products as rule Q4 has them: even ones in q2, odd ones in q3. T and the predicates as above.
#define MOTE_HELIUM_SHIFTED(Q)                                                                      \
  "vqrdmulh.s32 " Q ", " Q ", r6\n vand q0, " Q ", q1\n vshr.s32 q0, q0, #31\n vqadd.s32 " Q ", " Q \
  ", q0\n vrshl.s32 " Q ", r7\n"
#define MOTE_HELIUM_FACTORS(T, TWO, ONE) \
  TWO "vldrb" T ".s16 q0, [r0], #8\n vldrb" T ".s16 q1, [r1], #8\n" \
  "vsub.i16 q0, q0, r4\n vsub.i16 q1, q1, r5\n vmullb.s16 q2, q0, q1\n vmullt.s16 q3, q0, q1\n vdup.32 q1, r7\n" \
  MOTE_HELIUM_SHIFTED("q2") MOTE_HELIUM_SHIFTED("q3") \
  "vqmovnb.s32 q2, q2\n vqmovnt.s32 q2, q3\n vqadd.s16 q2, q2, r8\n" \
  "vdup.16 q0, r10\n vmax.s16 q2, q2, q0\n vdup.16 q0, r12\n vmin.s16 q2, q2, q0\n" \
  "vqmovnb.s16 q2, q2\n" ONE "vstrb" T ".16 q2, [r2], #8\n"

/// r0 and r1 inputs, r2 output, r3 elements; on the stack the address of both zero points, multiplier, shift (at most
/// 0), the output's zero point, low, high.
MOTE_RT_NAKED inline void product(const int8_t*, const int8_t*, int8_t*, int32_t, const int32_t*) noexcept {
  __asm__ volatile(
      "push {r4-r8, r10, r11, lr}\n ldr r12, [sp, #32]\n ldrd r4, r5, [r12]\n ldrd r6, r7, [r12, #8]\n"
      "ldrd r8, r10, [r12, #16]\n ldr r12, [r12, #24]\n lsr r11, r3, #3\n wls lr, r11, 2f\n"
      "1:\n" MOTE_HELIUM_FACTORS("", "", "") "le lr, 1b\n"
      "2: ands r3, r3, #7\n beq 3f\n vctp.16 r3\n"
      MOTE_HELIUM_FACTORS("t", "vpstt\n", "vpst\n")
      "3: pop {r4-r8, r10, r11, pc}\n" ::
          : "r0", "r1", "r2", "r3", "r12", "lr", "cc", "memory");
}

/// r0 eight sums, r1 the first tap's channels, r2 rows, r3 taps of a row; on the stack bytes from tap to tap, from the
/// end of a row to the next, channels. Sums must fit 16 bits.
MOTE_RT_NAKED inline void sum_taps(int16_t*, const int8_t*, int32_t, int32_t, int32_t, int32_t, int32_t) noexcept {
  __asm__ volatile(
      "push {r4, r5, r6, lr}\n ldrd r4, r5, [sp, #16]\n ldr r6, [sp, #24]\n vctp.16 r6\n vmov.i16 q0, #0\n"
      "1: dls lr, r3\n"
      "2: vpst\n vldrbt.s16 q1, [r1]\n add r1, r4\n vadd.i16 q0, q0, q1\n le lr, 2b\n"
      "add r1, r5\n subs r2, #1\n bne 1b\n"
      "vstrh.16 q0, [r0]\n pop {r4, r5, r6, pc}\n" ::
          : "r0", "r1", "r2", "r3", "r12", "lr", "cc", "memory");
}

// clang-format on

}  // namespace helium
}  // namespace v1
}  // namespace rt
}  // namespace mote

#endif
