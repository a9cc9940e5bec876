/// Armv8.1-M with vectors of 16 bytes (Helium): the inner loops of vector_depthwise.h, up to sixteen taps an
/// instruction. What they compute stands there as portable text.
///
/// Functions are naked, that is wholly written here. They keep to the procedure call standard and leave r9 alone.
///
///   r0, r2, r4, r6  sums             r8, r10, r12  bias, multiplier, shift of the channel
///   r3, r5          plane, output    r1  zero point or step     r7  from output to output     r11  the line
///   q0, q1  sums, then bytes    q2  where they go    q3  inputs    q4-q7  weights
#pragma once

#include "mote/rt/arch/helium_depthwise.h"

#if defined(__ARM_FEATURE_MVE)

namespace mote {
namespace rt {
inline namespace v1 {

struct PlaneLine;
struct PlaneFeed;

namespace helium {

// clang-format off: one line of text for what belongs together

// The N-th load of an output, or of two; the last one, which comes first, begins the sums.
#define MOTE_HELIUM_TAPS(N, R, Q) \
  ".if %c0 == " N " + 1\n vmladav.s8 " R ", q3, " Q "\n .else\n vmladava.s8 " R ", q3, " Q "\n .endif\n"
#define MOTE_HELIUM_TAPS_OF_1(N, R, Q) \
  ".if %c0 > " N "\n vldrb.8 q3, [r3, #16 * " N "]\n" MOTE_HELIUM_TAPS(N, R, Q) ".endif\n"
#define MOTE_HELIUM_NEXT_TAPS \
  ".if %c3 > 0\n vldrb.8 q3, [r3], #%c2 * %c3\n .else\n vldrb.8 q3, [r3]\n add r3, r1\n .endif\n"
#define MOTE_HELIUM_OUTPUT(R)         \
  MOTE_HELIUM_TAPS_OF_1("3", R, "q7") \
  MOTE_HELIUM_TAPS_OF_1("2", R, "q6") \
  MOTE_HELIUM_TAPS_OF_1("1", R, "q5") MOTE_HELIUM_NEXT_TAPS MOTE_HELIUM_TAPS("0", R, "q4")
#define MOTE_HELIUM_OUTPUTS(R, S)                                                  \
  ".if %c0 > 1\n vldrb.8 q3, [r3, #16]\n vmladav.s8 " R ", q3, q5\n vmladav.s8 " S \
  ", q3, q7\n .endif\n" MOTE_HELIUM_NEXT_TAPS MOTE_HELIUM_TAPS("0", R, "q4") MOTE_HELIUM_TAPS("0", S, "q6")
#define MOTE_HELIUM_FOUR_OUTPUTS                                                                    \
  ".if %c2 == 4\n" MOTE_HELIUM_NEXT_TAPS                                                            \
  "vmladav.s8 r0, q3, q4\n vmladav.s8 r2, q3, q5\n vmladav.s8 r4, q3, q6\n vmladav.s8 r6, q3, q7\n" \
  ".elseif %c2 == 2\n" MOTE_HELIUM_OUTPUTS("r0", "r2")                                              \
      MOTE_HELIUM_OUTPUTS("r4", "r6") ".else\n" MOTE_HELIUM_OUTPUT("r0") MOTE_HELIUM_OUTPUT("r2")   \
          MOTE_HELIUM_OUTPUT("r4") MOTE_HELIUM_OUTPUT("r6") ".endif\n"
#define MOTE_HELIUM_WEIGHTS(N, Q) "vldrb.8 q3, [r3, #16 * " N "]\n vpt.s8 ge, q3, zr\n vldrbt.u8 " Q ", [r1, q3]\n"

/// Channel by channel: its weights where the ring's lines are, then outputs eight at a time. A last round of four or
/// fewer begins in the middle.
template <int32_t kLoads, bool kTies, int32_t kShared, int32_t kStep>
MOTE_RT_NAKED void plane_line(PlaneLine*) noexcept {
  __asm__ volatile(
      "push {r4-r8, r10, r11, lr}\n vpush {d8-d15}\n mov r11, r0\n vldrh.u16 q2, [r11, #64]\n"
      "1: ldrd r1, r2, [r11, #8]\n ldr r3, [r11, #48]\n" MOTE_HELIUM_WEIGHTS("0", "q4")
      ".if %c0 > 1 || %c2 == 4\n" MOTE_HELIUM_WEIGHTS("1", "q5") ".endif\n"
      ".if %c0 > 2 || %c2 > 1\n" MOTE_HELIUM_WEIGHTS("2", "q6") ".endif\n"
      ".if %c0 > 3 || %c2 == 4 || %c0 * %c2 == 4\n" MOTE_HELIUM_WEIGHTS("3", "q7") ".endif\n"
      "ldm r2, {r8, r10, r12}\n ldrd r0, r4, [r11, #24]\n add r1, r0\n add r2, r4\n strd r1, r2, [r11, #8]\n"
      "ldrd r3, r0, [r11]\n add r0, r3\n str r0, [r11]\n"
      "ldrd r5, r7, [r11, #16]\n ldr r0, [r11, #36]\n add r0, r5\n str r0, [r11, #16]\n"
      ".if %c3 > 0\n ldr r1, [r11, #44]\n .else\n ldr r1, [r11, #52]\n .endif\n"
      "movw r2, #0xFFFF\n vmsr p0, r2\n ldr r0, [r11, #40]\n wls lr, r0, 4f\n"
      "3:\n" MOTE_HELIUM_FOUR_OUTPUTS "vmov q0[2], q0[0], r0, r4\n vmov q0[3], q0[1], r2, r6\n" MOTE_HELIUM_REQUANTIZE("q0")
      "2:\n" MOTE_HELIUM_FOUR_OUTPUTS "vmov q1[2], q1[0], r0, r4\n vmov q1[3], q1[1], r2, r6\n" MOTE_HELIUM_REQUANTIZE("q1")
      "vqmovnb.s32 q0, q0\n vqmovnt.s32 q0, q1\n"
      ".if %c3 > 0\n vqadd.s16 q0, q0, r1\n .else\n ldr r0, [r11, #44]\n vqadd.s16 q0, q0, r0\n .endif\n"
      "vqmovnb.s16 q0, q0\n vpst\n vstrbt.16 q0, [r5, q2]\n add r5, r7\n le lr, 3b\n"
      "cbz r7, 5f\n"
      "4: ldrd r0, r2, [r11, #56]\n cbz r0, 5f\n vmsr p0, r0\n movs r7, #0\n mov lr, #1\n"
      "cmp r2, #0\n beq.w 3b\n sub r5, r2\n b.w 2b\n"
      "5: ldr r0, [r11, #32]\n subs r0, #1\n str r0, [r11, #32]\n bne.w 1b\n"
      "vpop {d8-d15}\n pop {r4-r8, r10, r11, pc}\n"
      :
      : "i"(kLoads), "i"(kTies), "i"(kShared), "i"(kStep)
      : "r0", "r1", "r2", "r3", "r12", "lr", "cc", "memory");
}

/// r0 to, r1 from, r2 inputs, r3 the rest: an input's channels become bytes, each in its plane.
MOTE_RT_NAKED inline void feed_planes(int8_t*, const int8_t*, int32_t, const PlaneFeed*) noexcept {
  __asm__ volatile(
      "push {r4-r6, lr}\n movs r6, #0\n vidup.u16 q1, r6, #1\n ldrd r6, r4, [r3]\n vmul.i16 q1, q1, r6\n"
      "ldrd r5, r12, [r3, #8]\n vctp.16 r12\n cmp r2, #0\n it lt\n movlt r2, #0\n wls lr, r2, 2f\n"
      "1: vpstt\n vldrbt.u16 q0, [r1]\n vstrbt.16 q0, [r0, q1]\n add r1, r4\n add r0, r5\n le lr, 1b\n"
      "2: pop {r4-r6, pc}\n" ::
          : "r0", "r1", "r2", "r3", "r12", "lr", "cc", "memory");
}

// clang-format on

}  // namespace helium
}  // namespace v1
}  // namespace rt
}  // namespace mote

#endif
