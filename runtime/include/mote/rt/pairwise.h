/// Functions of two elements of one type that need no parameters: the smaller and the larger one, and what only plain
/// numbers (float32, int32) have.
#pragma once

#include "mote/rt/broadcast.h"
#include "mote/rt/elementary_f32.h"

namespace mote {
namespace rt {
inline namespace v1 {

namespace pairwise {

struct Minimum {
  template <class T>
  constexpr T operator()(T a, T b) const noexcept {
    return a < b ? a : b;
  }
};
struct Maximum {
  template <class T>
  constexpr T operator()(T a, T b) const noexcept {
    return a > b ? a : b;
  }
};
/// Integers wrap.
struct SquaredDifference {
  constexpr float operator()(float a, float b) const noexcept { return (a - b) * (a - b); }
  constexpr int32_t operator()(int32_t a, int32_t b) const noexcept {
    const uint32_t difference = static_cast<uint32_t>(a) - static_cast<uint32_t>(b);
    return static_cast<int32_t>(difference * difference);
  }
};
/// The quotient rounded down. x / 0 is 0 for integers.
struct FloorDiv {
  float operator()(float a, float b) const noexcept { return floor_of(a / b); }
  constexpr int32_t operator()(int32_t a, int32_t b) const noexcept {
    if (b == 0) return 0;
    if (b == -1) return static_cast<int32_t>(0u - static_cast<uint32_t>(a));
    return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
  }
};
/// What is left of a, with the sign of b. x mod 0 is 0 for integers.
struct FloorMod {
  float operator()(float a, float b) const noexcept {
    const float rest = left_of(a, b);
    return rest != 0.0f && (rest < 0.0f) != (b < 0.0f) ? rest + b : rest;
  }
  constexpr int32_t operator()(int32_t a, int32_t b) const noexcept {
    if (b == 0 || b == -1) return 0;
    const int32_t rest = a % b;
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
  }

 private:
  /// a less the largest multiple of b that fits, with a's sign; exact: b doubled is subtracted from the top down.
  static float left_of(float a, float b) noexcept {
    const float divisor = magnitude(b);
    float rest = magnitude(a);
    if (!(rest < infinity()) || !(divisor > 0.0f)) return not_a_number();
    while (rest >= divisor) {
      float multiple = divisor;
      while (multiple <= rest * 0.5f) multiple *= 2.0f;
      rest -= multiple;
    }
    return a < 0.0f ? -rest : rest;
  }
};
/// Negative exponents of integers give 0, as cutting off does, but for bases 1 and -1; large results wrap.
struct Power {
  float operator()(float a, float b) const noexcept { return power(a, b); }
  constexpr int32_t operator()(int32_t a, int32_t b) const noexcept {
    if (b < 0) return a == 1 ? 1 : a == -1 ? ((b & 1) != 0 ? -1 : 1) : 0;
    uint32_t result = 1;
    uint32_t base = static_cast<uint32_t>(a);
    for (; b > 0; b >>= 1, base *= base)
      if ((b & 1) != 0) result *= base;
    return static_cast<int32_t>(result);
  }
};

}  // namespace pairwise

/// `output` may be an input of the output's shape, here and below.
constexpr void minimum_f32(const Pairwise& p, const float* a, const float* b, float* output) noexcept {
  broadcast(p.walk, a, b, output, pairwise::Minimum{});
}
constexpr void minimum_s8(const Pairwise& p, const int8_t* a, const int8_t* b, int8_t* output) noexcept {
  broadcast(p.walk, a, b, output, pairwise::Minimum{});
}
constexpr void minimum_s16(const Pairwise& p, const int16_t* a, const int16_t* b, int16_t* output) noexcept {
  broadcast(p.walk, a, b, output, pairwise::Minimum{});
}
constexpr void minimum_s32(const Pairwise& p, const int32_t* a, const int32_t* b, int32_t* output) noexcept {
  broadcast(p.walk, a, b, output, pairwise::Minimum{});
}

constexpr void maximum_f32(const Pairwise& p, const float* a, const float* b, float* output) noexcept {
  broadcast(p.walk, a, b, output, pairwise::Maximum{});
}
constexpr void maximum_s8(const Pairwise& p, const int8_t* a, const int8_t* b, int8_t* output) noexcept {
  broadcast(p.walk, a, b, output, pairwise::Maximum{});
}
constexpr void maximum_s16(const Pairwise& p, const int16_t* a, const int16_t* b, int16_t* output) noexcept {
  broadcast(p.walk, a, b, output, pairwise::Maximum{});
}
constexpr void maximum_s32(const Pairwise& p, const int32_t* a, const int32_t* b, int32_t* output) noexcept {
  broadcast(p.walk, a, b, output, pairwise::Maximum{});
}

constexpr void squared_difference_f32(const Pairwise& p, const float* a, const float* b, float* output) noexcept {
  broadcast(p.walk, a, b, output, pairwise::SquaredDifference{});
}
constexpr void squared_difference_s32(const Pairwise& p, const int32_t* a, const int32_t* b, int32_t* output) noexcept {
  broadcast(p.walk, a, b, output, pairwise::SquaredDifference{});
}

inline void floor_div_f32(const Pairwise& p, const float* a, const float* b, float* output) noexcept {
  broadcast(p.walk, a, b, output, pairwise::FloorDiv{});
}
constexpr void floor_div_s32(const Pairwise& p, const int32_t* a, const int32_t* b, int32_t* output) noexcept {
  broadcast(p.walk, a, b, output, pairwise::FloorDiv{});
}

inline void floor_mod_f32(const Pairwise& p, const float* a, const float* b, float* output) noexcept {
  broadcast(p.walk, a, b, output, pairwise::FloorMod{});
}
constexpr void floor_mod_s32(const Pairwise& p, const int32_t* a, const int32_t* b, int32_t* output) noexcept {
  broadcast(p.walk, a, b, output, pairwise::FloorMod{});
}

inline void pow_f32(const Pairwise& p, const float* a, const float* b, float* output) noexcept {
  broadcast(p.walk, a, b, output, pairwise::Power{});
}
constexpr void pow_s32(const Pairwise& p, const int32_t* a, const int32_t* b, int32_t* output) noexcept {
  broadcast(p.walk, a, b, output, pairwise::Power{});
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
