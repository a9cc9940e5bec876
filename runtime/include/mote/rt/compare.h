/// Comparisons and logical functions: rule V3. Truth values are bytes: 0, or 1 (any other counts as true).
#pragma once

#include "mote/rt/broadcast.h"
#include "mote/rt/requantize.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// What a comparison holds for, as a sum of these. Numbers that are none are unordered.
enum Relation : int32_t { kLess = 1, kEqual = 2, kGreater = 4, kUnordered = 8 };

struct Compare {
  Broadcast walk;
  int32_t relation;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("walk", self.walk);
    visit("relation", self.relation);
  }

  template <class T>
  constexpr uint8_t operator()(T a, T b) const noexcept {
    const int32_t found = a < b ? kLess : a > b ? kGreater : a == b ? kEqual : kUnordered;
    return static_cast<uint8_t>((found & relation) != 0);
  }
};

constexpr void compare_f32(const Compare& p, const float* a, const float* b, uint8_t* output) noexcept {
  broadcast(p.walk, a, b, output, p);
}
constexpr void compare_s32(const Compare& p, const int32_t* a, const int32_t* b, uint8_t* output) noexcept {
  broadcast(p.walk, a, b, output, p);
}
constexpr void compare_s64(const Compare& p, const int64_t* a, const int64_t* b, uint8_t* output) noexcept {
  broadcast(p.walk, a, b, output, p);
}
/// Of quantized numbers of one scale.
constexpr void compare_s16(const Compare& p, const int16_t* a, const int16_t* b, uint8_t* output) noexcept {
  broadcast(p.walk, a, b, output, p);
}
/// Of truth values.
constexpr void compare_u8(const Compare& p, const uint8_t* a, const uint8_t* b, uint8_t* output) noexcept {
  broadcast(p.walk, a, b, output, p);
}

/// Of quantized numbers, each brought to steps of 1/256.
struct CompareScaled {
  Compare compare;
  int32_t a_zero_point, b_zero_point;
  Multiplier a_factor, b_factor;  ///< own scale, below 1

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("compare", self.compare);
    visit("a_zero_point", self.a_zero_point);
    visit("b_zero_point", self.b_zero_point);
    visit("a_factor", self.a_factor);
    visit("b_factor", self.b_factor);
  }

  template <class T>
  constexpr uint8_t operator()(T a, T b) const noexcept {
    return compare(multiply((a - a_zero_point) * int32_t{256}, a_factor),
                   multiply((b - b_zero_point) * int32_t{256}, b_factor));
  }
};

constexpr void compare_s8(const CompareScaled& p, const int8_t* a, const int8_t* b, uint8_t* output) noexcept {
  broadcast(p.compare.walk, a, b, output, p);
}
struct Logical {
  Broadcast walk;
  int32_t both;  ///< not 0: and, else or

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("walk", self.walk);
    visit("both", self.both);
  }

  constexpr uint8_t operator()(uint8_t a, uint8_t b) const noexcept {
    const bool result = both != 0 ? a != 0 && b != 0 : a != 0 || b != 0;
    return static_cast<uint8_t>(result);
  }
};

constexpr void logical_u8(const Logical& p, const uint8_t* a, const uint8_t* b, uint8_t* output) noexcept {
  broadcast(p.walk, a, b, output, p);
}

struct LogicalNot {
  int32_t elements;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("elements", self.elements);
  }
};

constexpr void logical_not_u8(const LogicalNot& p, const uint8_t* input, uint8_t* output) noexcept {
  for (int32_t i = 0; i < p.elements; ++i) output[i] = static_cast<uint8_t>(input[i] == 0);
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
