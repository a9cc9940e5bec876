/// Moving bytes: what sets state to its first content, and what reads and writes variables.
#pragma once

#include "mote/rt/config.h"

namespace mote {
namespace rt {
inline namespace v1 {

struct FillBytes {
  int32_t count;
  int32_t value;  ///< in [0, 255]

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("count", self.count);
    visit("value", self.value);
  }
};

constexpr void fill_bytes(const FillBytes& p, uint8_t* to) noexcept {
  for (int32_t i = 0; i < p.count; ++i) to[i] = static_cast<uint8_t>(p.value);
}

struct CopyBytes {
  int32_t count;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("count", self.count);
  }
};

/// `from` may overlap `to` if it does not begin before it.
constexpr void copy_bytes(const CopyBytes& p, const uint8_t* from, uint8_t* to) noexcept {
  for (int32_t i = 0; i < p.count; ++i) to[i] = from[i];
}

/// The same from a constant.
constexpr void copy_constant(const CopyBytes& p, const uint8_t* from, uint8_t* to) noexcept {
  for (int32_t i = 0; i < p.count; ++i) to[i] = load(from + i);
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
