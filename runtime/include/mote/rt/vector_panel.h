/// A vector panel: all output channels of some pixels, taken straight from int8 inputs and int8 weights in steps of 16
/// products. docs/kernels.md shows the order; src/target/vector_weights.h makes it.
///
/// The inputs of a pixel are runs of bytes that lie together, all of one length. The weights' stream holds for each
/// block of channels
///   the products: run by run, 16 inputs by 16 (the last fewer, as many as there are), channel by channel
///   bias, multiplier and shift (rule Q3, at most 0) of the channels, int32
/// Blocks have four channels, or eight in the order 0, 2, 4, 6, 1, 3, 5, 7.
#pragma once

#include "mote/rt/arch/helium_held.h"
#include "mote/rt/requantize.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// One call of a panel. Assembly reads it by place and moves the pointers on.
struct VectorPanel {
  static constexpr int32_t kMostRuns = 5;

  const int8_t* runs[kMostRuns + 1][2];  ///< 0: where each run of the first and the second pixel begins; then null
  int32_t zero_point;                    ///< 48: of the output
  const int8_t* output_end;              ///< 52: behind the first pixel's channels
  const int8_t* weights;                 ///< 56
  int8_t* output;                        ///< 60: the first pixel's; where code asks, the next block's
  int32_t second_output;                 ///< 64: bytes from there to the second pixel's, or 0: both are one pixel
  int32_t output_gap;                    ///< 68: from the end of the first pixel's to the next pixels'
  int32_t channels;                      ///< 72: of an output
  int32_t input_step;                    ///< 76: from pixels to the next
  int32_t count;                         ///< 80: of pixels, or pairs of them, at least 1
  int32_t rounds;                        ///< 84: of the unrolled steps in a run, where code asks
  int32_t tail;                          ///< 88: inputs of a run behind its last step, where code asks
  int32_t run_bytes;
};

#if defined(__ARM_FEATURE_MVE)
static_assert(offsetof(VectorPanel, zero_point) == 48 && offsetof(VectorPanel, output_gap) == 68 &&
                  offsetof(VectorPanel, tail) == 88,
              "assembly reads by place");
#endif

using VectorPanelCode = void (*)(VectorPanel*);

namespace portable {

/// kPixels by kChannels at a time, whatever the bytes say.
template <int32_t kPixels, int32_t kChannels>
inline void vector_panel(VectorPanel* panel) noexcept {
  const VectorPanel& p = *panel;
  const int32_t channels = p.channels;
  for (int32_t i = 0; i < p.count; ++i) {
    const int8_t* weights = p.weights;
    for (int32_t first = 0; first < channels; first += kChannels) {
      int32_t sums[kPixels][kChannels] = {};
      for (int32_t run = 0; p.runs[run][0] != nullptr; ++run)
        for (int32_t at = 0; at < p.run_bytes; at += 16) {
          const int32_t end = at + 16 < p.run_bytes ? at + 16 : p.run_bytes;
          for (int32_t c = 0; c < kChannels; ++c)
            for (int32_t x = at; x < end; ++x, ++weights)
              for (int32_t pixel = 0; pixel < kPixels; ++pixel)
                sums[pixel][c] += p.runs[run][pixel][i * p.input_step + x] * load(weights);
        }
      const auto finish = [&](int32_t word) {
        int32_t value = 0;
        __builtin_memcpy(&value, weights + 4 * word, sizeof value);
        return value;
      };
      for (int32_t c = 0; c < kChannels; ++c) {
        const int32_t channel = first + (kChannels == 4 ? c : c % 4 * 2 + c / 4);
        if (channel >= channels) continue;
        int8_t* const output = p.output + i * (channels + p.output_gap) + channel;
        for (int32_t pixel = 0; pixel < kPixels; ++pixel)
          output[pixel * p.second_output] = requantize(sums[pixel][c] + finish(c), finish(kChannels + c),
                                                       finish(2 * kChannels + c), {p.zero_point, -128, 127});
      }
      weights += 12 * kChannels;
    }
  }
}

}  // namespace portable

/// How a panel was chosen. kRuns of kSteps steps and kTail inputs each, all written out; 0 runs: a loop of rounds of
/// kSteps; a tail of -1: the panel's, after any number of rounds, where else there is one at least. kTies: outputs
/// below the zero point count. kPart: channels do not fill their last block. The portable text has no use for them.
template <int32_t kRuns, int32_t kSteps, int32_t kTail, bool kTies, bool kPart>
struct VectorTile {
#if defined(__ARM_FEATURE_MVE)
  static constexpr VectorPanelCode k2x4 = helium::TwoPixels<kRuns, kSteps, kTail, kTies, kPart>::kPanel;
  static constexpr VectorPanelCode k1x4 = helium::panel_1x4<kRuns, kSteps, kTail, kTies, kPart>;
  static constexpr VectorPanelCode k1x8 = helium::panel_1x8<kRuns, kSteps, kTail, kTies, kPart>;
#else
  static constexpr VectorPanelCode k2x4 = portable::vector_panel<2, 4>;
  static constexpr VectorPanelCode k1x4 = portable::vector_panel<1, 4>;
  static constexpr VectorPanelCode k1x8 = portable::vector_panel<1, 8>;
#endif
};

}  // namespace v1
}  // namespace rt
}  // namespace mote
