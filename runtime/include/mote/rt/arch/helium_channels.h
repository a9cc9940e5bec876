/// Armv8.1-M with vectors of 16 bytes (Helium): the inner loop of vector_depthwise_channels.h, sixteen channels at a
/// time. What it computes stands there as portable text.
///
/// Functions are naked, that is wholly written here. They keep to the procedure call standard and leave r9 alone.
///
///   r0, r1  inputs, weights       r2  from tap to tap       r3  taps beside groups    r4  rows    r5  the block's
///   inputs r6  bias, multiplier, shift   r7  output    r8  channels left    r10  from row to row    r11  the call r12
///   groups q0, q1  inputs, weights       q2, q3  sums of a group, even and odd channels      q4-q7  sums
#pragma once

#include "mote/rt/arch/helium.h"

#if defined(__ARM_FEATURE_MVE)

namespace mote {
namespace rt {
inline namespace v1 {

struct VectorChannels;

namespace helium {

// clang-format off: one line of text for what belongs together

// One tap. T: "t" under a predicate, that is in a last block of fewer channels.
#define MOTE_HELIUM_INPUTS(T) ".ifc " T ",t\n vpst\n .endif\n vldrb" T ".u8 q0, [r0]\n"
#define MOTE_HELIUM_TAP(T)                                              \
  ".ifc " T                                                             \
  ",t\n vpstt\n vldrbt.u8 q0, [r0]\n vldrbt.u8 q1, [r1]\n add r1, r8\n" \
  ".else\n vldrb.8 q0, [r0]\n vldrb.8 q1, [r1], #16\n .endif\n"
#define MOTE_HELIUM_FIRST_TAP(T) MOTE_HELIUM_TAP(T) "vmullb.s8 q2, q0, q1\n vmullt.s8 q3, q0, q1\n add r0, r2\n"
#define MOTE_HELIUM_OTHER_TAP(T)                                     \
  MOTE_HELIUM_TAP(T)                                                 \
  "vmullb.s8 q0, q0, q1\n vadd.i16 q2, q2, q0\n" MOTE_HELIUM_INPUTS( \
      T) "vmullt.s8 q0, q0, q1\n vadd.i16 q3, q3, q0\n add r0, r2\n"
#define MOTE_HELIUM_WIDEN                                                               \
  "vmovlb.s16 q0, q2\n vadd.i32 q4, q4, q0\n vmovlt.s16 q0, q2\n vadd.i32 q5, q5, q0\n" \
  "vmovlb.s16 q0, q3\n vadd.i32 q6, q6, q0\n vmovlt.s16 q0, q3\n vadd.i32 q7, q7, q0\n"
// All taps of a block: rows of groups of %c0, and of what is left of them.
#define MOTE_HELIUM_GROUP(T) \
  MOTE_HELIUM_FIRST_TAP(T) ".rept %c0 - 1\n" MOTE_HELIUM_OTHER_TAP(T) ".endr\n" MOTE_HELIUM_WIDEN
#define MOTE_HELIUM_ALONE(T) MOTE_HELIUM_FIRST_TAP(T) MOTE_HELIUM_WIDEN
#define MOTE_HELIUM_WINDOW(T) \
  "2: wls lr, r12, 4f\n 3:\n" MOTE_HELIUM_GROUP(T) "le lr, 3b\n" \
  "4: wls lr, r3, 6f\n 5:\n" MOTE_HELIUM_ALONE(T) "le lr, 5b\n" \
  "6: add r0, r10\n subs r4, #1\n bne 2b\n"
#define MOTE_HELIUM_MULTIPLY(Q) "vldrw.32 q0, [r6], #16\n vqrdmulh.s32 " Q ", " Q ", q0\n"
#define MOTE_HELIUM_SHIFT(Q)                                                  \
  "vldrb.s32 q0, [r6], #4\n"                                                  \
  ".if %c1\n vand q1, " Q ", q0\n vshr.s32 q1, q1, #31\n vqadd.s32 " Q ", " Q \
  ", q1\n .endif\n"                                                           \
  "vrshl.s32 " Q ", " Q ", q0\n"

/// Pixel by pixel, block by block.
template <int32_t kGroup, bool kTies>
MOTE_RT_NAKED void depthwise_channels(VectorChannels*) noexcept {
  __asm__ volatile(
      "push {r4-r8, r10, r11, lr}\n vpush {d8-d15}\n mov r11, r0\n"
      "0: ldrd r5, r1, [r11]\n ldrd r6, r7, [r11, #8]\n ldr r8, [r11, #16]\n"
      "1: vldrw.32 q4, [r6], #16\n vldrw.32 q5, [r6], #16\n vldrw.32 q6, [r6], #16\n vldrw.32 q7, [r6], #16\n"
      "mov r0, r5\n ldrd r4, r10, [r11, #20]\n ldrd r12, r2, [r11, #28]\n ldr r3, [r11, #36]\n"
      "vctp.8 r8\n cmp r8, #16\n blo.w 7f\n"
      MOTE_HELIUM_WINDOW("") "b.w 8f\n"
      "7:\n" MOTE_HELIUM_WINDOW("t")
      "8:\n" MOTE_HELIUM_MULTIPLY("q4") MOTE_HELIUM_MULTIPLY("q5") MOTE_HELIUM_MULTIPLY("q6") MOTE_HELIUM_MULTIPLY("q7")
      MOTE_HELIUM_SHIFT("q4") MOTE_HELIUM_SHIFT("q5") MOTE_HELIUM_SHIFT("q6") MOTE_HELIUM_SHIFT("q7")
      "vqmovnb.s32 q0, q4\n vqmovnt.s32 q0, q5\n vqmovnb.s32 q1, q6\n vqmovnt.s32 q1, q7\n ldr r0, [r11, #40]\n"
      "vqadd.s16 q0, q0, r0\n vqadd.s16 q1, q1, r0\n vqmovnb.s16 q0, q0\n vqmovnt.s16 q0, q1\n"
      "vpst\n vstrbt.8 q0, [r7], #16\n adds r5, #16\n subs r8, #16\n bhi.w 1b\n"
      "ldrd r0, r2, [r11, #44]\n subs r0, #1\n beq 9f\n ldr r1, [r11]\n add r1, r2\n str r1, [r11]\n"
      "ldrd r1, r2, [r11, #12]\n add r1, r2\n str r1, [r11, #12]\n str r0, [r11, #44]\n b.w 0b\n"
      "9: vpop {d8-d15}\n pop {r4-r8, r10, r11, pc}\n"
      :
      : "i"(kGroup), "i"(kTies)
      : "r0", "r1", "r2", "r3", "r12", "lr", "cc", "memory");
}

// clang-format on

}  // namespace helium
}  // namespace v1
}  // namespace rt
}  // namespace mote

#endif
