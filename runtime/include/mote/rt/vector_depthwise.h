#pragma once

#include "mote/rt/arch/helium_planes.h"
#include "mote/rt/requantize.h"
#include "mote/rt/window_copy.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// A depthwise convolution of int8 with windows of up to 64 taps, with vectors of 16 bytes. Outputs are computed line
/// by line along one of both axes. A ring holds as many lines of inputs of up to eight channels as a window is high,
/// each channel in a plane: [place along the line][line], so that all taps of an output lie together. With dilation
/// there is one plane for the places of each remainder, and the lines of each remainder are an image of their own.
struct VectorDepthwise {
  int32_t batches;
  WindowAxis along, across;             ///< a line's own axis and the other; one with dilation has a stride of 1
  int32_t input_along, input_across;    ///< elements from one input to the next on either axis
  int32_t output_along, output_across;  ///< the same of outputs
  int32_t channels;                     ///< of the input
  int32_t multiplier;                   ///< outputs of each
  int32_t shared;                       ///< neighbouring outputs that share their loads: 1, 2 or 4
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
    visit("multiplier", self.multiplier);
    visit("shared", self.shared);
    visit("input_zero_point", self.input_zero_point);
    visit("stage", self.stage);
  }
};

/// A line of outputs, of one remainder. Assembly reads it by place and moves the pointers from channel to channel.
struct PlaneLine {
  const int8_t* plane;    ///< 0
  int32_t plane_bytes;    ///< 4
  const int8_t* weights;  ///< 8: [channels][taps]
  const int32_t* finish;  ///< 12: bias, multiplier, shift of each channel
  int8_t* output;         ///< 16
  int32_t output_next;    ///< 20: from a round's first output to the next round's
  int32_t weights_bytes;  ///< 24: from channel to channel
  int32_t finish_bytes;   ///< 28
  int32_t channels;       ///< 32
  int32_t multiplier;     ///< 36: outputs from channel to channel
  int32_t rounds;         ///< 40: of eight outputs
  int32_t zero_point;     ///< 44: of the output
  const int8_t* taps;     ///< 48: which weight stands in each byte, negative: none
  int32_t step;           ///< 52: bytes of a plane from output to output
  int32_t last_mask;      ///< 56: the outputs of one round more, 2 bits each, 0: there is none
  int32_t last_skipped;   ///< 60: outputs before its second four, in bytes, where these are all there are; else 0
  uint16_t places[8];     ///< 64: bytes from a round's first output to each of them
  int32_t outputs;        ///< here and below for the portable text
  int32_t loaded;         ///< bytes of a plane for an output
};

/// A line of inputs on its way into the ring.
struct PlaneFeed {
  int32_t plane_bytes;  ///< 0
  int32_t from_step;    ///< 4: from an input to the next; 0: all are the same
  int32_t to_step;      ///< 8
  int32_t channels;     ///< 12
};

#if defined(__ARM_FEATURE_MVE)
static_assert(offsetof(PlaneLine, output) == 16 && offsetof(PlaneLine, rounds) == 40 &&
                  offsetof(PlaneLine, taps) == 48 && offsetof(PlaneLine, places) == 64,
              "assembly reads by place");
#endif

namespace vector_depthwise {

constexpr int32_t kChannelsAtATime = 8;
constexpr int32_t kVectors = 4;  ///< registers of weights: of one output, or some of each that share loads
constexpr int32_t kVector = 16;

constexpr int32_t taps(const VectorDepthwise& p) noexcept {
  return p.along.kernel * p.across.kernel;
}
/// Bytes of a plane from one output's taps to the next output's.
constexpr int32_t step(const VectorDepthwise& p) noexcept {
  return p.along.stride * p.across.kernel;
}
/// Loads for `shared` outputs.
constexpr int32_t loads(const VectorDepthwise& p) noexcept {
  return (taps(p) + (p.shared - 1) * step(p) + kVector - 1) / kVector;
}
/// Outputs, lines or inputs of one remainder.
constexpr int32_t of_remainder(int32_t count, int32_t dilation, int32_t remainder) noexcept {
  return (count - remainder + dilation - 1) / dilation;
}
constexpr int32_t part_bytes(const VectorDepthwise& p) noexcept {
  const int32_t fours = (of_remainder(p.along.output, p.along.dilation, 0) + 3) / 4;
  return (4 * fours - p.shared) * step(p) + kVector * loads(p);
}
constexpr int32_t plane_bytes(const VectorDepthwise& p) noexcept {
  return p.along.dilation * part_bytes(p);
}
constexpr int32_t planes_bytes(const VectorDepthwise& p) noexcept {
  return (p.channels < kChannelsAtATime ? p.channels : kChannelsAtATime) * plane_bytes(p) + kChannelsAtATime;
}
constexpr int32_t table_bytes() noexcept {
  return kVectors * kVector;
}
/// Bytes of scratch: where the weights go, for each line that may be the first of the ring; planes; a pixel of the zero
/// point.
constexpr int32_t scratch_bytes(const VectorDepthwise& p) noexcept {
  return p.across.kernel * table_bytes() + planes_bytes(p);
}

/// Which weight of [along][across] stands in each byte of the registers, where the first line of the window is in place
/// `first` of the ring. The n-th register of the output i of those that share loads has number i * 4 / shared + n.
inline void place_taps(const VectorDepthwise& p, int32_t first, int8_t* table) noexcept {
  fill_bytes(table, -1, table_bytes());
  const int32_t lines = p.across.kernel, all = taps(p), between = table_bytes() / p.shared + step(p);
  for (int32_t output = 0; output < p.shared; ++output, table += between)
    for (int32_t tap = 0; tap < all; tap += lines)
      for (int32_t line = 0; line < lines; ++line)
        table[tap + line] = static_cast<int8_t>(tap + line - first + (line < first ? lines : 0));
}

}  // namespace vector_depthwise

