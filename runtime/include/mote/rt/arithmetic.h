/// Sum, difference, product and quotient of two operands in float32 and in plain int32, clamped.
#pragma once

#include "mote/rt/broadcast.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// output = clamp(a op b, low, high)
template <class T>
struct Arithmetic {
  Broadcast walk;
  T low, high;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("walk", self.walk);
    visit("low", self.low);
    visit("high", self.high);
  }
};
using ArithmeticF32 = Arithmetic<float>;
using ArithmeticS32 = Arithmetic<int32_t>;

namespace arithmetic {

// Integers wrap, as the reference's do on every board.
struct Sum {
  constexpr float operator()(float a, float b) const noexcept { return a + b; }
  constexpr int32_t operator()(int32_t a, int32_t b) const noexcept {
    return static_cast<int32_t>(static_cast<uint32_t>(a) + static_cast<uint32_t>(b));
  }
};
struct Difference {
  constexpr float operator()(float a, float b) const noexcept { return a - b; }
  constexpr int32_t operator()(int32_t a, int32_t b) const noexcept {
    return static_cast<int32_t>(static_cast<uint32_t>(a) - static_cast<uint32_t>(b));
  }
};
struct Product {
  constexpr float operator()(float a, float b) const noexcept { return a * b; }
  constexpr int32_t operator()(int32_t a, int32_t b) const noexcept {
    return static_cast<int32_t>(static_cast<uint32_t>(a) * static_cast<uint32_t>(b));
  }
};
/// Integers are cut off towards 0; x / 0 is 0, and the one quotient that does not fit wraps.
struct Quotient {
  constexpr float operator()(float a, float b) const noexcept { return a / b; }
  constexpr int32_t operator()(int32_t a, int32_t b) const noexcept {
    return b == 0 ? 0 : b == -1 ? static_cast<int32_t>(0u - static_cast<uint32_t>(a)) : a / b;
  }
};

template <class T, class Function>
struct Clamped {
  T low, high;
  constexpr T operator()(T a, T b) const noexcept {
    const T result = Function{}(a, b);
    return result < low ? low : result > high ? high : result;
  }
};

template <class Function, class T>
constexpr void apply(const Arithmetic<T>& p, const T* a, const T* b, T* output) noexcept {
  broadcast(p.walk, a, b, output, Clamped<T, Function>{p.low, p.high});
}

}  // namespace arithmetic

/// `output` may be an input of the output's shape, here and below.
constexpr void add_f32(const ArithmeticF32& p, const float* a, const float* b, float* output) noexcept {
  arithmetic::apply<arithmetic::Sum>(p, a, b, output);
}
constexpr void sub_f32(const ArithmeticF32& p, const float* a, const float* b, float* output) noexcept {
  arithmetic::apply<arithmetic::Difference>(p, a, b, output);
}
constexpr void mul_f32(const ArithmeticF32& p, const float* a, const float* b, float* output) noexcept {
  arithmetic::apply<arithmetic::Product>(p, a, b, output);
}
constexpr void div_f32(const ArithmeticF32& p, const float* a, const float* b, float* output) noexcept {
  arithmetic::apply<arithmetic::Quotient>(p, a, b, output);
}

constexpr void add_s32(const ArithmeticS32& p, const int32_t* a, const int32_t* b, int32_t* output) noexcept {
  arithmetic::apply<arithmetic::Sum>(p, a, b, output);
}
constexpr void sub_s32(const ArithmeticS32& p, const int32_t* a, const int32_t* b, int32_t* output) noexcept {
  arithmetic::apply<arithmetic::Difference>(p, a, b, output);
}
constexpr void mul_s32(const ArithmeticS32& p, const int32_t* a, const int32_t* b, int32_t* output) noexcept {
  arithmetic::apply<arithmetic::Product>(p, a, b, output);
}
constexpr void div_s32(const ArithmeticS32& p, const int32_t* a, const int32_t* b, int32_t* output) noexcept {
  arithmetic::apply<arithmetic::Quotient>(p, a, b, output);
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
