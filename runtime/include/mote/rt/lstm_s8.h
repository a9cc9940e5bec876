#pragma once

#include "mote/rt/gates_s16.h"
#include "mote/rt/weights.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// Long short-term memory over a sequence in integers (rule Y2), for int8 and for int16 activations. Rows as in
/// LstmF32.
struct LstmS8 {
  int32_t batches;
  int32_t steps;
  int32_t inputs;
  int32_t units;
  int32_t step_stride;
  int32_t batch_stride;
  Multiplier input_factor[4];   ///< gates in the order input, forget, cell, output: sums to 12 bits behind the point
  Multiplier hidden_factor[4];  ///< the same for the products with the hidden state
  Multiplier forget;            ///< forget gate * old cell to the cell
  Multiplier update;            ///< input gate * candidate to the cell
  GateScale cell;               ///< of the cell into tanh
  int32_t cell_clip;            ///< 0: none
  Multiplier output;            ///< output gate * tanh(cell) to the hidden state
  OutputStage stage;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("batches", self.batches);
    visit("steps", self.steps);
    visit("inputs", self.inputs);
    visit("units", self.units);
    visit("step_stride", self.step_stride);
    visit("batch_stride", self.batch_stride);
    visit("input_factor", self.input_factor);
    visit("hidden_factor", self.hidden_factor);
    visit("forget", self.forget);
    visit("update", self.update);
    visit("cell", self.cell);
    visit("cell_clip", self.cell_clip);
    visit("output", self.output);
    visit("stage", self.stage);
  }
};

/// bias + the products of one row, times the factor, within int16.
constexpr int32_t gate_sum(int32_t bias, const int8_t* x, const int8_t* weights, int32_t count,
                           const Multiplier& factor) noexcept {
  return clamp(multiply(WeightsS8::dot(bias, x, Plain{}, weights, 0, count), factor), -32768, 32767);
}
constexpr int32_t gate_sum(int64_t bias, const int16_t* x, const int8_t* weights, int32_t count,
                           const Multiplier& factor) noexcept {
  const int64_t sum = WeightsS8::dot(bias, x, Plain{}, weights, 0, count);
  return clamp(multiply_wide(sum, factor.multiplier, factor.shift), -32768, 32767);
}

template <class Activation, class Bias>
constexpr void lstm_integer(const LstmS8& p, const Activation* input, const int8_t* weights, const Bias* bias,
                            const int16_t* table, Activation* hidden, int16_t* cell, Activation* output) noexcept {
  for (int32_t batch = 0; batch < p.batches; ++batch, hidden += p.units, cell += p.units)
    for (int32_t step = 0; step < p.steps; ++step) {
      const int32_t row = step * p.step_stride + batch * p.batch_stride;
      const Activation* const x = input + row * p.inputs;
      Activation* const y = output + row * p.units;
      const int8_t* weight = weights;
      const Bias* own_bias = bias;
      for (int32_t unit = 0; unit < p.units; ++unit) {
        int32_t gate[4] = {};
        for (int32_t g = 0; g < 4; ++g, weight += p.inputs + p.units, own_bias += 2) {
          const int32_t own = gate_sum(load(own_bias), x, weight, p.inputs, p.input_factor[g]);
          const int32_t past = gate_sum(load(own_bias + 1), hidden, weight + p.inputs, p.units, p.hidden_factor[g]);
          const int32_t place = scaled(add_s16(own, past), kGateSum);
          gate[g] = g == 2 ? gate_tanh(table, place) : gate_sigmoid(table, place);
        }
        const int32_t kept = clamp(multiply(gate[1] * cell[unit], p.forget), -32768, 32767);
        const int32_t added = clamp(multiply(gate[0] * gate[2], p.update), -32768, 32767);
        const int32_t state = add_s16(kept, added);
        cell[unit] = static_cast<int16_t>(p.cell_clip > 0 ? clamp(state, -p.cell_clip, p.cell_clip) : state);
        const int32_t shown = gate_tanh(table, scaled(cell[unit], p.cell));
        y[unit] = static_cast<Activation>(land(multiply(shown * gate[3], p.output), p.stage));
      }
      for (int32_t unit = 0; unit < p.units; ++unit) hidden[unit] = y[unit];
    }
}

/// `weights` int8[units][4][inputs + units]; `bias` int32[units][4][2], that of the inputs and that of the hidden
/// state, zero points folded in; `table` int16[256], see gates_s16.h; `hidden` int8[batches][units] and `cell`
/// int16[batches][units], read and written; `output` as many rows as the input.
constexpr void lstm_s8(const LstmS8& p, const int8_t* input, const int8_t* weights, const int32_t* bias,
                       const int16_t* table, int8_t* hidden, int16_t* cell, int8_t* output) noexcept {
  lstm_integer(p, input, weights, bias, table, hidden, cell, output);
}

/// The same for int16 activations: `bias` int64[units][4][2].
constexpr void lstm_s16(const LstmS8& p, const int16_t* input, const int8_t* weights, const int64_t* bias,
                        const int16_t* table, int16_t* hidden, int16_t* cell, int16_t* output) noexcept {
  lstm_integer(p, input, weights, bias, table, hidden, cell, output);
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
