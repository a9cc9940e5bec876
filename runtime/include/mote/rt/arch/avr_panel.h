/// What AVR does of a byte panel: see mote/rt/byte_panel.h, which says what this computes and holds the portable text
/// of the same. 34 cycles for 4 products, 20 for the 2 of a single pixel; depthwise 44 and 25, with a multiplier of 2
/// 40 and 23.
#pragma once

#include <stdint.h>

#if defined(__AVR__)

namespace mote {
namespace rt {
inline namespace v1 {

struct BytePanel;

namespace avr {

// clang-format off: one line of text for what belongs together

// The product of an input and the weight in r18, added to 24 bits. The carry of MULS is the product's sign.
#define MOTE_RT_AVR_ADD(INPUT, A, B, C) \
  "muls r18, " INPUT "\n sbc r19, r19\n add " A ", r0\n adc " B ", r1\n adc " C ", r19\n"

// The weights of two channels by an input of two pixels, or of one.
#define MOTE_RT_AVR_2X2                                                                                   \
  "ld r16, X+\n ld r17, Y+\n"                                                                             \
  "lpm r18, Z+\n" MOTE_RT_AVR_ADD("r16", "r2", "r3", "r25")                                               \
      MOTE_RT_AVR_ADD("r17", "r4", "r5", "r11") "lpm r18, Z+\n" MOTE_RT_AVR_ADD("r16", "r6", "r7", "r12") \
          MOTE_RT_AVR_ADD("r17", "r8", "r9", "r13")
#define MOTE_RT_AVR_1X2 \
  "ld r16, X+\n"        \
  "lpm r18, Z+\n" MOTE_RT_AVR_ADD("r16", "r2", "r3", "r25") "lpm r18, Z+\n" MOTE_RT_AVR_ADD("r16", "r6", "r7", "r12")

// The same where two channels have inputs of their own, side by side, or (multiplier 2) one of both; r10 is the way
// from there to the next tap.
#define MOTE_RT_AVR_NEXT_TAP(LOW, HIGH) "add " LOW ", r10\n brcc .+2\n inc " HIGH "\n"
#define MOTE_RT_AVR_DEPTHWISE_2X2                                                                                   \
  "ld r16, X+\n ld r17, Y+\n"                                                                                       \
  "lpm r18, Z+\n" MOTE_RT_AVR_ADD("r16", "r2", "r3", "r25") MOTE_RT_AVR_ADD(                                        \
      "r17", "r4", "r5", "r11") ".if %0 == 1\n ld r16, X\n ld r17, Y\n .endif\n" MOTE_RT_AVR_NEXT_TAP("r26", "r27") \
      MOTE_RT_AVR_NEXT_TAP("r28", "r29") "lpm r18, Z+\n" MOTE_RT_AVR_ADD("r16", "r6", "r7", "r12")                  \
          MOTE_RT_AVR_ADD("r17", "r8", "r9", "r13")
#define MOTE_RT_AVR_DEPTHWISE_1X2                                                                                      \
  "ld r16, X+\n"                                                                                                       \
  "lpm r18, Z+\n" MOTE_RT_AVR_ADD("r16", "r2", "r3", "r25") ".if %0 == 1\n ld r16, X\n .endif\n" MOTE_RT_AVR_NEXT_TAP( \
      "r26", "r27") "lpm r18, Z+\n" MOTE_RT_AVR_ADD("r16", "r6", "r7", "r12")

// All runs, in rounds of two inputs, and T says whether one stands alone; or of one tap. NEXT moves to the next run.
#define MOTE_RT_AVR_RUNS(PRODUCTS, DEPTHWISE, NEXT)   \
  "1: mov r24, r21\n tst r24\n breq 3f\n"             \
  "2: .if %0\n" DEPTHWISE ".else\n" PRODUCTS PRODUCTS \
  ".endif\n dec r24\n brne 2b\n"                      \
  "3: .if %0 == 0\n brtc 4f\n" PRODUCTS               \
  ".endif\n"                                          \
  "4: " NEXT "dec r20\n breq 5f\n rjmp 1b\n 5:\n"

// Requantizes the place in r24, r25, r20: 10 returns the output in r28. r16-r19 multiplier, r29 flags, Z the addend,
// where it stays, r10 0. Bytes 1 to 6 of the sum are r2, r3, r14, r15, r28, r21; its byte 0 decides nothing.
#define MOTE_RT_AVR_REQUANTIZE                                                             \
  "9: ldi r28, 127\n ret\n"                                                                \
  "10: sbrc r29, 0\n rjmp 11f\n tst r20\n brne 9b\n"                                       \
  "11: mul r24, r17\n movw r2, r0\n mul r24, r19\n movw r14, r0\n"                         \
  "mul r24, r16\n add r2, r1\n adc r3, r10\n adc r14, r10\n adc r15, r10\n"                \
  "mul r24, r18\n add r3, r0\n adc r14, r1\n adc r15, r10\n"                               \
  "mul r25, r19\n mov r28, r1\n add r15, r0\n adc r28, r10\n"                              \
  "mul r25, r16\n add r2, r0\n adc r3, r1\n adc r14, r10\n adc r15, r10\n adc r28, r10\n"  \
  "mul r25, r17\n add r3, r0\n adc r14, r1\n adc r15, r10\n adc r28, r10\n"                \
  "mul r25, r18\n add r14, r0\n adc r15, r1\n adc r28, r10\n"                              \
  "clr r21\n" MOTE_RT_AVR_ADDEND                                                           \
  "sbrc r29, 1\n rcall 14f\n sbiw r30, 4\n"                                                \
  "sbrs r29, 0\n rjmp 13f\n"                                                               \
  "tst r20\n breq 12f\n"                                                                   \
  "mul r20, r16\n add r3, r0\n adc r14, r1\n adc r15, r10\n adc r28, r10\n adc r21, r10\n" \
  "mul r20, r17\n add r14, r0\n adc r15, r1\n adc r28, r10\n adc r21, r10\n"               \
  "mul r20, r18\n add r15, r0\n adc r28, r1\n adc r21, r10\n"                              \
  "mul r20, r19\n add r28, r0\n adc r21, r1\n"                                             \
  "12: mov r24, r21\n rjmp 19f\n"                                                          \
  "13: mov r24, r28\n mov r28, r15\n"                                                      \
  "19: cpi r28, 255\n cpc r24, r10\n brcs 20f\n ldi r28, 254\n 20: subi r28, 127\n ret\n"  \
  "14: lpm r0, Z+\n cp r24, r0\n lpm r0, Z+\n cpc r25, r0\n lpm r0, Z+\n cpc r20, r0\n"    \
  "brcs 15f\n" MOTE_RT_AVR_ADDEND "rjmp 16f\n 15: adiw r30, 4\n 16: sbiw r30, 7\n ret\n"
#define MOTE_RT_AVR_ADDEND                                                                                    \
  "lpm r0, Z+\n add r2, r0\n lpm r0, Z+\n adc r3, r0\n lpm r0, Z+\n adc r14, r0\n lpm r0, Z+\n adc r15, r0\n" \
  "adc r28, r10\n adc r21, r10\n"

// One channel's output TO from its place, -128 if that is negative.
#define MOTE_RT_AVR_OUTPUT(A, C, TO) \
  "mov r20, " C "\n movw r24, " A "\n ldi r28, 128\n sbrs r20, 7\n rcall 10b\n mov " TO ", r28\n"
#define MOTE_RT_AVR_CHANNEL(A, C, TO, A2, C2, TO2)                                            \
  "lpm r29, Z+\n lpm r16, Z+\n lpm r17, Z+\n lpm r18, Z+\n lpm r19, Z+\n" MOTE_RT_AVR_OUTPUT( \
      A, C, TO) "brtc 5f\n" MOTE_RT_AVR_OUTPUT(A2, C2, TO2) "5: adiw r30, 4\n sbrc r29, 1\n adiw r30, 7\n"

/// kMultiplier: see mote/rt/byte_panel.h. r22, r23 the panel, which Y is between its uses as the second pixel's inputs;
/// r10 0 outside runs. Sums r2, r3, r25 and r6, r7, r12 of the first pixel, r4, r5, r11 and r8, r9, r13 of the second.
template <int kMultiplier>
__attribute__((naked, noinline)) void byte_panel(BytePanel*) noexcept {
  __asm__ volatile(
      "push r2\n push r3\n push r4\n push r5\n push r6\n push r7\n push r8\n push r9\n push r10\n push r11\n push r12\n"
      "push r13\n push r14\n push r15\n push r16\n push r17\n push r28\n push r29\n"
      "movw r22, r24\n clr r10\n rjmp 30f\n"
      MOTE_RT_AVR_REQUANTIZE
      // The next pixels: all channels, the whole stream.
      "30: movw r28, r22\n ldd r24, Y+15\n std Y+16, r24\n ldd r30, Y+4\n ldd r31, Y+5\n"
      // The next channels. Carry: one pixel is left.
      "31: movw r28, r22\n ldd r26, Y+0\n ldd r27, Y+1\n"
      ".if %0\n ldd r20, Y+15\n ldd r21, Y+16\n sub r20, r21\n .if %0 == 2\n lsr r20\n .endif\n"
      "add r26, r20\n adc r27, r10\n .endif\n"
      "ldd r14, Y+8\n ldd r15, Y+9\n ldd r20, Y+12\n ldd r21, Y+13\n ldd r24, Y+14\n bst r24, 0\n"
      ".if %0\n ldd r10, Y+15\n .if %0 == 2\n lsr r10\n .endif\n dec r10\n .endif\n"
      "ldd r24, Y+10\n ldd r25, Y+11\n sbiw r24, 2\n"
      "lpm r2, Z+\n lpm r3, Z+\n lpm r25, Z+\n movw r4, r2\n mov r11, r25\n"
      "lpm r6, Z+\n lpm r7, Z+\n lpm r12, Z+\n movw r8, r6\n mov r13, r12\n"
      "brcc 32f\n rjmp 33f\n"
      "32: ldd r16, Y+6\n ldd r17, Y+7\n movw r28, r26\n add r28, r16\n adc r29, r17\n"
      MOTE_RT_AVR_RUNS(MOTE_RT_AVR_2X2, MOTE_RT_AVR_DEPTHWISE_2X2,
                       "add r26, r14\n adc r27, r15\n add r28, r14\n adc r29, r15\n")
      "set\n rjmp 34f\n"
      "33:\n"
      MOTE_RT_AVR_RUNS(MOTE_RT_AVR_1X2, MOTE_RT_AVR_DEPTHWISE_1X2, "add r26, r14\n adc r27, r15\n")
      "clt\n"
      "34: .if %0\n clr r10\n .endif\n"
      MOTE_RT_AVR_CHANNEL("r2", "r25", "r26", "r4", "r11", "r27")
      MOTE_RT_AVR_CHANNEL("r6", "r12", "r4", "r8", "r13", "r5")
      // Where the outputs go: channels - left behind the pixel's first.
      "movw r28, r22\n ldd r24, Y+2\n ldd r25, Y+3\n ldd r20, Y+15\n ldd r21, Y+16\n"
      "add r24, r20\n adc r25, r10\n sub r24, r21\n sbc r25, r10\n"
      "subi r21, 2\n std Y+16, r21\n movw r28, r24\n brcs 36f\n"
      "st Y, r26\n std Y+1, r4\n brtc 37f\n add r28, r20\n adc r29, r10\n st Y, r27\n std Y+1, r5\n rjmp 37f\n"
      "36: st Y, r26\n brtc 37f\n add r28, r20\n adc r29, r10\n st Y, r27\n"
      "37: inc r21\n cpi r21, 2\n brcs 38f\n rjmp 31b\n"
      // One or two pixels on.
      "38: movw r28, r22\n ldd r24, Y+0\n ldd r25, Y+1\n ldd r26, Y+2\n ldd r27, Y+3\n ldd r30, Y+10\n ldd r31, Y+11\n"
      "ldd r14, Y+6\n ldd r15, Y+7\n brtc 39f\n"
      "add r24, r14\n adc r25, r15\n add r26, r20\n adc r27, r10\n sbiw r30, 1\n"
      "39: add r24, r14\n adc r25, r15\n add r26, r20\n adc r27, r10\n sbiw r30, 1\n"
      "std Y+0, r24\n std Y+1, r25\n std Y+2, r26\n std Y+3, r27\n std Y+10, r30\n std Y+11, r31\n"
      "breq 40f\n rjmp 30b\n"
      "40: clr r1\n"
      "pop r29\n pop r28\n pop r17\n pop r16\n pop r15\n pop r14\n pop r13\n pop r12\n pop r11\n pop r10\n pop r9\n"
      "pop r8\n pop r7\n pop r6\n pop r5\n pop r4\n pop r3\n pop r2\n ret\n" ::"i"(kMultiplier));
}
#undef MOTE_RT_AVR_ADD
#undef MOTE_RT_AVR_2X2
#undef MOTE_RT_AVR_1X2
#undef MOTE_RT_AVR_NEXT_TAP
#undef MOTE_RT_AVR_DEPTHWISE_2X2
#undef MOTE_RT_AVR_DEPTHWISE_1X2
#undef MOTE_RT_AVR_RUNS
#undef MOTE_RT_AVR_ADDEND
#undef MOTE_RT_AVR_REQUANTIZE
#undef MOTE_RT_AVR_OUTPUT
#undef MOTE_RT_AVR_CHANNEL

// clang-format on

}  // namespace avr
}  // namespace v1
}  // namespace rt
}  // namespace mote

#endif  // __AVR__
