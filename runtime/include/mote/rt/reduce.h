/// Reductions over any axes: rules M1, V1 and V2, and the largest, the smallest, any and all.
#pragma once

#include "mote/rt/requantize.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// Which elements meet in one output. The host merges neighbouring axes of the same kind; unused outer ones have extent
/// 1. Steps are those of the input: [3] from one element of the innermost axis to the next, [d] when axis d advances,
/// counted from the end of the walk through the axes inside it.
struct ReduceWalk {
  int32_t kept[4], kept_steps[4];  ///< axes that remain, outermost first
  int32_t reduced[4], reduced_steps[4];

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("kept", self.kept);
    visit("kept_steps", self.kept_steps);
    visit("reduced", self.reduced);
    visit("reduced_steps", self.reduced_steps);
  }
};

namespace reduction {

/// All elements of one output, in the input's order.
template <class Reduction, class T>
constexpr Reduction of_one(const ReduceWalk& w, Reduction reduction, const T* from) noexcept {
  int32_t at[3] = {0, 0, 0};
  const int32_t step = w.reduced_steps[3];
  for (;;) {
    for (int32_t i = 0; i < w.reduced[3]; ++i, from += step) reduction.add(*from);
    int32_t d = 2;
    while (d >= 0 && ++at[d] == w.reduced[d]) at[d--] = 0;
    if (d < 0) return reduction;
    from += w.reduced_steps[d];
  }
}

/// `start` begins each reduction and says how it ends.
template <class Reduction, class T>
constexpr void of_all(const ReduceWalk& w, const Reduction& start, const T* input, T* output) noexcept {
  int32_t at[3] = {0, 0, 0};
  const int32_t step = w.kept_steps[3];
  for (;;) {
    for (int32_t i = 0; i < w.kept[3]; ++i, input += step) *output++ = static_cast<T>(of_one(w, start, input).result());
    int32_t d = 2;
    while (d >= 0 && ++at[d] == w.kept[d]) at[d--] = 0;
    if (d < 0) return;
    input += w.kept_steps[d];
  }
}

struct FloatSum {
  float value;
  constexpr void add(float x) noexcept { value += x; }
  constexpr float result() const noexcept { return value; }
};
struct FloatMean {
  float value, elements;
  constexpr void add(float x) noexcept { value += x; }
  constexpr float result() const noexcept { return value / elements; }
};
struct FloatProduct {
  float value;
  constexpr void add(float x) noexcept { value *= x; }
  constexpr float result() const noexcept { return value; }
};
template <class T>
struct Largest {
  T value;
  constexpr void add(T x) noexcept { value = x > value ? x : value; }
  constexpr T result() const noexcept { return value; }
};
template <class T>
struct Smallest {
  T value;
  constexpr void add(T x) noexcept { value = x < value ? x : value; }
  constexpr T result() const noexcept { return value; }
};

struct Any {
  bool value;
  constexpr void add(uint8_t x) noexcept { value = value || x != 0; }
  constexpr bool result() const noexcept { return value; }
};
struct All {
  bool value;
  constexpr void add(uint8_t x) noexcept { value = value && x != 0; }
  constexpr bool result() const noexcept { return value; }
};

}  // namespace reduction

/// A reduction without parameters of its own.
struct Reduce {
  ReduceWalk walk;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("walk", self.walk);
  }
};

