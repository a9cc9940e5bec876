/// What Armv8.1-M with its vectors of 16 bytes (Helium; Cortex-M55) does of a vector panel: see mote/rt/vector_panel.h,
/// which says what these functions compute and holds the portable text of the same.
///
/// Functions are naked, that is wholly written here, so that no compiler has to find registers for them. They keep to
/// the procedure call standard and leave r9 alone, which some systems own. A sum over 16 products lands in an even
/// register, so the even ones are accumulators and the odd ones point:
///
///   r0, r2, r4, r6, r8, r10, r12, lr  accumulators       r1  weights        r3, r5  inputs of two pixels
///   q0, q1  inputs, then accumulators                    r7  the panel      r11     output
///   q2, q3  weights, then requantization                 q4  where a block's bytes go
#pragma once

#include <stdint.h>

#include "mote/rt/arch/naked.h"

#if defined(__ARM_FEATURE_MVE)

// clang-format off: one line of text for what belongs together

// One channel's weights times an input of 16: the first of a block begins the sum.
#define MOTE_HELIUM_MAC(R, X) \
  ".if mote_first\n vmladav.s8 " R ", " X ", q2\n .else\n vmladava.s8 " R ", " X ", q2\n .endif\n"
#define MOTE_HELIUM_CHANNEL_2(LOAD, R, S) LOAD MOTE_HELIUM_MAC(R, "q0") MOTE_HELIUM_MAC(S, "q1")
#define MOTE_HELIUM_CHANNEL_1(LOAD, R) LOAD MOTE_HELIUM_MAC(R, "q0")
#define MOTE_HELIUM_CHANNELS_2X4(LOAD)     \
  MOTE_HELIUM_CHANNEL_2(LOAD, "r0", "r8")  \
  MOTE_HELIUM_CHANNEL_2(LOAD, "r2", "r10") \
  MOTE_HELIUM_CHANNEL_2(LOAD, "r4", "r12") MOTE_HELIUM_CHANNEL_2(LOAD, "r6", "lr") ".set mote_first, 0\n"
#define MOTE_HELIUM_CHANNELS_1X8(LOAD) \
  MOTE_HELIUM_CHANNEL_1(LOAD, "r0")    \
  MOTE_HELIUM_CHANNEL_1(LOAD, "r2")    \
  MOTE_HELIUM_CHANNEL_1(LOAD, "r4")    \
  MOTE_HELIUM_CHANNEL_1(LOAD, "r6")    \
  MOTE_HELIUM_CHANNEL_1(LOAD, "r8")    \
  MOTE_HELIUM_CHANNEL_1(LOAD, "r10")   \
  MOTE_HELIUM_CHANNEL_1(LOAD, "r12") MOTE_HELIUM_CHANNEL_1(LOAD, "lr") ".set mote_first, 0\n"
#define MOTE_HELIUM_CHANNELS_1X4(LOAD) \
  MOTE_HELIUM_CHANNEL_1(LOAD, "r0")    \
  MOTE_HELIUM_CHANNEL_1(LOAD, "r2")    \
  MOTE_HELIUM_CHANNEL_1(LOAD, "r4") MOTE_HELIUM_CHANNEL_1(LOAD, "r6") ".set mote_first, 0\n"

#define MOTE_HELIUM_STEP_2X4 \
  "vldrb.8 q0, [r3], #16\n vldrb.8 q1, [r5], #16\n" MOTE_HELIUM_CHANNELS_2X4("vldrb.8 q2, [r1], #16\n")
#define MOTE_HELIUM_STEP_1X8 "vldrb.8 q0, [r3], #16\n" MOTE_HELIUM_CHANNELS_1X8("vldrb.8 q2, [r1], #16\n")
#define MOTE_HELIUM_STEP_1X4 "vldrb.8 q0, [r3], #16\n" MOTE_HELIUM_CHANNELS_1X4("vldrb.8 q2, [r1], #16\n")
// Inputs behind the end of a run are not read and count as 0, whatever the weights that are loaded beside them.
#define MOTE_HELIUM_TAIL_2X4(LOAD) "vpstt\n vldrbt.u8 q0, [r3]\n vldrbt.u8 q1, [r5]\n" MOTE_HELIUM_CHANNELS_2X4(LOAD)
#define MOTE_HELIUM_TAIL_1X8(LOAD) "vpst\n vldrbt.u8 q0, [r3]\n" MOTE_HELIUM_CHANNELS_1X8(LOAD)
#define MOTE_HELIUM_TAIL_1X4(LOAD) "vpst\n vldrbt.u8 q0, [r3]\n" MOTE_HELIUM_CHANNELS_1X4(LOAD)

