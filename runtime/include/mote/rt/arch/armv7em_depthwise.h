/// Armv7E-M with the DSP extension: the inner loops of depthwise3x3.h, two products an instruction and three
/// instructions from a sum to its byte. What they compute stands there as portable text.
///
/// Functions are naked, that is wholly written here, so that no compiler has to find registers for them. They keep to
/// the procedure call standard and leave r9 alone, which some systems own.
///
///   r2-r7  weights: (w0, w1), (w1, w2) a slot    r10, r11  sums of two outputs    r12, lr  inputs, output go on
///   r0, r1 pairs of inputs                       r8        output step
#pragma once

#include "mote/rt/config.h"

#if defined(__ARM_FEATURE_DSP) && defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M'

#if defined(__clang__)
#define MOTE_RT_NAKED __attribute__((naked, noinline))
#else
#define MOTE_RT_NAKED __attribute__((naked, noinline, noipa))
#endif

namespace mote {
namespace rt {
inline namespace v1 {
namespace armv7em {

/// A line of outputs of several channels. Assembly reads it by place, and moves the pointers from channel to channel.
struct DepthwiseLine {
  const uint32_t* words;   ///< 0: [3 * n + slot] are inputs 2n and 2n + 1 of the line in that slot
  int32_t plane_bytes;     ///< 4: from a channel's words to the next one's
  const int16_t* weights;  ///< 8: 12 a channel
  const int32_t* finish;   ///< 12: bias, multiplier, addend of each channel
  int8_t* output;          ///< 16
  int32_t step;            ///< 20: from an output to the next one of the channel
  int32_t channels;        ///< 24
  int32_t pairs_bytes;     ///< 28: bytes of words that all pairs of outputs go through
  int32_t odd_pairs;       ///< 32: whether their number is odd
  int32_t slots[3];        ///< 36: bytes from a channel's weights to those of the line in each slot
  int32_t odd;             ///< 48: whether an output comes after the pairs
};

// clang-format off: one line of text for what belongs together

// On the stack: multiplier, addend, bias, where words end, the line.
#define MOTE_RT_BEGIN                                                                                        \
  "push {r4-r8, r10, r11, lr}\n sub sp, #24\n str r0, [sp, #16]\n"                                           \
  "1: ldr r12, [r0, #12]\n ldm r12!, {r4-r6}\n str r12, [r0, #12]\n strd r5, r6, [sp]\n str r4, [sp, #8]\n"  \
  "ldr r10, [r0, #8]\n add r11, r10, #24\n str r11, [r0, #8]\n ldrd r4, r5, [r0, #36]\n ldr r6, [r0, #44]\n" \
  "add r4, r10\n add r5, r10\n add r6, r10\n ldrd r2, r3, [r4]\n ldrd r4, r5, [r5]\n ldrd r6, r7, [r6]\n"    \
  "ldr r12, [r0]\n ldrd r8, r1, [r0, #28]\n add r8, r12\n str r8, [sp, #12]\n ldr r10, [r0, #4]\n"           \
  "add r10, r12\n str r10, [r0]\n ldrd lr, r10, [r0, #16]\n add r11, lr, #1\n str r11, [r0, #16]\n"          \
  "cmp r8, r12\n mov r8, r10\n beq 3f\n"
#define MOTE_RT_BYTES                                                                               \
  "ldrd r0, r1, [sp]\n smmla r10, r10, r0, r1\n smmla r11, r11, r0, r1\n"                           \
  "ssat r10, #8, r10, asr %c0\n ssat r11, #8, r11, asr %c0\n strb r10, [lr]\n strb r11, [lr, r8]\n" \
  "add lr, lr, r8, lsl #1\n"
// Two pairs a round; a line with an odd number of them begins with the second.
#define MOTE_RT_PAIRS(PAIR)                         \
  "ldr r1, [r0, #32]\n lsls r1, r1, #31\n bmi 5f\n" \
  "2:\n" PAIR MOTE_RT_BYTES "5:\n" PAIR MOTE_RT_BYTES "ldr r0, [sp, #12]\n cmp r12, r0\n bne 2b\n"
#define MOTE_RT_END                                                                                                \
  "3: ldr r0, [sp, #16]\n ldr r1, [r0, #48]\n cbz r1, 4f\n"                                                        \
  "ldr r10, [sp, #8]\n ldrd r0, r1, [r12]\n smlad r10, r0, r2, r10\n smlad r10, r1, r4, r10\n"                     \
  "ldrd r0, r1, [r12, #8]\n smlad r10, r0, r6, r10\n smlabt r10, r1, r3, r10\n"                                    \
  "ldrd r0, r1, [r12, #16]\n smlabt r10, r0, r5, r10\n smlabt r10, r1, r7, r10\n"                                  \
  "ldrd r0, r1, [sp]\n smmla r10, r10, r0, r1\n ldr r0, [sp, #16]\n ssat r10, #8, r10, asr %c0\n strb r10, [lr]\n" \
  "4: ldr r1, [r0, #24]\n subs r1, #1\n str r1, [r0, #24]\n bne 1b\n"                                              \
  "add sp, #24\n pop {r4-r8, r10, r11, pc}\n" ::"i"(kShift)                                                        \
      : "r0", "r1", "r2", "r3", "r12", "lr", "cc", "memory"

// The first output takes a word's both products or its first half's, the second the second half's or both.
#define MOTE_RT_STRIDE_1                                                                                  \
  "ldr r10, [sp, #8]\n ldrd r0, r1, [r12], #12\n"                                                         \
  "smlatb r11, r0, r2, r10\n smlad r10, r0, r2, r10\n smlatb r11, r1, r4, r11\n smlad r10, r1, r4, r10\n" \
  "ldrd r0, r1, [r12, #-4]\n"                                                                             \
  "smlatb r11, r0, r6, r11\n smlad r10, r0, r6, r10\n smlad r11, r1, r3, r11\n smlabt r10, r1, r3, r10\n" \
  "ldrd r0, r1, [r12, #4]\n"                                                                              \
  "smlad r11, r0, r5, r11\n smlabt r10, r0, r5, r10\n smlad r11, r1, r7, r11\n smlabt r10, r1, r7, r10\n"
// The last input of the first output is the first one of the second.
#define MOTE_RT_STRIDE_2                                                                                  \
  "ldr r10, [sp, #8]\n ldrd r0, r1, [r12], #24\n mov r11, r10\n"                                          \
  "smlad r10, r0, r2, r10\n smlad r10, r1, r4, r10\n"                                                     \
  "ldrd r0, r1, [r12, #-16]\n"                                                                            \
  "smlad r10, r0, r6, r10\n smlabt r10, r1, r3, r10\n smlad r11, r1, r2, r11\n"                           \
  "ldrd r0, r1, [r12, #-8]\n"                                                                             \
  "smlabt r10, r0, r5, r10\n smlad r11, r0, r4, r11\n smlabt r10, r1, r7, r10\n smlad r11, r1, r6, r11\n" \
  "ldrd r0, r1, [r12]\n"                                                                                  \
  "smlabt r11, r0, r3, r11\n ldr r0, [r12, #8]\n smlabt r11, r1, r5, r11\n smlabt r11, r0, r7, r11\n"

/// Neighbouring outputs read windows one input apart.
template <int32_t kShift>
MOTE_RT_NAKED void depthwise_line_stride_1(DepthwiseLine*) noexcept {
  __asm__ volatile(MOTE_RT_BEGIN MOTE_RT_PAIRS(MOTE_RT_STRIDE_1) MOTE_RT_END);
}

/// Two inputs apart.
template <int32_t kShift>
MOTE_RT_NAKED void depthwise_line_stride_2(DepthwiseLine*) noexcept {
  __asm__ volatile(MOTE_RT_BEGIN MOTE_RT_PAIRS(MOTE_RT_STRIDE_2) MOTE_RT_END);
}

// clang-format on

#undef MOTE_RT_BEGIN
#undef MOTE_RT_BYTES
#undef MOTE_RT_PAIRS
#undef MOTE_RT_STRIDE_1
#undef MOTE_RT_STRIDE_2
#undef MOTE_RT_END

inline uint32_t word(const int8_t* bytes) noexcept {
  uint32_t x = 0;
  __builtin_memcpy(&x, bytes, sizeof x);
  return x;
}

/// Four channels' planes of int16, `next` words apart.
struct FourPlanes {
  uint32_t* first;
  int32_t next;

  /// Both inputs, of which each holds its four channels' bytes, as a pair in each plane.
  void put(int32_t at, uint32_t a, uint32_t b) const noexcept {
    uint32_t low, high, even, odd;
    __asm__("pkhbt %0, %2, %3, lsl #16\n pkhtb %1, %3, %2, asr #16" : "=&r"(low), "=r"(high) : "r"(a), "r"(b));
    uint32_t* const to = first + at;
    __asm__("sxtb16 %0, %2\n sxtb16 %1, %2, ror #8" : "=&r"(even), "=r"(odd) : "r"(low));
    to[0] = even;
    to[next] = odd;
    __asm__("sxtb16 %0, %2\n sxtb16 %1, %2, ror #8" : "=&r"(even), "=r"(odd) : "r"(high));
    to[2 * next] = even;
    to[3 * next] = odd;
  }
};

}  // namespace armv7em
}  // namespace v1
}  // namespace rt
}  // namespace mote

#undef MOTE_RT_NAKED
#endif  // __ARM_FEATURE_DSP
