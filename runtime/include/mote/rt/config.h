/// What every kernel leans on: the version's namespace, the one way constants are read, and a few words. Kernels are
/// freestanding C++14: no heap, exceptions, run-time types, libm or mutable globals. They never fail: what a parameter
/// must satisfy is checked on the host before a call is made.

#pragma once

#include <stddef.h>
#include <stdint.h>

#define MOTE_RT_VERSION 1

/// For parts of one kernel's loop that have a name of their own, which a compiler might take for functions.
#if defined(__GNUC__)
#define MOTE_RT_INLINE inline __attribute__((always_inline))
#else
#define MOTE_RT_INLINE inline
#endif

namespace mote {
namespace rt {
inline namespace v1 {

/// The smallest and largest number of an integer type of up to 32 bits.
template <class T>
constexpr int32_t lowest() noexcept {
  return static_cast<T>(-1) > T{0} ? 0 : static_cast<int32_t>(-(int64_t{1} << (8 * sizeof(T) - 1)));
}
template <class T>
constexpr int32_t highest() noexcept {
  return static_cast<int32_t>((int64_t{1} << (8 * sizeof(T) - (lowest<T>() == 0 ? 0 : 1))) - 1);
}
#if !defined(__AVR__)
/// Reads one element of a constant (weights, tables). On AVR constants live in flash, which needs an instruction of
/// its own (arch/avr.h).
template <class T>
constexpr T load(const T* constant) noexcept {
  return *constant;
}
#endif
}  // namespace v1
}  // namespace rt
}  // namespace mote

#if defined(__AVR__)
#include "mote/rt/arch/avr.h"
#endif
