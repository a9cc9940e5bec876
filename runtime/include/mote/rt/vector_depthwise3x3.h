#pragma once

#include "mote/rt/arch/helium_depthwise.h"
#include "mote/rt/requantize.h"
#include "mote/rt/window_copy.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// A depthwise convolution of int8 with windows of 3 x 3 and one output a channel, with vectors of 16 bytes. Outputs
/// are computed line by line along one of both axes. A ring holds four lines of inputs of up to eight channels, each
/// channel in a plane: a word for each place along the line, with a byte of each of the four lines. 16 bytes hold the
/// window of one output, and with stride 1 those of its neighbours along and across.
struct VectorDepthwise3x3 {
  int32_t batches;
  WindowAxis along, across;             ///< a line's own axis and the other; the same stride, 1 or 2; dilation 1
  int32_t input_along, input_across;    ///< elements from one input to the next on either axis
  int32_t output_along, output_across;  ///< the same of outputs
  int32_t channels;
  int32_t input_zero_point;
  OutputStage stage;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("batches", self.batches);
    visit("along", self.along);
    visit("across", self.across);
    visit("input_along", self.input_along);
    visit("input_across", self.input_across);
    visit("output_along", self.output_along);
    visit("output_across", self.output_across);
    visit("channels", self.channels);
    visit("input_zero_point", self.input_zero_point);
    visit("stage", self.stage);
  }
};

/// One line of outputs, or with stride 1 two of them. Assembly reads it by place and moves the pointers from channel to
/// channel.
struct VectorLine {
  const int8_t* plane;      ///< 0
  int32_t plane_bytes;      ///< 4
  const int8_t* weights;    ///< 8: 9 a channel, those of three lines by three places along
  const int32_t* finish;    ///< 12: bias, multiplier, shift of each channel
  int8_t* output;           ///< 16
  int32_t output_next;      ///< 20: from a round's first output to the next round's
  int32_t channels;         ///< 24
  int32_t rounds;           ///< 28: whose outputs, eight of them, all exist along the line
  int32_t mask, last_mask;  ///< 32: of the rounds' outputs, 2 bits each; of those of one round more, 0: there is none
  int32_t zero_point;       ///< 40: of the output
  int32_t turned;           ///< 44: 1 if the first line of the window is in the ring's third place
  uint16_t places[8];       ///< 48: bytes from a round's first output to each of them
  uint8_t taps[16];         ///< 64: which weight stands in each byte
};

#if defined(__ARM_FEATURE_MVE)
static_assert(offsetof(VectorLine, output) == 16 && offsetof(VectorLine, zero_point) == 40 &&
                  offsetof(VectorLine, places) == 48 && offsetof(VectorLine, taps) == 64,
              "assembly reads by place");
#endif

/// Two lines of inputs on their way into the ring.
struct VectorFeed {
  int32_t plane_bytes;  ///< 0
  int32_t step[2];      ///< 4: from an input to the next; 0: all are the same
  int32_t count;        ///< 12: inputs of a line
  int32_t channels;     ///< 16
};

namespace vector_depthwise3x3 {

constexpr int32_t kChannelsAtATime = 8;
constexpr int32_t kLines = 4;
constexpr int32_t kAtATime = 8;  ///< outputs of a round

/// Outputs of a line in a round.
constexpr int32_t of_a_line(int32_t stride) noexcept {
  return stride == 1 ? kAtATime / 2 : kAtATime;
}
/// Words of a plane: whole rounds, and what the last window's load reads.
constexpr int32_t places_of(const WindowAxis& along) noexcept {
  const int32_t round = of_a_line(along.stride);
  return (along.output + round - 1) / round * round * along.stride + 2;
}
constexpr int32_t plane_bytes(const WindowAxis& along) noexcept {
  return kLines * places_of(along);
}
/// Bytes of scratch: planes, and a pixel of the zero point.
constexpr int32_t scratch_bytes(const WindowAxis& along, int32_t channels) noexcept {
  return (channels < kChannelsAtATime ? channels : kChannelsAtATime) * plane_bytes(along) + kChannelsAtATime;
}

}  // namespace vector_depthwise3x3