constexpr void reduce_sum_f32(const Reduce& p, const float* input, float* output) noexcept {
  reduction::of_all(p.walk, reduction::FloatSum{0.0f}, input, output);
}
constexpr void reduce_prod_f32(const Reduce& p, const float* input, float* output) noexcept {
  reduction::of_all(p.walk, reduction::FloatProduct{1.0f}, input, output);
}
constexpr void reduce_max_f32(const Reduce& p, const float* input, float* output) noexcept {
  reduction::of_all(p.walk, reduction::Largest<float>{-3.40282347e+38f}, input, output);
}
constexpr void reduce_max_s8(const Reduce& p, const int8_t* input, int8_t* output) noexcept {
  reduction::of_all(p.walk, reduction::Largest<int8_t>{-128}, input, output);
}
constexpr void reduce_max_s16(const Reduce& p, const int16_t* input, int16_t* output) noexcept {
  reduction::of_all(p.walk, reduction::Largest<int16_t>{-32768}, input, output);
}
constexpr void reduce_min_f32(const Reduce& p, const float* input, float* output) noexcept {
  reduction::of_all(p.walk, reduction::Smallest<float>{3.40282347e+38f}, input, output);
}
constexpr void reduce_min_s8(const Reduce& p, const int8_t* input, int8_t* output) noexcept {
  reduction::of_all(p.walk, reduction::Smallest<int8_t>{127}, input, output);
}
constexpr void reduce_min_s16(const Reduce& p, const int16_t* input, int16_t* output) noexcept {
  reduction::of_all(p.walk, reduction::Smallest<int16_t>{32767}, input, output);
}
/// Truth values are bytes: 0, or 1 (any other counts as true).
constexpr void reduce_any_u8(const Reduce& p, const uint8_t* input, uint8_t* output) noexcept {
  reduction::of_all(p.walk, reduction::Any{false}, input, output);
}
constexpr void reduce_all_u8(const Reduce& p, const uint8_t* input, uint8_t* output) noexcept {
  reduction::of_all(p.walk, reduction::All{true}, input, output);
}

struct ReduceMeanF32 {
  ReduceWalk walk;
  int32_t elements;  ///< that meet in one output

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("walk", self.walk);
    visit("elements", self.elements);
  }
};

constexpr void reduce_mean_f32(const ReduceMeanF32& p, const float* input, float* output) noexcept {
  reduction::of_all(p.walk, reduction::FloatMean{0.0f, static_cast<float>(p.elements)}, input, output);
}

/// Rules M1 and V1: output = requantize(offset + sum of the elements); a mean's division is inside the factor.
struct ReduceSum {
  ReduceWalk walk;
  int32_t offset;     ///< -input zero point * elements
  Multiplier factor;  ///< input scale / output scale (mean: / elements)
  OutputStage stage;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("walk", self.walk);
    visit("offset", self.offset);
    visit("factor", self.factor);
    visit("stage", self.stage);
  }
};

namespace reduction {
struct IntegerSum {
  const ReduceSum* p;
  int32_t value;
  constexpr void add(int32_t x) noexcept { value += x; }
  constexpr int32_t result() const noexcept { return land(multiply(value, p->factor), p->stage); }
};
}  // namespace reduction

constexpr void reduce_sum_s8(const ReduceSum& p, const int8_t* input, int8_t* output) noexcept {
  reduction::of_all(p.walk, reduction::IntegerSum{&p, p.offset}, input, output);
}
constexpr void reduce_sum_s16(const ReduceSum& p, const int16_t* input, int16_t* output) noexcept {
  reduction::of_all(p.walk, reduction::IntegerSum{&p, p.offset}, input, output);
}

/// Rule V2: the product, brought to steps of the factor after each element.
struct ReduceProd {
  ReduceWalk walk;
  int32_t zero_point;  ///< of the input
  Multiplier factor;   ///< input scale / the elements-th root of the output scale
  OutputStage stage;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("walk", self.walk);
    visit("zero_point", self.zero_point);
    visit("factor", self.factor);
    visit("stage", self.stage);
  }
};

namespace reduction {
struct IntegerProduct {
  const ReduceProd* p;
  int32_t value;
  bool first;
  constexpr void add(int32_t x) noexcept {
    value = first ? x - p->zero_point : scaled(static_cast<int64_t>(value) * (x - p->zero_point));
    first = false;
  }
  constexpr int32_t result() const noexcept { return land(scaled(value), p->stage); }
  constexpr int32_t scaled(int64_t x) const noexcept { return multiply_wide(x, p->factor.multiplier, p->factor.shift); }
};
}  // namespace reduction

constexpr void reduce_prod_s8(const ReduceProd& p, const int8_t* input, int8_t* output) noexcept {
  reduction::of_all(p.walk, reduction::IntegerProduct{&p, 0, true}, input, output);
}
constexpr void reduce_prod_s16(const ReduceProd& p, const int16_t* input, int16_t* output) noexcept {
  reduction::of_all(p.walk, reduction::IntegerProduct{&p, 0, true}, input, output);
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
