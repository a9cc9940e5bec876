/// Armv8.1-M with vectors of 16 bytes (Helium): the inner loops of vector_depthwise3x3.h, nine products an instruction.
/// What they compute stands there as portable text.
///
/// Functions are naked, that is wholly written here. They keep to the procedure call standard and leave r9 alone.
///
///   r0, r2, r4, r6  sums            r8, r10, r12  bias, multiplier, shift of the channel
///   r3, r5          ring, output    r1  the output's zero point     r7  from output to output     r11  the line
///   q0, q1  sums, then bytes    q2  where they go    q3  inputs    q4-q7  weights
#pragma once

#include "mote/rt/arch/helium.h"

#if defined(__ARM_FEATURE_MVE)

namespace mote {
namespace rt {
inline namespace v1 {

struct VectorLine;
struct VectorFeed;

namespace helium {

// clang-format off: one line of text for what belongs together

// Four sums: of two neighbouring outputs in two lines, from one load; or of four outputs of a line.
#define MOTE_HELIUM_FOUR                                                                                  \
  ".if %c0 == 1\n vldrb.8 q3, [r3], #8\n"                                                                 \
  "vmladav.s8 r0, q3, q4\n vmladav.s8 r2, q3, q5\n vmladav.s8 r4, q3, q6\n vmladav.s8 r6, q3, q7\n"       \
  ".else\n vldrb.8 q3, [r3], #8\n vmladav.s8 r0, q3, q4\n vldrb.8 q3, [r3], #8\n vmladav.s8 r2, q3, q4\n" \
  "vldrb.8 q3, [r3], #8\n vmladav.s8 r4, q3, q4\n vldrb.8 q3, [r3], #8\n vmladav.s8 r6, q3, q4\n .endif\n"
#define MOTE_HELIUM_REQUANTIZE(Q)                                                               \
  "vadd.i32 " Q ", " Q ", r8\n vqrdmulh.s32 " Q ", " Q                                          \
  ", r10\n"                                                                                     \
  ".if %c1\n vdup.32 q3, r12\n vand q3, q3, " Q "\n vshr.s32 q3, q3, #31\n vqadd.s32 " Q ", " Q \
  ", q3\n .endif\n"                                                                             \
  "vrshl.s32 " Q ", r12\n"

/// Channel by channel: its weights spread over words, in one copy for each of the four sums; in turned lines their
/// halves change places. Then outputs eight at a time, those that the masks let through.
template <int32_t kStride, bool kTies>
MOTE_RT_NAKED void depthwise_line(VectorLine*) noexcept {
  __asm__ volatile(
      "push {r4-r8, r10, r11, lr}\n vpush {d8-d15}\n mov r11, r0\n vldrh.u16 q2, [r11, #48]\n"
      "1: ldrd r1, r2, [r11, #8]\n movw r0, #0x0777\n vmsr p0, r0\n vldrb.8 q3, [r11, #64]\n"
      "vpst\n vldrbt.u8 q4, [r1, q3]\n"
      "adds r1, #9\n ldm r2!, {r8, r10, r12}\n strd r1, r2, [r11, #8]\n ldrd r0, r1, [r11, #40]\n"
      ".if %c0 == 1\n movs r2, #0\n vmov q5, q4\n vshlc q5, r2, #32\n vshl.i32 q6, q4, #8\n vshl.i32 q7, q5, #8\n .endif\n"
      "cmp r1, #0\n beq 2f\n vrev32.16 q4, q4\n"
      ".if %c0 == 1\n vrev32.16 q5, q5\n vrev32.16 q6, q6\n vrev32.16 q7, q7\n .endif\n"
      "2: mov r1, r0\n ldrd r3, r2, [r11]\n add r2, r3\n str r2, [r11]\n"
      "ldrd r5, r7, [r11, #16]\n adds r2, r5, #1\n str r2, [r11, #16]\n"
      "ldrd r0, r2, [r11, #28]\n vmsr p0, r2\n wls lr, r0, 4f\n"
      "3:\n" MOTE_HELIUM_FOUR "vmov q0[2], q0[0], r0, r4\n vmov q0[3], q0[1], r2, r6\n"
      MOTE_HELIUM_FOUR "vmov q1[2], q1[0], r0, r4\n vmov q1[3], q1[1], r2, r6\n"
      MOTE_HELIUM_REQUANTIZE("q0") MOTE_HELIUM_REQUANTIZE("q1")
      "vqmovnb.s32 q0, q0\n vqmovnt.s32 q0, q1\n vqadd.s16 q0, q0, r1\n vqmovnb.s16 q0, q0\n"
      "vpst\n vstrbt.16 q0, [r5, q2]\n add r5, r7\n le lr, 3b\n"
      "cmp r7, #0\n beq 5f\n"
      "4: ldr r0, [r11, #36]\n cmp r0, #0\n beq 5f\n vmsr p0, r0\n movs r7, #0\n movs r0, #1\n dls lr, r0\n b 3b\n"
      "5: ldr r0, [r11, #24]\n subs r0, #1\n str r0, [r11, #24]\n bne.w 1b\n"
      "vpop {d8-d15}\n pop {r4-r8, r10, r11, pc}\n"
      :
      : "i"(kStride), "i"(kTies)
      : "r0", "r1", "r2", "r3", "r12", "lr", "cc", "memory");
}

/// r0 to, r1 and r2 two lines of inputs, r3 the rest: a pixel's channels become halfwords, each in its plane.
MOTE_RT_NAKED inline void feed_lines(int8_t*, const int8_t*, const int8_t*, const VectorFeed*) noexcept {
  __asm__ volatile(
      "push {r4-r6, lr}\n movs r6, #0\n vidup.u16 q2, r6, #1\n ldr r6, [r3]\n vmul.i16 q2, q2, r6\n"
      "ldrd r4, r5, [r3, #4]\n ldrd r6, r12, [r3, #12]\n vctp.16 r12\n dls lr, r6\n"
      "1: vpstttt\n vldrbt.u16 q0, [r1]\n vldrbt.u16 q1, [r2]\n vslit.16 q0, q1, #8\n vstrht.16 q0, [r0, q2]\n"
      "add r1, r4\n add r2, r5\n adds r0, #4\n le lr, 1b\n"
      "pop {r4-r6, pc}\n" ::
          : "r0", "r1", "r2", "r3", "r12", "lr", "cc", "memory");
}

// clang-format on

}  // namespace helium
}  // namespace v1
}  // namespace rt
}  // namespace mote

#endif
