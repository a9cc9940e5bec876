/// Armv8.1-M with vectors of 16 bytes (Helium): vector panels whose pixels are one run of at most 32 inputs. Both
/// pixels' inputs are loaded once and held in registers for all blocks. What these functions compute stands as portable
/// text in vector_panel.h.
///
/// Functions are naked, that is wholly written here. They keep to the procedure call standard and leave r9 alone.
///
///   r0, r2, r4, r6  the first pixel's sums       r1  weights                 r5  the output's zero point
///   r8, r10, r12, lr  the second's               r3  end of its channels     r7, r11  the panel, output
///   q0, q1  sums, then bytes   q2  weights, then requantization   q3  where bytes go   q4-q7  inputs
#pragma once

#include "mote/rt/arch/helium.h"

#if defined(__ARM_FEATURE_MVE)

namespace mote {
namespace rt {
inline namespace v1 {
namespace helium {

// clang-format off: one line of text for what belongs together

// %c0 steps of 16 inputs and a rest of %c1. Eight inputs fill half a vector: they are loaded into either half, the
// other is 0, so that the weights of two channels share a vector.
#define MOTE_HELIUM_HELD_INPUTS                                                                             \
  ".if %c0 == 0 && %c1 == 8\n movs r4, #8\n vctp.8 r4\n"                                                    \
  "vpstete\n vldrbt.u8 q4, [r0]\n vldrbe.u8 q5, [r0, #-8]\n vldrbt.u8 q6, [r2]\n vldrbe.u8 q7, [r2, #-8]\n" \
  ".else\n .if %c0\n vldrb.8 q4, [r0]\n vldrb.8 q6, [r2]\n .endif\n"                                        \
  ".if %c0 == 2\n vldrb.8 q5, [r0, #16]\n vldrb.8 q7, [r2, #16]\n .endif\n"                                 \
  ".if %c1\n movs r4, #%c1\n vctp.8 r4\n vpstt\n"                                                           \
  ".if %c0\n vldrbt.u8 q5, [r0, #16]\n vldrbt.u8 q7, [r2, #16]\n"                                           \
  ".else\n vldrbt.u8 q4, [r0]\n vldrbt.u8 q6, [r2]\n .endif\n .endif\n .endif\n"
// One channel's weights times the inputs of both pixels, X and Y.
#define MOTE_HELIUM_HELD_STEP(BYTES, MAC, X, Y)           \
  MOTE_HELIUM_HELD_CHANNEL(BYTES, MAC, X, Y, "r0", "r8")  \
  MOTE_HELIUM_HELD_CHANNEL(BYTES, MAC, X, Y, "r2", "r10") \
  MOTE_HELIUM_HELD_CHANNEL(BYTES, MAC, X, Y, "r4", "r12") MOTE_HELIUM_HELD_CHANNEL(BYTES, MAC, X, Y, "r6", "lr")
#define MOTE_HELIUM_HELD_CHANNEL(BYTES, MAC, X, Y, R, S) \
  "vldrb.8 q2, [r1], #" BYTES "\n " MAC ".s8 " R ", " X ", q2\n " MAC ".s8 " S ", " Y ", q2\n"
#define MOTE_HELIUM_HALVED_CHANNELS(R, S, T, U)                                                 \
  "vldrb.8 q2, [r1], #16\n vmladav.s8 " R ", q4, q2\n vmladav.s8 " S ", q6, q2\n vmladav.s8 " T \
  ", q5, q2\n vmladav.s8 " U ", q7, q2\n"

/// Two pixels, four channels at a time: 12 or 24 instructions for 128 or 256 products; 10 for 64 where a pixel has
/// eight inputs.
template <int32_t kSteps, int32_t kTail, bool kTies, bool kPart>
MOTE_RT_NAKED void held_2x4(VectorPanel*) noexcept {
  __asm__ volatile(
      "push {r0, r4-r8, r10, r11, lr}\n vpush {d8-d15}\n mov r7, r0\n" MOTE_HELIUM_PLACES("q3")
      ".if %c3\n sub sp, #16\n vstrw.32 q3, [sp]\n .endif\n"
      "ldrd r5, r3, [r7, #48]\n ldr r11, [r7, #60]\n"
      "1: ldrd r0, r2, [r7]\n" MOTE_HELIUM_HELD_INPUTS
      "ldr r4, [r7, #76]\n add r0, r4\n add r2, r4\n strd r0, r2, [r7]\n ldr r1, [r7, #56]\n"
      "2:\n"
      ".if %c0 == 0 && %c1 == 8\n" MOTE_HELIUM_HALVED_CHANNELS("r0", "r8", "r2", "r10")
      MOTE_HELIUM_HALVED_CHANNELS("r4", "r12", "r6", "lr")
      ".elseif %c0 == 0\n" MOTE_HELIUM_HELD_STEP("%c1", "vmladav", "q4", "q6")
      ".else\n" MOTE_HELIUM_HELD_STEP("16", "vmladav", "q4", "q6") ".endif\n"
      ".if %c0 == 2\n" MOTE_HELIUM_HELD_STEP("16", "vmladava", "q5", "q7")
      ".elseif %c0 == 1 && %c1\n" MOTE_HELIUM_HELD_STEP("%c1", "vmladava", "q5", "q7") ".endif\n"
      MOTE_HELIUM_FIRST_SUMS MOTE_HELIUM_SECOND_SUMS
      MOTE_HELIUM_LOAD("q2") "vadd.i32 q0, q0, q2\n vadd.i32 q1, q1, q2\n"
      MOTE_HELIUM_LOAD("q2") "vqrdmulh.s32 q0, q0, q2\n vqrdmulh.s32 q1, q1, q2\n"
      ".if %c3\n" MOTE_HELIUM_LOAD("q3") MOTE_HELIUM_TIES("q0", "q3") MOTE_HELIUM_TIES("q1", "q3")
      "vrshl.s32 q0, q0, q3\n vrshl.s32 q1, q1, q3\n vldrw.32 q3, [sp]\n"
      ".else\n" MOTE_HELIUM_LOAD("q2") "vrshl.s32 q0, q0, q2\n vrshl.s32 q1, q1, q2\n .endif\n"
      MOTE_HELIUM_HALVES "vqadd.s16 q0, q0, r5\n vqmovnb.s16 q0, q0\n"
      ".if %c2\n sub r4, r3, r11\n lsls r4, r4, #1\n vctp.16 r4\n vpst\n vstrbt.16 q0, [r11, q3]\n"
      ".else\n vstrb.16 q0, [r11, q3]\n .endif\n"
      "add r11, #4\n cmp r11, r3\n blo.w 2b\n"
      "ldr r0, [r7, #80]\n subs r0, #1\n beq 4f\n str r0, [r7, #80]\n"
      "ldrd r0, r2, [r7, #68]\n add r11, r3, r0\n add r3, r11, r2\n b.w 1b\n"
      "4: .if %c3\n add sp, #16\n .endif\n vpop {d8-d15}\n pop {r0, r4-r8, r10, r11, pc}\n"
      :
      : "i"(kSteps), "i"(kTail), "i"(kPart), "i"(kTies)
      : "r0", "r1", "r2", "r3", "r12", "lr", "cc", "memory");
}

#undef MOTE_HELIUM_HALVED_CHANNELS
#undef MOTE_HELIUM_HELD_STEP
#undef MOTE_HELIUM_HELD_CHANNEL
#undef MOTE_HELIUM_HELD_INPUTS

// clang-format on

/// The panel of two pixels: held if their inputs are few.
template <int32_t kRuns, int32_t kSteps, int32_t kTail, bool kTies, bool kPart>
struct TwoPixels {
  static constexpr void (*kPanel)(VectorPanel*) = panel_2x4<kRuns, kSteps, kTail, kTies, kPart>;
};
template <int32_t kTail, bool kTies, bool kPart>
struct TwoPixels<1, 0, kTail, kTies, kPart> {
  static constexpr void (*kPanel)(VectorPanel*) = held_2x4<0, kTail, kTies, kPart>;
};
template <int32_t kTail, bool kTies, bool kPart>
struct TwoPixels<1, 1, kTail, kTies, kPart> {
  static constexpr void (*kPanel)(VectorPanel*) = held_2x4<1, kTail, kTies, kPart>;
};
template <bool kTies, bool kPart>
struct TwoPixels<1, 2, 0, kTies, kPart> {
  static constexpr void (*kPanel)(VectorPanel*) = held_2x4<2, 0, kTies, kPart>;
};

}  // namespace helium
}  // namespace v1
}  // namespace rt
}  // namespace mote

#endif
