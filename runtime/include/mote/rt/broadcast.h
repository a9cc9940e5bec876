#pragma once

#include "mote/rt/config.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// How two operands of up to five dimensions are walked so that the smaller one repeats. The host merges dimensions, so
/// that equal shapes, scalars and trailing vectors need one or two; unused outer ones have extent 1.
struct Broadcast {
  int32_t extents[5];  ///< of the output, outermost first
  int32_t a_steps[5];  ///< [4]: elements from one element of the innermost dimension to the next; [d]: elements to move
  int32_t b_steps[5];  ///< when dimension d advances, counted from the end of the walk through the dimensions inside it
  int32_t a_constant;  ///< not 0: the operand lies where constants do and is read by load()
  int32_t b_constant;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("extents", self.extents);
    visit("a_steps", self.a_steps);
    visit("b_steps", self.b_steps);
    visit("a_constant", self.a_constant);
    visit("b_constant", self.b_constant);
  }
};

/// output = function(a, b), element by element.
template <class A, class B, class Output, class Function>
constexpr void broadcast(const Broadcast& p, const A* a, const B* b, Output* output, const Function function) noexcept {
  int32_t at[4] = {0, 0, 0, 0};
  const int32_t a_step = p.a_steps[4];
  const int32_t b_step = p.b_steps[4];
  const bool side_by_side = a_step == 1 && b_step == 1 && p.a_constant == 0 && p.b_constant == 0;
  for (;;) {
    if (side_by_side)
      for (const Output* const end = output + p.extents[4]; output != end;) *output++ = function(*a++, *b++);
    else
      for (int32_t i = 0; i < p.extents[4]; ++i, a += a_step, b += b_step)
        *output++ = function(p.a_constant != 0 ? load(a) : *a, p.b_constant != 0 ? load(b) : *b);
    int32_t d = 3;
    while (d >= 0 && ++at[d] == p.extents[d]) at[d--] = 0;
    if (d < 0) return;
    a += p.a_steps[d];
    b += p.b_steps[d];
  }
}

/// A function of two elements of one type, without parameters of its own.
struct Pairwise {
  Broadcast walk;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("walk", self.walk);
  }
};

}  // namespace v1
}  // namespace rt
}  // namespace mote