// Entry and exit: the panel in r0. On the stack: for loops rounds and tail; q4, the panel.
#define MOTE_HELIUM_ENTER                                                                                             \
  "push {r0, r4-r8, r10, r11, lr}\n vpush {d8, d9}\n mov r7, r0\n .if %c0 == 0\n ldrd r1, r2, [r7, #84]\n push {r1, " \
  "r2}\n .endif\n"
#define MOTE_HELIUM_LEAVE ".if %c0 == 0\n add sp, #8\n .endif\n vpop {d8, d9}\n pop {r0, r4-r8, r10, r11, pc}\n"
#define MOTE_HELIUM_START ".if %c2 > 0\n movs r4, #%c2\n vctp.8 r4\n .endif\n ldr r11, [r7, #60]\n"
#define MOTE_HELIUM_PIXELS "1: ldr r1, [r7, #56]\n .if %c0 == 0\n str r11, [r7, #60]\n .endif\n 2:\n"

// All of a block's products: %c0 runs, each %c1 steps of 16 and a rest of %c2; or, where %c0 is 0, as many runs as
// there are, of so many rounds of %c1 steps and a rest as the panel says.
#define MOTE_HELIUM_PRODUCTS(STEP, TAIL) \
  ".if %c0\n .set mote_first, 1\n .set mote_run, 0\n"                                                                \
  ".rept %c0\n ldrd r3, r5, [r7, #8 * mote_run]\n .set mote_run, mote_run + 1\n"                                     \
  ".rept %c1\n" STEP ".endr\n .if %c2 > 0\n" TAIL("vldrb.8 q2, [r1], #%c2\n") ".endif\n .endr\n"                          \
  ".else\n .set mote_first, 0\n movs r0, #0\n movs r2, #0\n movs r4, #0\n movs r6, #0\n"                             \
  "mov r8, r0\n mov r10, r0\n mov r12, r0\n mov lr, r0\n ldrd r3, r5, [r7], #8\n"                                    \
  "5: ldr r11, [sp]\n .if %c2 < 0\n cmp r11, #0\n beq 7f\n .endif\n"                                                                        \
  "6: .rept %c1\n" STEP ".endr\n subs r11, #1\n bne 6b\n"                                                            \
  "7:\n .if %c2 < 0\n ldr r11, [sp, #4]\n cmp r11, #0\n beq 8f\n vctp.8 r11\n"                                         \
  TAIL("vldrb.8 q2, [r1]\n add r1, r11\n")                                                                         \
  ".endif\n .if %c2 > 0\n" TAIL("vldrb.8 q2, [r1], #%c2\n") ".endif\n"                                             \
  "8: ldrd r3, r5, [r7], #8\n cmp r3, #0\n bne 5b\n ldr r7, [sp, #24]\n ldr r11, [r7, #60]\n .endif\n"

// Accumulators into q0 and q1, which B0 and B1 help to requantize as rule Q4 has it; ties below zero only where %c3.
#define MOTE_HELIUM_FIRST_SUMS "vmov q0[2], q0[0], r0, r4\n vmov q0[3], q0[1], r2, r6\n"
#define MOTE_HELIUM_SECOND_SUMS "vmov q1[2], q1[0], r8, r12\n vmov q1[3], q1[1], r10, lr\n"
#define MOTE_HELIUM_LOAD(Q) "vldrw.32 " Q ", [r1], #16\n"
#define MOTE_HELIUM_TIES(Q, SHIFT) \
  ".if %c3\n vand q2, " Q ", " SHIFT "\n vshr.s32 q2, q2, #31\n vqadd.s32 " Q ", " Q ", q2\n .endif\n"
