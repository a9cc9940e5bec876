/// What AVR contributes: constants stay in flash, which is not among the data and has a load instruction of its own;
/// wide products are put together from those of 16 bits. The inner product is in avr_weights.h.
#pragma once

#include <stdint.h>

#if defined(__AVR__)

namespace mote {
namespace rt {
inline namespace v1 {
namespace avr {

template <int Bytes>
struct FlashWord;
template <>
struct FlashWord<1> {
  template <class T>
  static T read(const T* constant) noexcept {
    T value;
    __asm__("lpm %0, Z" : "=r"(value) : "z"(constant));
    return value;
  }
};
template <>
struct FlashWord<2> {
  template <class T>
  static T read(const T* constant) noexcept {
    T value;
    __asm__("lpm %A0, Z+\nlpm %B0, Z" : "=&r"(value), "+z"(constant));
    return value;
  }
};
template <>
struct FlashWord<4> {
  template <class T>
  static T read(const T* constant) noexcept {
    T value;
    __asm__("lpm %A0, Z+\nlpm %B0, Z+\nlpm %C0, Z+\nlpm %D0, Z" : "=&r"(value), "+z"(constant));
    return value;
  }
};
template <>
struct FlashWord<8> {
  template <class T>
  static T read(const T* constant) noexcept {
    const uint32_t* const halves = reinterpret_cast<const uint32_t*>(constant);
    return static_cast<T>(static_cast<uint64_t>(FlashWord<4>::read(halves)) |
                          static_cast<uint64_t>(FlashWord<4>::read(halves + 1)) << 32);
  }
};

}  // namespace avr

/// Reads one element of a constant (weights, tables) from flash, whose first 64 KB are within reach.
template <class T>
constexpr T load(const T* constant) noexcept {
  return avr::FlashWord<sizeof(T)>::read(constant);
}

namespace avr {

/// As doubling_high_multiply, in products of 16 bits.
inline int32_t doubling_high_multiply(int32_t a, int32_t b) noexcept {
  const uint16_t a_low = static_cast<uint16_t>(a), a_high = static_cast<uint16_t>(static_cast<uint32_t>(a) >> 16);
  const uint16_t b_low = static_cast<uint16_t>(b), b_high = static_cast<uint16_t>(static_cast<uint32_t>(b) >> 16);
  const uint32_t low = static_cast<uint32_t>(a_low) * b_low;
  const uint32_t first = static_cast<uint32_t>(a_low) * b_high + static_cast<uint16_t>(low >> 16);
  const uint32_t second = static_cast<uint32_t>(a_high) * b_low + static_cast<uint16_t>(first);
  uint32_t high =
      static_cast<uint32_t>(a_high) * b_high + static_cast<uint16_t>(first >> 16) + static_cast<uint16_t>(second >> 16);
  if (a < 0) high -= static_cast<uint32_t>(b);
  // Bit 30 rounds; what is below the middle 16 bits cannot carry into them.
  const uint16_t middle = static_cast<uint16_t>(static_cast<uint16_t>(second) + 0x4000u);
  if (middle < 0x4000u) ++high;
  return static_cast<int32_t>(high << 1 | (middle >> 15));
}

/// As rounding_divide_by_power_of_two, with one shift, by whole bytes first.
inline int32_t rounding_divide_by_power_of_two(int32_t x, int32_t exponent) noexcept {
  if (exponent == 0) return x;
  int32_t y = x - (x < 0 ? 1 : 0);
  uint8_t left = static_cast<uint8_t>(exponent - 1);
  for (; left >= 8; left = static_cast<uint8_t>(left - 8)) y >>= 8;
  for (; left > 0; --left) y >>= 1;
  return (y >> 1) + (y & 1);
}

}  // namespace avr

/// Rules Q1 and Q2 (mote/rt/requantize.h).
template <class T>
constexpr T doubling_high_multiply(T a, T b) noexcept {
  return avr::doubling_high_multiply(a, b);
}
template <class T, class Exponent>
constexpr T rounding_divide_by_power_of_two(T x, Exponent exponent) noexcept {
  return avr::rounding_divide_by_power_of_two(x, exponent);
}

}  // namespace v1
}  // namespace rt
}  // namespace mote

#endif  // __AVR__
