#pragma once

#include "mote/rt/logistic_f32.h"
#include "mote/rt/tanh_f32.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// Long short-term memory over a sequence. Row r of the input belongs to step t of sequence b with
/// r = t * step_stride + b * batch_stride.
struct LstmF32 {
  int32_t batches;
  int32_t steps;
  int32_t inputs;
  int32_t units;
  int32_t step_stride;
  int32_t batch_stride;
  float cell_clip;  ///< largest magnitude of the cell; the largest float where there is no clip

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("batches", self.batches);
    visit("steps", self.steps);
    visit("inputs", self.inputs);
    visit("units", self.units);
    visit("step_stride", self.step_stride);
    visit("batch_stride", self.batch_stride);
    visit("cell_clip", self.cell_clip);
  }
};

/// `weights` float[units][4][inputs + units] and `bias` float[units][4], the gates in the order input, forget, cell,
/// output; `hidden` and `cell` float[batches][units], read and written; `output` as many rows as the input.
inline void lstm_f32(const LstmF32& p, const float* input, const float* weights, const float* bias, float* hidden,
                     float* cell, float* output) noexcept {
  for (int32_t batch = 0; batch < p.batches; ++batch, hidden += p.units, cell += p.units)
    for (int32_t step = 0; step < p.steps; ++step) {
      const int32_t row = step * p.step_stride + batch * p.batch_stride;
      const float* const x = input + row * p.inputs;
      float* const y = output + row * p.units;
      const float* weight = weights;
      const float* own_bias = bias;
      for (int32_t unit = 0; unit < p.units; ++unit) {
        float gate[4] = {};
        for (float& sum : gate) {
          sum = load(own_bias++);
          for (int32_t i = 0; i < p.inputs; ++i) sum += x[i] * load(weight++);
          for (int32_t i = 0; i < p.units; ++i) sum += hidden[i] * load(weight++);
        }
        const float state = sigmoid(gate[1]) * cell[unit] + sigmoid(gate[0]) * hyperbolic_tangent(gate[2]);
        cell[unit] = state < -p.cell_clip ? -p.cell_clip : state > p.cell_clip ? p.cell_clip : state;
        y[unit] = sigmoid(gate[3]) * hyperbolic_tangent(cell[unit]);
      }
      for (int32_t unit = 0; unit < p.units; ++unit) hidden[unit] = y[unit];
    }
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
