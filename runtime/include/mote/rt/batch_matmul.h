/// Products of matrices, one for each batch: rule V5.
#pragma once

#include "mote/rt/requantize.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// How two stacks of matrices are walked; transposed ones only have other steps. All steps count elements.
struct MatmulWalk {
  int32_t batches[3];        ///< outermost first
  int32_t a_batch_steps[3];  ///< 0 where the operand repeats
  int32_t b_batch_steps[3];
  int32_t rows, depth, columns;  ///< output[rows][columns] = a[rows][depth] * b[depth][columns]
  int32_t a_row_step, a_depth_step;
  int32_t b_depth_step, b_column_step;
  int32_t a_constant, b_constant;  ///< not 0: the operand lies where constants do and is read by load()

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("batches", self.batches);
    visit("a_batch_steps", self.a_batch_steps);
    visit("b_batch_steps", self.b_batch_steps);
    visit("rows", self.rows);
    visit("depth", self.depth);
    visit("columns", self.columns);
    visit("a_row_step", self.a_row_step);
    visit("a_depth_step", self.a_depth_step);
    visit("b_depth_step", self.b_depth_step);
    visit("b_column_step", self.b_column_step);
    visit("a_constant", self.a_constant);
    visit("b_constant", self.b_constant);
  }
};

namespace matmul {

/// `dot` has a sum to start with (`Wide zero`), the product of two elements (`times`) and the end of a sum (`output`).
template <class Dot, class T>
constexpr void one(const MatmulWalk& w, const Dot& dot, const T* a, const T* b, T* output) noexcept {
  for (int32_t i = 0; i < w.rows; ++i, a += w.a_row_step) {
    const T* column = b;
    for (int32_t j = 0; j < w.columns; ++j, column += w.b_column_step) {
      auto sum = dot.zero;
      const T* left = a;
      const T* right = column;
      for (int32_t k = 0; k < w.depth; ++k, left += w.a_depth_step, right += w.b_depth_step)
        sum += dot.times(w.a_constant != 0 ? load(left) : *left, w.b_constant != 0 ? load(right) : *right);
      *output++ = dot.output(sum);
    }
  }
}

template <class Dot, class T>
constexpr void all(const MatmulWalk& w, const Dot& dot, const T* a, const T* b, T* output) noexcept {
  const int32_t elements = w.rows * w.columns;
  for (int32_t i = 0; i < w.batches[0]; ++i)
    for (int32_t j = 0; j < w.batches[1]; ++j)
      for (int32_t k = 0; k < w.batches[2]; ++k, output += elements)
        one(w, dot, a + i * w.a_batch_steps[0] + j * w.a_batch_steps[1] + k * w.a_batch_steps[2],
            b + i * w.b_batch_steps[0] + j * w.b_batch_steps[1] + k * w.b_batch_steps[2], output);
}

struct FloatDot {
  float zero;
  constexpr float times(float a, float b) const noexcept { return a * b; }
  constexpr float output(float sum) const noexcept { return sum; }
};

}  // namespace matmul

struct BatchMatmulF32 {
  MatmulWalk walk;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("walk", self.walk);
  }
};

constexpr void batch_matmul_f32(const BatchMatmulF32& p, const float* a, const float* b, float* output) noexcept {
  matmul::all(p.walk, matmul::FloatDot{0.0f}, a, b, output);
}

struct BatchMatmul {
  MatmulWalk walk;
  int32_t a_zero_point, b_zero_point;
  Multiplier factor;  ///< scale of a * scale of b / output scale
  OutputStage stage;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("walk", self.walk);
    visit("a_zero_point", self.a_zero_point);
    visit("b_zero_point", self.b_zero_point);
    visit("factor", self.factor);
    visit("stage", self.stage);
  }
};

namespace matmul {
struct Int8Dot {
  const BatchMatmul* p;
  int32_t zero;
  constexpr int32_t times(int8_t a, int8_t b) const noexcept {
    return static_cast<int32_t>(a - p->a_zero_point) * static_cast<int32_t>(b - p->b_zero_point);
  }
  constexpr int8_t output(int32_t sum) const noexcept {
    return requantize(sum, p->factor.multiplier, p->factor.shift, p->stage);
  }
};
struct Int16Dot {
  const BatchMatmul* p;
  int64_t zero;
  constexpr int64_t times(int16_t a, int16_t b) const noexcept {
    return static_cast<int64_t>(static_cast<int32_t>(a) * static_cast<int32_t>(b));
  }
  constexpr int16_t output(int64_t sum) const noexcept {
    return requantize_wide(sum, p->factor.multiplier, p->factor.shift, p->stage);
  }
};
}  // namespace matmul

constexpr void batch_matmul_s8(const BatchMatmul& p, const int8_t* a, const int8_t* b, int8_t* output) noexcept {
  matmul::all(p.walk, matmul::Int8Dot{&p, 0}, a, b, output);
}
/// Zero points are 0.
constexpr void batch_matmul_s16(const BatchMatmul& p, const int16_t* a, const int16_t* b, int16_t* output) noexcept {
  matmul::all(p.walk, matmul::Int16Dot{&p, 0}, a, b, output);
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