namespace portable {

inline void plane_line(PlaneLine* line) noexcept {
  for (int32_t c = 0; c < line->channels; ++c) {
    const int8_t* plane = line->plane + c * line->plane_bytes;
    const int8_t* const weights = line->weights + c * line->weights_bytes;
    const int32_t* const finish = line->finish + c * (line->finish_bytes / 4);
    int8_t* output = line->output + c * line->multiplier;
    for (int32_t i = 0; i < line->outputs; ++i, plane += line->step, output += line->output_next / 8) {
      int32_t sum = load(finish);
      for (int32_t at = 0; at < line->loaded; ++at)
        if (line->taps[at] >= 0) sum += plane[at] * load(weights + line->taps[at]);
      *output = requantize(sum, load(finish + 1), load(finish + 2), {line->zero_point, -128, 127});
    }
  }
}

inline void feed_planes(int8_t* to, const int8_t* from, int32_t count, const PlaneFeed* feed) noexcept {
  for (int32_t i = 0; i < count; ++i, to += feed->to_step, from += feed->from_step)
    for (int32_t c = 0; c < feed->channels; ++c) to[c * feed->plane_bytes] = from[c];
}

}  // namespace portable

#if defined(__ARM_FEATURE_MVE)
using helium::feed_planes;
#else
using portable::feed_planes;
#endif

using PlaneLineCode = void (*)(PlaneLine*);

/// What is around a line: the ring, groups of channels.
struct PlaneRun {
  const VectorDepthwise& p;
  const PlaneLineCode code;
  int8_t* const tables;
  int8_t* const planes;
  const int8_t* const absent;  ///< a pixel of the zero point
  const int32_t taps, part_bytes;
  PlaneLine line;
  PlaneFeed feed;

  PlaneRun(PlaneLineCode code_, const VectorDepthwise& p_, int8_t* scratch) noexcept
      : p(p_),
        code(code_),
        tables(scratch),
        planes(scratch + p_.across.kernel * vector_depthwise::table_bytes()),
        absent(scratch + vector_depthwise::scratch_bytes(p_) - vector_depthwise::kChannelsAtATime),
        taps(vector_depthwise::taps(p_)),
        part_bytes(vector_depthwise::part_bytes(p_)) {
    for (int32_t first = 0; first < p.across.kernel; ++first)
      vector_depthwise::place_taps(p, first, tables + first * vector_depthwise::table_bytes());
    fill_bytes(planes, p.input_zero_point, vector_depthwise::planes_bytes(p));
    const int32_t output_step = p.along.dilation * p.output_along;
    line.plane_bytes = feed.plane_bytes = vector_depthwise::plane_bytes(p);
    line.output_next = 8 * output_step;
    line.weights_bytes = p.multiplier * taps;
    line.finish_bytes = p.multiplier * 12;
    line.multiplier = p.multiplier;
    line.zero_point = p.stage.zero_point;
    line.step = vector_depthwise::step(p);
    line.outputs = 0;
    line.rounds = line.last_mask = 0;
    line.loaded = vector_depthwise::kVector * vector_depthwise::loads(p);
    // Even halfwords hold the first four outputs, odd ones the others.
    for (int32_t i = 0; i < 8; ++i) line.places[i] = static_cast<uint16_t>((i / 2 + i % 2 * 4) * output_step);
    feed.to_step = p.across.kernel;
  }

