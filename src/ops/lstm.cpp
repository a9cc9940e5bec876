#include "ops/lstm.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "mote/rt/lstm_f32.h"
#include "mote/rt/lstm_s8.h"
#include "ops/pointwise.h"
#include "ops/quantize_math.h"

namespace mote {

namespace {
constexpr Kernel kFloat = describe_kernel<&rt::lstm_f32>("lstm_f32", "LstmF32");
constexpr Kernel kInt8 = describe_kernel<&rt::lstm_s8>("lstm_s8", "LstmS8");
constexpr Kernel kInt16 = describe_kernel<&rt::lstm_s16>("lstm_s16", "LstmS8", "lstm_s8");

/// Steps of a gate's sum, of a gate, and of tanh(cell).
constexpr float kSumScale = 1.0f / 4096;
constexpr float kGateScale = 1.0f / 32768;

struct Sizes {
  int32_t batches, steps, inputs, units, step_stride, batch_stride;
};

Sizes sizes_of(const Lstm& op, const Shape& input, const Shape& weights) {
  const int32_t batches = op.time_major ? input[1] : input[0];
  const int32_t steps = op.time_major ? input[0] : input[1];
  return {batches, steps, input[2], weights[0], op.time_major ? batches : 1, op.time_major ? 1 : steps};
}

Sizes sizes_of(const Lstm& op, Arguments inputs) {
  return sizes_of(op, inputs[Lstm::kInput].type.shape, inputs[Lstm::kInputWeights].type.shape);
}

Result<> expect_shape(const Argument& operand, const Shape& expected, size_t index) {
  if (!operand.left_out && operand.type.shape == expected) return {};
  if (operand.left_out)
    return fail(ErrorCode::kUnsupported,
                "operand {} is left out; layers whose input gate is 1 - forget gate are not "
                "supported, build the layer with all four gates",
                index);
  return fail(ErrorCode::kBadInput, "operand {} has the shape {}, {} is expected", index, text(operand.type.shape),
              text(expected));
}

Result<> expect_left_out(Arguments inputs, size_t first, size_t count, std::string_view what) {
  for (size_t i = first; i < std::min(first + count, inputs.size()); ++i)
    if (!inputs[i].left_out)
      return fail(ErrorCode::kUnsupported, "has {} (operand {}), which is not supported; build the layer without it",
                  what, i);
  return {};
}

Result<> expect_types(Arguments inputs, DType weights, DType bias, DType cell) {
  const DType activation = inputs[Lstm::kInput].type.dtype;
  const auto expect = [&](size_t place, DType dtype, bool constant) -> Result<> {
    if (inputs[place].type.dtype != dtype)
      return fail(ErrorCode::kUnsupported, "operand {} is {}, {} is expected beside an input of {}", place,
                  name(inputs[place].type.dtype), name(dtype), name(activation));
    if (constant && inputs[place].constant == nullptr)
      return fail(ErrorCode::kUnsupported, "operand {} is computed at run time; only constant weights are compiled",
                  place);
    return {};
  };
  for (size_t k = 0; k < Lstm::kGates; ++k) {
    MOTE_TRY(expect(Lstm::kInputWeights + k, weights, true));
    MOTE_TRY(expect(Lstm::kHiddenWeights + k, weights, true));
    MOTE_TRY(expect(Lstm::kBias + k, bias, true));
  }
  MOTE_TRY(expect(Lstm::kHidden, activation, false));
  return expect(Lstm::kCell, cell, false);
}

/// For each unit and gate the row of the input's weights, then that of the hidden state's.
std::vector<uint8_t> packed_weights(Arguments inputs, const Sizes& s, size_t element) {
  std::vector<uint8_t> result;
  const auto add_row = [&](size_t place, size_t unit, int32_t length) {
    const size_t bytes = static_cast<size_t>(length) * element;
    const auto row = std::span(inputs[place].constant->data).subspan(unit * bytes, bytes);
    result.insert(result.end(), row.begin(), row.end());
  };
  for (size_t unit = 0; unit < static_cast<size_t>(s.units); ++unit)
    for (size_t k = 0; k < Lstm::kGates; ++k) {
      add_row(Lstm::kInputWeights + k, unit, s.inputs);
      add_row(Lstm::kHiddenWeights + k, unit, s.units);
    }
  return result;
}

/// bias - zero point * sum of the row, as the kernel's integer.
template <class Bias>
Bias folded(int64_t bias, const Tensor& weights, size_t unit, int32_t zero_point) {
  const auto depth = static_cast<size_t>(weights.type.shape[1]);
  int64_t sum = 0;
  for (const int8_t w : weights.as<int8_t>().subspan(unit * depth, depth)) sum += w;
  return static_cast<Bias>(bias - zero_point * sum);
}

/// Units x gates x (bias of the input's products, bias of the hidden state's).
template <class Bias>
std::vector<Bias> packed_bias(Arguments inputs, const Sizes& s) {
  const int32_t input_zero = inputs[Lstm::kInput].type.quantization.zero_point[0];
  const int32_t hidden_zero = inputs[Lstm::kHidden].type.quantization.zero_point[0];
  std::vector<Bias> result;
  for (size_t unit = 0; unit < static_cast<size_t>(s.units); ++unit)
    for (size_t k = 0; k < Lstm::kGates; ++k) {
      const int64_t own = inputs[Lstm::kBias + k].constant->as<Bias>()[unit];
      result.push_back(folded<Bias>(own, *inputs[Lstm::kInputWeights + k].constant, unit, input_zero));
      result.push_back(folded<Bias>(0, *inputs[Lstm::kHiddenWeights + k].constant, unit, hidden_zero));
    }
  return result;
}

/// The products of float32 scales are rounded to float32, as in the reference.
Result<rt::Multiplier> gate_factor(const TensorType& activation, const Argument& weights, size_t place) {
  const Quantization& q = weights.type.quantization;
  if (q.scale.size() != 1 || q.zero_point[0] != 0)
    return fail(ErrorCode::kUnsupported, "weights (operand {}) need one scale and the zero point 0, they are {}", place,
                text(weights.type));
  const float product = activation.quantization.scale[0] * q.scale[0];
  const rt::Multiplier factor = quantize_multiplier(static_cast<double>(product) / static_cast<double>(kSumScale));
  if (factor.shift > 7)
    return fail(ErrorCode::kUnsupported, "weights (operand {}) of {} are too coarse for an input of {}", place,
                text(weights.type), text(activation));
  return factor;
}

/// How the cell gets into tanh: its scale is 2^power.
Result<rt::GateScale> cell_scale(float scale) {
  constexpr int kLargestShift = 12;
  const int power = static_cast<int>(std::lround(std::log2(static_cast<double>(scale))));
  const int shift = power + 12;
  if (shift > kLargestShift || shift < -15)
    return fail(ErrorCode::kUnsupported, "a cell state of scale {}; 2^-27 to 1 are supported", scale);
  if (shift < 0) return rt::GateScale{3, -shift};
  return rt::GateScale{3 << shift, 0};
}

Result<rt::LstmS8> integer_parameters(const Lstm& op, Arguments inputs, const TensorType& output) {
  const TensorType& input = inputs[Lstm::kInput].type;
  const TensorType& hidden = inputs[Lstm::kHidden].type;
  const TensorType& cell = inputs[Lstm::kCell].type;
  MOTE_TRY(expect_quantized(input, input.dtype, "the input"));
  MOTE_TRY(expect_quantized(hidden, input.dtype, "the hidden state"));
  MOTE_TRY(expect_quantized(cell, DType::kInt16, "the cell state"));
  MOTE_TRY(expect_quantized(output, input.dtype, "the output"));
  const Sizes s = sizes_of(op, inputs);
  rt::LstmS8 p{};
  p.batches = s.batches;
  p.steps = s.steps;
  p.inputs = s.inputs;
  p.units = s.units;
  p.step_stride = s.step_stride;
  p.batch_stride = s.batch_stride;
  for (size_t k = 0; k < Lstm::kGates; ++k) {
    MOTE_TRY_ASSIGN(p.input_factor[k], gate_factor(input, inputs[Lstm::kInputWeights + k], Lstm::kInputWeights + k));
    MOTE_TRY_ASSIGN(p.hidden_factor[k],
                    gate_factor(hidden, inputs[Lstm::kHiddenWeights + k], Lstm::kHiddenWeights + k));
  }
  const double gate = static_cast<double>(kGateScale);
  const double cell_step = static_cast<double>(cell.quantization.scale[0]);
  p.forget = quantize_multiplier(gate * cell_step / cell_step);
  p.update = quantize_multiplier(gate * gate / cell_step);
  MOTE_TRY_ASSIGN(p.cell, cell_scale(cell.quantization.scale[0]));
  p.cell_clip = static_cast<int32_t>(std::min(static_cast<double>(op.cell_clip) / cell_step, 32767.0));
  p.output = quantize_multiplier(gate * gate / static_cast<double>(hidden.quantization.scale[0]));
  const bool wide = input.dtype == DType::kInt16;
  p.stage = {hidden.quantization.zero_point[0], wide ? -32768 : -128, wide ? 32767 : 127};
  return p;
}

Result<Lowered> lower_integer(const Lstm& op, Arguments inputs, const TensorType& output) {
  const bool wide = inputs[Lstm::kInput].type.dtype == DType::kInt16;
  MOTE_TRY(expect_types(inputs, DType::kInt8, wide ? DType::kInt64 : DType::kInt32, DType::kInt16));
  MOTE_TRY_ASSIGN(const rt::LstmS8 parameters, integer_parameters(op, inputs, output));
  const Sizes s = sizes_of(op, inputs);
  Lowered lowered;
  lowered.constants.push_back({"weights", DType::kInt8, packed_weights(inputs, s, 1)});
  if (wide)
    lowered.constants.push_back(Constant::of<int64_t>("bias", DType::kInt64, packed_bias<int64_t>(inputs, s)));
  else
    lowered.constants.push_back(Constant::of<int32_t>("bias", DType::kInt32, packed_bias<int32_t>(inputs, s)));
  lowered.constants.push_back(Constant::of<int16_t>("sigmoid", DType::kInt16, sigmoid_table(), true));
  lowered.calls.push_back(
      KernelCall::make(wide ? kInt16 : kInt8, parameters,
                       {Operand::input(Lstm::kInput), Operand::constant(0), Operand::constant(1), Operand::constant(2),
                        Operand::state(Lstm::kHidden), Operand::state(Lstm::kCell), Operand::output(0)}));
  return lowered;
}

Result<Lowered> lower_float(const Lstm& op, Arguments inputs) {
  MOTE_TRY(expect_types(inputs, DType::kFloat32, DType::kFloat32, DType::kFloat32));
  const Sizes s = sizes_of(op, inputs);
  std::vector<float> bias;
  for (size_t unit = 0; unit < static_cast<size_t>(s.units); ++unit)
    for (size_t k = 0; k < Lstm::kGates; ++k) bias.push_back(inputs[Lstm::kBias + k].constant->as<float>()[unit]);
  const rt::LstmF32 parameters{
      .batches = s.batches,
      .steps = s.steps,
      .inputs = s.inputs,
      .units = s.units,
      .step_stride = s.step_stride,
      .batch_stride = s.batch_stride,
      .cell_clip = op.cell_clip > 0 ? op.cell_clip : std::numeric_limits<float>::max(),
  };
  Lowered lowered;
  lowered.constants = {{"weights", DType::kFloat32, packed_weights(inputs, s, sizeof(float))},
                       Constant::of<float>("bias", DType::kFloat32, bias)};
  lowered.calls.push_back(
      KernelCall::make(kFloat, parameters,
                       {Operand::input(Lstm::kInput), Operand::constant(0), Operand::constant(1),
                        Operand::state(Lstm::kHidden), Operand::state(Lstm::kCell), Operand::output(0)}));
  return lowered;
}

double sigmoid(double x) {
  return 1 / (1 + std::exp(-x));
}
}  // namespace

Result<std::vector<TensorType>> Lstm::infer(Arguments inputs) const {
  if (inputs.size() != kNorm) MOTE_TRY(expect_operands(inputs, kOperands, kOperands, "see docs/operators.md"));
  if (cell_activation != CellActivation::kTanh)
    return fail(ErrorCode::kUnsupported, "has activation {} of the cell; only tanh ({}) is supported",
                static_cast<int>(cell_activation), static_cast<int>(CellActivation::kTanh));
  if (diagonal_recurrent_tensors)
    return fail(ErrorCode::kUnsupported, "has diagonal recurrent weights, which are not supported");
  if (!(cell_clip >= 0)) return fail(ErrorCode::kBadInput, "has the cell clip {}", cell_clip);
  MOTE_TRY(expect_left_out(inputs, kPeephole, 3, "peephole connections"));
  MOTE_TRY(expect_left_out(inputs, kProjection, 2, "a projection"));
  MOTE_TRY(expect_left_out(inputs, kNorm, 4, "layer normalisation"));
  const Shape& input = inputs[kInput].type.shape;
  const Shape& weights = inputs[kInputWeights + 1].type.shape;
  if (input.size() != 3 || weights.size() != 2)
    return fail(ErrorCode::kBadInput,
                "input and weights have the shapes {} and {}; sequences of rows and matrices are "
                "expected",
                text(input), text(weights));
  const Sizes s = sizes_of(*this, input, weights);
  for (size_t k = 0; k < kGates; ++k) {
    MOTE_TRY(expect_shape(inputs[kInputWeights + k], {s.units, s.inputs}, kInputWeights + k));
    MOTE_TRY(expect_shape(inputs[kHiddenWeights + k], {s.units, s.units}, kHiddenWeights + k));
    MOTE_TRY(expect_shape(inputs[kBias + k], {s.units}, kBias + k));
  }
  for (const size_t state : {kHidden, kCell})
    if (inputs[state].left_out || count(inputs[state].type.shape) != int64_t{s.batches} * s.units)
      return fail(ErrorCode::kBadInput, "the state (operand {}) has the shape {}, {} elements are expected", state,
                  text(inputs[state].type.shape), int64_t{s.batches} * s.units);
  return std::vector<TensorType>{{inputs[kInput].type.dtype, {input[0], input[1], s.units}, {}}};
}

void Lstm::forward(ForwardContext& context) const {
  const Sizes s = sizes_of(*this, context.inputs[kInput].shape, context.inputs[kInputWeights].shape);
  const auto units = static_cast<size_t>(s.units), depth = static_cast<size_t>(s.inputs);
  const auto data = [&](size_t place) { return context.inputs[place].data; };
  std::vector<float> hidden(data(kHidden).begin(), data(kHidden).end());
  std::vector<float> cell(data(kCell).begin(), data(kCell).end());
  const double clip = cell_clip > 0 ? static_cast<double>(cell_clip) : std::numeric_limits<double>::max();
  for (int32_t batch = 0; batch < s.batches; ++batch)
    for (int32_t step = 0; step < s.steps; ++step) {
      const auto row = static_cast<size_t>(step * s.step_stride + batch * s.batch_stride);
      const auto x = data(kInput).subspan(row * depth, depth);
      const auto h = std::span(hidden).subspan(static_cast<size_t>(batch) * units, units);
      const auto y = context.outputs[0].data.subspan(row * units, units);
      for (size_t unit = 0; unit < units; ++unit) {
        std::array<double, kGates> gate{};
        for (size_t k = 0; k < kGates; ++k) {
          gate[k] = static_cast<double>(data(kBias + k)[unit]);
          for (size_t i = 0; i < depth; ++i)
            gate[k] += static_cast<double>(data(kInputWeights + k)[unit * depth + i] * x[i]);
          for (size_t i = 0; i < units; ++i)
            gate[k] += static_cast<double>(data(kHiddenWeights + k)[unit * units + i] * h[i]);
        }
        float& c = cell[static_cast<size_t>(batch) * units + unit];
        const double next = sigmoid(gate[1]) * static_cast<double>(c) + sigmoid(gate[0]) * std::tanh(gate[2]);
        c = static_cast<float>(std::clamp(next, -clip, clip));
        y[unit] = static_cast<float>(sigmoid(gate[3]) * std::tanh(static_cast<double>(c)));
      }
      std::copy(y.begin(), y.end(), h.begin());
    }
  if (context.states.size() <= kCell) return;
  std::copy_n(hidden.begin(), context.states[kHidden].data.size(), context.states[kHidden].data.begin());
  std::copy_n(cell.begin(), context.states[kCell].data.size(), context.states[kCell].data.begin());
}

QuantizationRule Lstm::quantization(Arguments) const {
  std::vector<OperandRule> rules(kOperands, kKeptOperand);
  rules[kInput] = kActivationOperand;
  for (size_t k = 0; k < kGates; ++k) {
    rules[kInputWeights + k] = rules[kHiddenWeights + k] = weights_operand(-1);
    rules[kBias + k] = kBiasOperand;
  }
  rules[kHidden] = rules[kCell] = kStateOperand;
  return QuantizationRule::calibrated(std::move(rules));
}

Result<Lowered> Lstm::lower(Arguments inputs, Arguments outputs) const {
  const DType dtype = inputs[kInput].type.dtype;
  if (dtype == DType::kFloat32) return lower_float(*this, inputs);
  if (dtype == DType::kInt8 || dtype == DType::kInt16) return lower_integer(*this, inputs, outputs[0].type);
  return fail(ErrorCode::kUnsupported, "an input of {}; float32, int8 and int16 are supported", name(dtype));
}

int64_t Lstm::macs(Arguments inputs, Arguments) const {
  const Sizes s = sizes_of(*this, inputs);
  return int64_t{s.batches} * s.steps * s.units * static_cast<int64_t>(kGates) * (int64_t{s.inputs} + s.units);
}

std::vector<OpCase<Lstm>> Lstm::cases() {
  const auto shapes = [](Shape input, int32_t inputs, int32_t units, int32_t batches) {
    std::vector<Shape> result(kOperands, kLeftOut);
    result[kInput] = std::move(input);
    for (size_t k = 0; k < kGates; ++k) {
      result[kInputWeights + k] = {units, inputs};
      result[kHiddenWeights + k] = {units, units};
      result[kBias + k] = {units};
    }
    result[kHidden] = result[kCell] = {batches, units};
    return result;
  };
  const auto with = [](float clip, bool time_first) {
    Lstm op;
    op.cell_clip = clip;
    op.time_major = time_first;
    return op;
  };
  return {
      {"sequence", with(10, false), shapes({1, 6, 5}, 5, 7, 1)},
      {"one_step", {}, shapes({1, 1, 3}, 3, 4, 1)},
      {"batch", with(0.5f, false), shapes({3, 4, 2}, 2, 5, 3)},
      {"time_major", with(0, true), shapes({4, 3, 2}, 2, 5, 3)},
  };
}

}  // namespace mote