namespace portable {

template <int32_t kStride>
inline void depthwise_line(VectorLine* line) noexcept {
  const int32_t rounds = line->rounds + (line->last_mask != 0 ? 1 : 0);
  for (int32_t c = 0; c < line->channels; ++c) {
    const int8_t* const plane = line->plane + c * line->plane_bytes;
    const int8_t* const weights = line->weights + 9 * c;
    const int32_t* const finish = line->finish + 3 * c;
    for (int32_t round = 0; round < rounds; ++round)
      for (int32_t i = 0; i < 8; ++i) {
        const int32_t mask = round < line->rounds ? line->mask : line->last_mask;
        if ((mask >> (2 * i) & 1) == 0) continue;
        // Even lanes hold the first four sums, odd ones the others.
        const int32_t sum_of = i / 2 + i % 2 * 4;
        const int32_t along = kStride == 1 ? 4 * round + sum_of / 4 * 2 + sum_of % 2 : 8 * round + sum_of;
        const int32_t across = kStride == 1 ? sum_of % 4 / 2 : 0;
        int32_t sum = load(finish);
        for (int32_t place = 0; place < 3; ++place)
          for (int32_t tap = 0; tap < 3; ++tap)
            sum += plane[(along * kStride + place) * 4 + ((across + tap + 2 * line->turned) & 3)] *
                   load(weights + 3 * place + tap);
        line->output[round * line->output_next + line->places[i] + c] =
            requantize(sum, load(finish + 1), load(finish + 2), {line->zero_point, -128, 127});
      }
  }
}

inline void feed_lines(int8_t* to, const int8_t* first, const int8_t* second, const VectorFeed* feed) noexcept {
  for (int32_t i = 0; i < feed->count; ++i, to += 4, first += feed->step[0], second += feed->step[1])
    for (int32_t c = 0; c < feed->channels; ++c) {
      to[c * feed->plane_bytes] = first[c];
      to[c * feed->plane_bytes + 1] = second[c];
    }
}

}  // namespace portable

#if defined(__ARM_FEATURE_MVE)
using helium::feed_lines;
#else
using portable::feed_lines;
#endif

using VectorLineCode = void (*)(VectorLine*);

/// What is around a line: the ring, groups of channels.
struct VectorDepthwiseRun {
  const VectorDepthwise3x3& p;
  int8_t* const ring;
  const int8_t* const absent;  ///< a pixel of the zero point
  VectorLine line;
  VectorFeed feed;

  VectorDepthwiseRun(const VectorDepthwise3x3& p_, int8_t* scratch) noexcept
      : p(p_),
        ring(scratch),
        absent(scratch + vector_depthwise3x3::scratch_bytes(p_.along, p_.channels) -
               vector_depthwise3x3::kChannelsAtATime) {
    constexpr uint8_t kTaps[16] = {0, 1, 2, 0, 3, 4, 5, 0, 6, 7, 8, 0, 0, 0, 0, 0};
    fill_bytes(ring, p.input_zero_point, vector_depthwise3x3::scratch_bytes(p.along, p.channels));
    const int32_t stride = p.along.stride, round = vector_depthwise3x3::of_a_line(stride);
    line.plane_bytes = feed.plane_bytes = vector_depthwise3x3::plane_bytes(p.along);
    line.output_next = round * p.output_along;
    line.rounds = p.along.output / round;
    line.zero_point = p.stage.zero_point;
    for (int32_t i = 0; i < 8; ++i) {
      const int32_t sum = i / 2 + i % 2 * 4;
      line.places[i] =
          static_cast<uint16_t>(stride == 1 ? (sum / 4 * 2 + sum % 2) * p.output_along + sum % 4 / 2 * p.output_across
                                            : sum * p.output_along);
    }
    for (int32_t i = 0; i < 16; ++i) line.taps[i] = kTaps[i];
    const int32_t room = vector_depthwise3x3::places_of(p.along) - p.along.padding;
    feed.count = p.along.input < room ? p.along.input : room;
  }