  /// A line of inputs into place `slot` of the ring; one outside the image is padding.
  void feed_line(const int8_t* input, int32_t row, int32_t slot) noexcept {
    const bool present = row >= 0 && row < p.across.input;
    const int32_t dilation = p.along.dilation;
    feed.from_step = present ? dilation * p.input_along : 0;
    for (int32_t remainder = 0; remainder < dilation; ++remainder) {
      // Place n of this part is the input remainder + n * dilation - padding.
      const int32_t before = p.along.padding - remainder;
      const int32_t first = before > 0 ? (before + dilation - 1) / dilation : 0;
      const int32_t outputs = vector_depthwise::of_remainder(p.along.output, dilation, remainder);
      const int32_t needed = (outputs - 1) * p.along.stride + p.along.kernel;
      const int32_t there = vector_depthwise::of_remainder(p.along.input + p.along.padding, dilation, remainder);
      const int8_t* from =
          present ? input + row * p.input_across + (first * dilation - before) * p.input_along : absent;
      feed_planes(planes + remainder * part_bytes + first * p.across.kernel + slot, from,
                  (there < needed ? there : needed) - first, &feed);
    }
  }

  /// Rounds for so many outputs of a line. Of the last one's places the even ones are the first four outputs.
  void plan_rounds(int32_t outputs) noexcept {
    if (outputs == line.outputs) return;
    line.outputs = outputs;
    line.rounds = outputs / 8;
    const int32_t rest = outputs % 8;
    const bool is_half = rest <= 4;
    line.last_mask = 0xCCCC & ((1 << 4 * (is_half ? rest : rest - 4)) - 1);
    if (!is_half) line.last_mask |= 0x3333;
    line.last_skipped = is_half ? line.output_next / 2 : 0;
  }

  /// Outputs of a line whose window's first line is in place `first` of the ring.
  void compute_line(const int8_t* weights, const int32_t* finish, int32_t first, int8_t* output) noexcept {
    line.taps = tables + first * vector_depthwise::table_bytes();
    const int8_t* plane = planes;
    for (int32_t remainder = 0; remainder < p.along.dilation;
         ++remainder, plane += part_bytes, output += p.output_along) {
      plan_rounds(vector_depthwise::of_remainder(p.along.output, p.along.dilation, remainder));
      for (int32_t m = 0; m < p.multiplier; ++m) {
        line.plane = plane;
        line.weights = weights + m * taps;
        line.finish = finish + 3 * m;
        line.output = output + m;
        line.channels = feed.channels;
        code(&line);
      }
    }
  }

  /// All lines of a group of channels.
  void group(int32_t channels, const int8_t* input, const int8_t* weights, const int32_t* finish,
             int8_t* output) noexcept {
    const int32_t lines = p.across.kernel, dilation = p.across.dilation;
    feed.channels = channels;
    for (int32_t remainder = 0; remainder < dilation; ++remainder) {
      const int32_t end = vector_depthwise::of_remainder(p.across.output, dilation, remainder);
      // The ring has read the lines before `read`, counted among those of this remainder.
      for (int32_t i = 0, start = 0, read = 0; i < end; ++i, start += p.across.stride) {
        for (read = read < start ? start : read; read < start + lines; ++read)
          feed_line(input, remainder + read * dilation - p.across.padding, read % lines);
        compute_line(weights, finish, start % lines, output + (remainder + i * dilation) * p.output_across);
      }
    }
  }
};

#if defined(__GNUC__)
__attribute__((noinline))
#endif
inline void
depthwise_by_planes(PlaneLineCode code, const VectorDepthwise& p, const int8_t* input, const int8_t* weights,
                    const int32_t* finish, int8_t* scratch, int8_t* output) noexcept {
  PlaneRun run(code, p, scratch);
  const int32_t outputs = p.along.output * p.across.output * p.channels * p.multiplier;
  for (int32_t batch = 0; batch < p.batches; ++batch) {
    for (int32_t c = 0; c < p.channels; c += vector_depthwise::kChannelsAtATime) {
      const int32_t left = p.channels - c, o = c * p.multiplier;
      run.group(left < vector_depthwise::kChannelsAtATime ? left : vector_depthwise::kChannelsAtATime, input + c,
                weights + o * vector_depthwise::taps(p), finish + 3 * o, output + o);
    }
    clamp_bytes(output, outputs, p.stage.low, p.stage.high);
    input += p.along.input * p.across.input * p.channels;
    output += outputs;
  }
}

/// depthwise_conv2d_s8; `weights` [outputs of a pixel][along][across], `finish` [outputs of a pixel] of bias with the
/// input's zero point inside, multiplier, shift (rule Q3, at most 0); `scratch` vector_depthwise::scratch_bytes. kLoads
/// and kShared: loads for so many outputs. kStep: bytes of a plane from output to output, or 0: the code asks. kTies:
/// outputs below the zero point count. The portable text has no use for them.
template <int32_t kLoads, int32_t kShared, int32_t kStep, bool kTies>
inline void vector_depthwise_s8(const VectorDepthwise& p, const int8_t* input, const int8_t* weights,
                                const int32_t* finish, int8_t* scratch, int8_t* output) noexcept {
#if defined(__ARM_FEATURE_MVE)
  depthwise_by_planes(helium::plane_line<kLoads, kTies, kShared, kStep>, p, input, weights, finish, scratch, output);
#else
  depthwise_by_planes(portable::plane_line, p, input, weights, finish, scratch, output);
#endif
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