// Where the bytes of two pixels go, which interleave.
#define MOTE_HELIUM_PLACES(Q)                                                              \
  "movs r0, #0\n vidup.u32 " Q ", r0, #1\n movw r2, #1\n movt r2, #1\n vmul.i32 " Q ", " Q \
  ", r2\n"                                                                                 \
  "ldr r0, [r7, #64]\n lsl r0, r0, #16\n vadd.i32 " Q ", " Q ", r0\n"
// Halfwords of both, interleaved; moved to the zero point: the bytes lie in the even places. r2: the end of the
// outputs.
#define MOTE_HELIUM_HALVES "vqmovnb.s32 q0, q0\n vqmovnt.s32 q0, q1\n"
#define MOTE_HELIUM_BYTES "ldrd r0, r2, [r7, #48]\n vqadd.s16 q0, q0, r0\n vqmovnb.s16 q0, q0\n"
// Bytes of a last block that the output has no room for stay away: %c4. DOUBLE: a channel has two places.
#define MOTE_HELIUM_STORE(PLACE, CHANNELS, DOUBLE)                                \
  ".if %c4\n sub r4, r2, r11\n" DOUBLE "vctp." PLACE " r4\n vpst\n vstrbt." PLACE \
  " q0, [r11, q4]\n"                                                              \
  ".if %c2 > 0\n movs r4, #%c2\n vctp.8 r4\n .endif\n"                            \
  ".else\n vstrb." PLACE                                                          \
  " q0, [r11, q4]\n .endif\n"                                                     \
  "add r11, #" CHANNELS "\n .if %c0 == 0\n str r11, [r7, #60]\n .endif\n cmp r11, r2\n blo.w 2b\n"
// The next pixels, if there are any: their runs and their outputs.
#define MOTE_HELIUM_NEXT                                                                                    \
  "ldrd r0, r2, [r7, #76]\n subs r2, #1\n beq 4f\n str r2, [r7, #80]\n"                                     \
  ".if %c0\n .set mote_run, 0\n .rept %c0\n ldrd r4, r6, [r7, #8 * mote_run]\n add r4, r0\n add r6, r0\n"   \
  "strd r4, r6, [r7, #8 * mote_run]\n .set mote_run, mote_run + 1\n .endr\n"                                \
  ".else\n mov r8, r7\n ldrd r4, r6, [r8]\n"                                                                \
  "3: add r4, r0\n add r6, r0\n strd r4, r6, [r8], #8\n ldrd r4, r6, [r8]\n cmp r4, #0\n bne 3b\n .endif\n" \
  "ldrd r0, r2, [r7, #68]\n ldr r4, [r7, #52]\n add r11, r4, r0\n add r2, r11\n str r2, [r7, #52]\n b.w 1b\n 4:\n"

