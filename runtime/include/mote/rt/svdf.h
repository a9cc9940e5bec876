#pragma once

#include "mote/rt/requantize.h"
#include "mote/rt/weights.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// Singular value decomposition filter: every filter weighs the input into one number, remembers the last `memory` of
/// them and weighs those; `rank` neighbours add up to one output.
struct SvdfSizes {
  int32_t batches;
  int32_t inputs;
  int32_t filters;
  int32_t rank;
  int32_t memory;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("batches", self.batches);
    visit("inputs", self.inputs);
    visit("filters", self.filters);
    visit("rank", self.rank);
    visit("memory", self.memory);
  }
};

struct SvdfF32 {
  SvdfSizes sizes;
  float low, high;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("sizes", self.sizes);
    visit("low", self.low);
    visit("high", self.high);
  }
};

/// `features` float[filters][inputs], `times` float[filters][memory], `bias` float[filters / rank];
/// `state` float[batches][filters][memory], read and written; `output` float[batches][filters / rank].
constexpr void svdf_f32(const SvdfF32& p, const float* input, const float* features, const float* times,
                        const float* bias, float* state, float* output) noexcept {
  const SvdfSizes& s = p.sizes;
  for (int32_t batch = 0; batch < s.batches; ++batch, input += s.inputs) {
    const float* feature = features;
    const float* time = times;
    for (int32_t unit = 0; unit < s.filters / s.rank; ++unit) {
      float sum = load(bias + unit);
      for (int32_t r = 0; r < s.rank; ++r, state += s.memory) {
        float seen = 0;
        for (int32_t i = 0; i < s.inputs; ++i) seen += input[i] * load(feature++);
        for (int32_t m = 1; m < s.memory; ++m) state[m - 1] = state[m];
        state[s.memory - 1] = seen;
        for (int32_t m = 0; m < s.memory; ++m) sum += state[m] * load(time++);
      }
      *output++ = sum < p.low ? p.low : sum > p.high ? p.high : sum;
    }
  }
}

struct SvdfS8 {
  SvdfSizes sizes;
  Multiplier state_factor;
  OutputStage state_stage;  ///< clamped, then the zero point is added
  Multiplier output_factor;
  OutputStage stage;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("sizes", self.sizes);
    visit("state_factor", self.state_factor);
    visit("state_stage", self.state_stage);
    visit("output_factor", self.output_factor);
    visit("stage", self.stage);
  }
};

/// Rule Y1. The sum over the memory wraps as int32, the state as its own type, int8 or int16.
template <class State>
constexpr void svdf_integer(const SvdfS8& p, const int8_t* input, const int8_t* features, const int32_t* offsets,
                            const State* times, const int32_t* bias, State* state, int8_t* output) noexcept {
  const SvdfSizes& s = p.sizes;
  for (int32_t batch = 0; batch < s.batches; ++batch, input += s.inputs) {
    const int8_t* feature = features;
    const int32_t* offset = offsets;
    const State* time = times;
    for (int32_t unit = 0; unit < s.filters / s.rank; ++unit) {
      auto sum = static_cast<uint32_t>(load(bias + unit));
      for (int32_t r = 0; r < s.rank; ++r, feature += s.inputs, state += s.memory) {
        const int32_t seen =
            multiply(WeightsS8::dot(load(offset++), input, Plain{}, feature, 0, s.inputs), p.state_factor);
        for (int32_t m = 1; m < s.memory; ++m) state[m - 1] = state[m];
        state[s.memory - 1] =
            static_cast<State>(clamp(seen, p.state_stage.low, p.state_stage.high) + p.state_stage.zero_point);
        for (int32_t m = 0; m < s.memory; ++m)
          sum += static_cast<uint32_t>((state[m] - p.state_stage.zero_point) * static_cast<int32_t>(load(time++)));
      }
      const int32_t scaled = multiply(static_cast<int32_t>(sum), p.output_factor);
      *output++ = static_cast<int8_t>(land(scaled, p.stage));
    }
  }
}

/// `features` int8[filters][inputs]; `offsets` int32[filters], minus the input's zero point times the sum of the
/// filter's weights; `times` int8[filters][memory]; `bias` int32[filters / rank]; `state`
/// int8[batches][filters][memory], read and written; `output` int8[batches][filters / rank].
constexpr void svdf_s8(const SvdfS8& p, const int8_t* input, const int8_t* features, const int32_t* offsets,
                       const int8_t* times, const int32_t* bias, int8_t* state, int8_t* output) noexcept {
  svdf_integer(p, input, features, offsets, times, bias, state, output);
}

/// The same with `times` and `state` in int16.
constexpr void svdf_s8_s16(const SvdfS8& p, const int8_t* input, const int8_t* features, const int32_t* offsets,
                           const int16_t* times, const int32_t* bias, int16_t* state, int8_t* output) noexcept {
  svdf_integer(p, input, features, offsets, times, bias, state, output);
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
