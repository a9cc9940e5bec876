#pragma once

#include "mote/rt/config.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// Element types of a cast.
enum CastType : int32_t { kCastFloat, kCastInt8, kCastUint8, kCastInt16, kCastInt32, kCastInt64, kCastBool };

/// `count` numbers of one type as numbers of another.
struct Cast {
  int32_t count;
  int32_t from;  ///< CastType
  int32_t to;    ///< CastType

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("count", self.count);
    visit("from", self.from);
    visit("to", self.to);
  }
};

/// Element `i` of type T at any address, whatever type wrote it.
template <class T>
inline T cast_load(const void* elements, int32_t i) noexcept {
  T value;
  __builtin_memcpy(&value, static_cast<const uint8_t*>(elements) + static_cast<size_t>(i) * sizeof(T), sizeof(T));
  return value;
}
template <class T>
inline void cast_store(void* elements, int32_t i, T value) noexcept {
  __builtin_memcpy(static_cast<uint8_t*>(elements) + static_cast<size_t>(i) * sizeof(T), &value, sizeof(T));
}

inline int64_t cast_load_integer(const Cast& p, const void* input, int32_t i) noexcept {
  switch (p.from) {
    case kCastInt8:
      return cast_load<int8_t>(input, i);
    case kCastUint8:
      return cast_load<uint8_t>(input, i);
    case kCastInt16:
      return cast_load<int16_t>(input, i);
    case kCastInt32:
      return cast_load<int32_t>(input, i);
    case kCastInt64:
      return cast_load<int64_t>(input, i);
    default:
      return cast_load<uint8_t>(input, i) != 0;
  }
}

/// A real number without its fraction, saturated to [low, high]; 0 for what is no number.
inline int64_t cast_truncated(float real, int64_t low, int64_t high) noexcept {
  if (!(real == real)) return 0;
  if (real <= static_cast<float>(low)) return low;
  if (real >= static_cast<float>(high)) return high;
  return static_cast<int64_t>(real);
}

/// The lowest and the highest number of an integer type.
inline int64_t cast_low(int32_t type) noexcept {
  return type == kCastInt8    ? INT8_MIN
         : type == kCastUint8 ? 0
         : type == kCastInt16 ? INT16_MIN
         : type == kCastInt32 ? INT32_MIN
                              : INT64_MIN;
}
inline int64_t cast_high(int32_t type) noexcept {
  return type == kCastInt8    ? INT8_MAX
         : type == kCastUint8 ? UINT8_MAX
         : type == kCastInt16 ? INT16_MAX
         : type == kCastInt32 ? INT32_MAX
                              : INT64_MAX;
}

/// Stores the low bits: an integer that does not fit wraps round, as a C conversion does.
inline void cast_store_integer(const Cast& p, void* output, int32_t i, int64_t whole) noexcept {
  switch (p.to) {
    case kCastInt8:
    case kCastUint8:
      return cast_store(output, i, static_cast<uint8_t>(whole));
    case kCastInt16:
      return cast_store(output, i, static_cast<uint16_t>(whole));
    case kCastInt32:
      return cast_store(output, i, static_cast<uint32_t>(whole));
    default:
      return cast_store(output, i, whole);
  }
}

inline void cast(const Cast& p, const void* input, void* output) noexcept {
  for (int32_t i = 0; i < p.count; ++i) {
    if (p.from == kCastFloat) {
      const float real = cast_load<float>(input, i);
      if (p.to == kCastFloat)
        cast_store(output, i, real);
      else if (p.to == kCastBool)
        cast_store(output, i, static_cast<uint8_t>(real != 0));
      else
        cast_store_integer(p, output, i, cast_truncated(real, cast_low(p.to), cast_high(p.to)));
    } else {
      const int64_t whole = cast_load_integer(p, input, i);
      if (p.to == kCastFloat)
        cast_store(output, i, static_cast<float>(whole));
      else if (p.to == kCastBool)
        cast_store(output, i, static_cast<uint8_t>(whole != 0));
      else
        cast_store_integer(p, output, i, whole);
    }
  }
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