namespace mote {
namespace rt {
inline namespace v1 {

struct VectorPanel;
struct StripRow;

namespace helium {

#define MOTE_HELIUM_VECTOR_OPERANDS                             \
  :                                                                                  \
  : "i"(kRuns), "i"(kSteps), "i"(kTail), "i"(kTies), "i"(kPart)                      \
  : "r0", "r1", "r2", "r3", "r12", "lr", "cc", "memory"

/// Two pixels, four channels at a time: 14 instructions for 128 products.
template <int32_t kRuns, int32_t kSteps, int32_t kTail, bool kTies, bool kPart>
MOTE_RT_NAKED void panel_2x4(VectorPanel*) noexcept {
  __asm__ volatile(
      MOTE_HELIUM_ENTER MOTE_HELIUM_START MOTE_HELIUM_PLACES("q4") MOTE_HELIUM_PIXELS MOTE_HELIUM_PRODUCTS(
          MOTE_HELIUM_STEP_2X4, MOTE_HELIUM_TAIL_2X4) MOTE_HELIUM_FIRST_SUMS MOTE_HELIUM_SECOND_SUMS
          MOTE_HELIUM_LOAD("q2") "vadd.i32 q0, q0, q2\n vadd.i32 q1, q1, q2\n" MOTE_HELIUM_LOAD(
              "q3") "vqrdmulh.s32 q0, q0, q3\n vqrdmulh.s32 q1, q1, q3\n" MOTE_HELIUM_LOAD("q3")
              MOTE_HELIUM_TIES("q0", "q3") MOTE_HELIUM_TIES(
                  "q1", "q3") "vrshl.s32 q0, q0, q3\n vrshl.s32 q1, q1, q3\n" MOTE_HELIUM_HALVES MOTE_HELIUM_BYTES
                  MOTE_HELIUM_STORE("16", "4", "lsls r4, r4, #1\n")
                      MOTE_HELIUM_NEXT MOTE_HELIUM_LEAVE MOTE_HELIUM_VECTOR_OPERANDS);
}

/// One pixel, four channels at a time: 9 instructions for 64 products.
template <int32_t kRuns, int32_t kSteps, int32_t kTail, bool kTies, bool kPart>
MOTE_RT_NAKED void panel_1x4(VectorPanel*) noexcept {
  __asm__ volatile(
      MOTE_HELIUM_ENTER MOTE_HELIUM_START
      "movs r0, #0\n vidup.u32 q4, r0, #1\n"
      MOTE_HELIUM_PIXELS MOTE_HELIUM_PRODUCTS(MOTE_HELIUM_STEP_1X4, MOTE_HELIUM_TAIL_1X4)
      MOTE_HELIUM_FIRST_SUMS
      MOTE_HELIUM_LOAD("q2") "vadd.i32 q0, q0, q2\n"
      MOTE_HELIUM_LOAD("q2") "vqrdmulh.s32 q0, q0, q2\n"
      MOTE_HELIUM_LOAD("q3") MOTE_HELIUM_TIES("q0", "q3") "vrshl.s32 q0, q0, q3\n"
      "vqmovnb.s32 q0, q0\n" MOTE_HELIUM_BYTES MOTE_HELIUM_STORE("32", "4", "") MOTE_HELIUM_NEXT
      MOTE_HELIUM_LEAVE MOTE_HELIUM_VECTOR_OPERANDS);
}

/// One pixel, eight channels at a time: 17 instructions for 128 products. The sums of channels 0, 2, 4, 6 come before
/// those of 1, 3, 5, 7, so that their bytes interleave.
template <int32_t kRuns, int32_t kSteps, int32_t kTail, bool kTies, bool kPart>
MOTE_RT_NAKED void panel_1x8(VectorPanel*) noexcept {
  __asm__ volatile(
      MOTE_HELIUM_ENTER MOTE_HELIUM_START "movs r0, #0\n vidup.u16 q4, r0, #1\n" MOTE_HELIUM_PIXELS MOTE_HELIUM_PRODUCTS(
          MOTE_HELIUM_STEP_1X8, MOTE_HELIUM_TAIL_1X8) MOTE_HELIUM_FIRST_SUMS MOTE_HELIUM_SECOND_SUMS
          MOTE_HELIUM_LOAD("q2") "vadd.i32 q0, q0, q2\n" MOTE_HELIUM_LOAD("q2") "vadd.i32 q1, q1, q2\n" MOTE_HELIUM_LOAD(
              "q2") "vqrdmulh.s32 q0, q0, q2\n" MOTE_HELIUM_LOAD("q2") "vqrdmulh.s32 q1, q1, q2\n" MOTE_HELIUM_LOAD("q3")
              MOTE_HELIUM_TIES("q0", "q3") "vrshl.s32 q0, q0, q3\n" MOTE_HELIUM_LOAD("q3") MOTE_HELIUM_TIES(
                  "q1", "q3") "vrshl.s32 q1, q1, q3\n" MOTE_HELIUM_HALVES MOTE_HELIUM_BYTES MOTE_HELIUM_STORE("16", "8", "")
                  MOTE_HELIUM_NEXT MOTE_HELIUM_LEAVE MOTE_HELIUM_VECTOR_OPERANDS);
}

/// r0 to, r1 from, r2 bytes; returns the end. 16 bytes a round of the loop.
MOTE_RT_NAKED inline int8_t* copy_bytes(int8_t*, const int8_t*, int32_t) noexcept {
  __asm__ volatile(
      "push {lr}\n add r12, r0, r2\n wlstp.8 lr, r2, 2f\n"
      "1: vldrb.8 q0, [r1], #16\n vstrb.8 q0, [r0], #16\n letp lr, 1b\n"
      "2: mov r0, r12\n pop {pc}\n" ::
          : "r0", "r1", "r2", "r3", "r12", "lr", "cc", "memory");
}

/// r0 to, r1 from, r2 bytes of a run, r3 runs; on the stack bytes from one to the next, there and here.
MOTE_RT_NAKED inline void copy_runs(int8_t*, const int8_t*, int32_t, int32_t, int32_t, int32_t) noexcept {
  __asm__ volatile(
      "push {r4-r6, lr}\n ldrd r4, r5, [sp, #16]\n cmp r2, #16\n bhi 1f\n vctp.8 r2\n dls lr, r3\n"
      "4: vpstt\n vldrbt.u8 q0, [r1]\n vstrbt.8 q0, [r0]\n add r1, r5\n add r0, r4\n le lr, 4b\n pop {r4-r6, pc}\n"
      "1: mov r12, r0\n mov r6, r1\n wlstp.8 lr, r2, 3f\n"
      "2: vldrb.8 q0, [r6], #16\n vstrb.8 q0, [r12], #16\n letp lr, 2b\n"
      "3: add r0, r4\n add r1, r5\n subs r3, #1\n bne 1b\n"
      "pop {r4-r6, pc}\n" ::
          : "r0", "r1", "r2", "r3", "r12", "lr", "cc", "memory");
}

/// r0 bytes, r1 how many, r2 low, r3 high.
MOTE_RT_NAKED inline void clamp_bytes(int8_t*, int32_t, int32_t, int32_t) noexcept {
  __asm__ volatile(
      "push {lr}\n vdup.8 q1, r2\n vdup.8 q2, r3\n wlstp.8 lr, r1, 2f\n"
      "1: vldrb.8 q0, [r0]\n vmax.s8 q0, q0, q1\n vmin.s8 q0, q0, q2\n vstrb.8 q0, [r0], #16\n letp lr, 1b\n"
      "2: pop {pc}\n" ::
          : "r0", "r1", "r2", "r3", "r12", "lr", "cc", "memory");
}

/// r0 strip, r1 row, r2 from there to the next columns, r3 the rest: inputs go to their places, columns apart.
MOTE_RT_NAKED inline void spread_row(int8_t*, const int8_t*, int32_t, const StripRow*) noexcept {
  __asm__ volatile(
      "push {r4, lr}\n vldrb.8 q1, [r3]\n ldrd r4, r12, [r3, #16]\n ldr r3, [r3, #24]\n wls lr, r4, 2f\n"
      "1: vldrb.8 q0, [r1]\n vstrb.8 q0, [r0, q1]\n add r1, r2\n add r0, r12\n le lr, 1b\n"
      "2: vctp.8 r3\n vpstt\n vldrbt.u8 q0, [r1]\n vstrbt.8 q0, [r0, q1]\n"
      "pop {r4, pc}\n" ::
          : "r0", "r1", "r2", "r3", "r12", "lr", "cc", "memory");
}

/// r0 to, r1 value, r2 bytes; returns the end.
MOTE_RT_NAKED inline int8_t* fill_bytes(int8_t*, int32_t, int32_t) noexcept {
  __asm__ volatile(
      "push {lr}\n add r12, r0, r2\n vdup.8 q0, r1\n wlstp.8 lr, r2, 2f\n"
      "1: vstrb.8 q0, [r0], #16\n letp lr, 1b\n"
      "2: mov r0, r12\n pop {pc}\n" ::
          : "r0", "r1", "r2", "r3", "r12", "lr", "cc", "memory");
}

// clang-format on

}  // namespace helium
}  // namespace v1
}  // namespace rt
}  // namespace mote

#endif