  /// The outputs of a round that exist: `along` of them along the line, in `lines` lines.
  int32_t mask(int32_t along, int32_t lines) const noexcept {
    int32_t result = 0;
    for (int32_t i = 0; i < 8; ++i) {
      const int32_t sum = i / 2 + i % 2 * 4;
      const int32_t place = p.along.stride == 1 ? sum / 4 * 2 + sum % 2 : sum;
      const int32_t in_line = p.along.stride == 1 ? sum % 4 / 2 : 0;
      if (place < along && in_line < lines) result |= 3 << (2 * i);
    }
    return result;
  }

  void feed_pair(const int8_t* input, int32_t pair) noexcept {
    const int8_t* lines[2];
    for (int32_t i = 0; i < 2; ++i) {
      const int32_t row = 2 * pair + i - p.across.padding;
      const bool present = row >= 0 && row < p.across.input;
      lines[i] = present ? input + row * p.input_across : absent;
      feed.step[i] = present ? p.input_along : 0;
    }
    feed_lines(ring + 4 * p.along.padding + 2 * (pair & 1), lines[0], lines[1], &feed);
  }

  /// Lines of outputs of a group of channels. Those of step j are written when the inputs 2j + 3 - padding and before
  /// have been read.
  void group(VectorLineCode code, int32_t channels, const int8_t* input, const int8_t* weights, const int32_t* finish,
             int8_t* output) noexcept {
    const int32_t lines = p.along.stride == 1 ? 2 : 1;
    const int32_t rest = p.along.output - line.rounds * vector_depthwise3x3::of_a_line(p.along.stride);
    const int32_t all = vector_depthwise3x3::kAtATime;
    line.mask = mask(all, lines);
    line.last_mask = mask(rest, lines);
    feed.channels = channels;
    feed_pair(input, 0);
    for (int32_t y = 0, pair = 0; y < p.across.output; y += lines, ++pair) {
      feed_pair(input, pair + 1);
      if (y + lines > p.across.output) {
        line.mask = mask(all, 1);
        line.last_mask = mask(rest, 1);
      }
      line.plane = ring;
      line.weights = weights;
      line.finish = finish;
      line.output = output;
      line.channels = channels;
      line.turned = pair & 1;
      code(&line);
      output += lines * p.output_across;
    }
  }
};

#if defined(__GNUC__)
__attribute__((noinline))
#endif
inline void
depthwise3x3_by_lines(VectorLineCode code, const VectorDepthwise3x3& p, const int8_t* input, const int8_t* weights,
                      const int32_t* finish, int8_t* scratch, int8_t* output) noexcept {
  VectorDepthwiseRun run(p, scratch);
  const int32_t pixels = p.along.output * p.across.output;
  for (int32_t batch = 0; batch < p.batches; ++batch) {
    for (int32_t c = 0; c < p.channels; c += vector_depthwise3x3::kChannelsAtATime) {
      const int32_t left = p.channels - c;
      run.group(code, left < vector_depthwise3x3::kChannelsAtATime ? left : vector_depthwise3x3::kChannelsAtATime,
                input + c, weights + 9 * c, finish + 3 * c, output + c);
    }
    clamp_bytes(output, pixels * p.channels, p.stage.low, p.stage.high);
    input += p.along.input * p.across.input * p.channels;
    output += pixels * p.channels;
  }
}

/// output = requantized bias + products; `weights` [channels][3 along][3 across], `finish` [channels] of bias with the
/// input's zero point inside, multiplier, shift; `scratch` vector_depthwise3x3::scratch_bytes aligned to 4. kTies:
/// outputs below the zero point count.
template <int32_t kStride, bool kTies>
inline void vector_depthwise3x3_s8(const VectorDepthwise3x3& p, const int8_t* input, const int8_t* weights,
                                   const int32_t* finish, int8_t* scratch, int8_t* output) noexcept {
#if defined(__ARM_FEATURE_MVE)
  depthwise3x3_by_lines(helium::depthwise_line<kStride, kTies>, p, input, weights, finish, scratch, output);
#else
  depthwise3x3_by_lines(p.along.stride == 1 ? portable::depthwise_line<1> : portable::depthwise_line<2>, p, input,
                        weights, finish, scratch, output);
#endif
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
