#include "ops/pool2d.h"

#include <algorithm>

#include "mote/rt/pool2d.h"
#include "ops/float_math.h"
#include "ops/quantize_math.h"
#include "ops/window.h"
#include "target/walks.h"

namespace mote {

namespace {
template <class Parameters>
constexpr RowSlices kPoolingRows{[](const void* parameters) {
                                   const auto& p = *static_cast<const Parameters*>(parameters);
                                   return walks::heights(p.batches, p.rows);
                                 },
                                 [](const void* parameters, const RowRange& outputs) {
                                   return walks::rows_needed(static_cast<const Parameters*>(parameters)->rows, outputs);
                                 },
                                 [](const void* parameters, int32_t, const RowRange& outputs, const RowRange& inputs) {
                                   Parameters result = *static_cast<const Parameters*>(parameters);
                                   result.rows = walks::sliced(result.rows, outputs, inputs);
                                   return walks::shared(result);
                                 }};
template <class Parameters>
constexpr Access kPooling{[](const void* parameters, size_t, const StepVisitor& visit) {
                            const auto& p = *static_cast<const Parameters*>(parameters);
                            walks::windows({p.batches, p.rows, p.columns, p.channels, p.channels, p.channels}, visit);
                          },
                          &kPoolingRows<Parameters>};
constexpr Kernel kMaxInt8 =
    walking(describe_kernel<&rt::max_pool2d_s8>("max_pool2d_s8", "Pool2dS8", "pool2d"), kPooling<rt::Pool2dS8>);
constexpr Kernel kMaxInt16 =
    walking(describe_kernel<&rt::max_pool2d_s16>("max_pool2d_s16", "Pool2dS16", "pool2d"), kPooling<rt::Pool2dS8>);
constexpr Kernel kMaxFloat =
    walking(describe_kernel<&rt::max_pool2d_f32>("max_pool2d_f32", "Pool2dF32", "pool2d"), kPooling<rt::Pool2dF32>);
constexpr Kernel kMeanInt8 =
    walking(describe_kernel<&rt::average_pool2d_s8>("average_pool2d_s8", "Pool2dS8", "pool2d"), kPooling<rt::Pool2dS8>);
constexpr Kernel kMeanInt16 = walking(
    describe_kernel<&rt::average_pool2d_s16>("average_pool2d_s16", "Pool2dS16", "pool2d"), kPooling<rt::Pool2dS8>);
constexpr Kernel kMeanFloat = walking(
    describe_kernel<&rt::average_pool2d_f32>("average_pool2d_f32", "Pool2dF32", "pool2d"), kPooling<rt::Pool2dF32>);

Result<Window> window_of(const Pool2dAttributes& op, const Shape& input) {
  return make_window(input, {.kernel_h = op.filter_h,
                             .kernel_w = op.filter_w,
                             .stride_h = op.stride_h,
                             .stride_w = op.stride_w,
                             .dilation_h = 1,
                             .dilation_w = 1,
                             .padding = op.padding});
}

rt::Pool2dF32 float_parameters(const Pool2dAttributes& op, const Shape& input) {
  const Window window = *window_of(op, input);
  const FloatRange range = float_range(op.activation);
  return {input[0], window.rows, window.columns, input[3], range.low, range.high};
}

struct PoolKernels {
  const Kernel& int8;
  const Kernel& int16;
  const Kernel& real;
};
constexpr PoolKernels kMax{kMaxInt8, kMaxInt16, kMaxFloat};
constexpr PoolKernels kMean{kMeanInt8, kMeanInt16, kMeanFloat};

Result<Lowered> lower_pool(const Pool2dAttributes& op, const PoolKernels& kernels, Arguments inputs,
                           Arguments outputs) {
  const TensorType& type = inputs[0].type;
  const std::vector<Operand> operands{Operand::input(0), Operand::output(0)};
  Lowered lowered;
  if (type.dtype == DType::kFloat32) {
    lowered.calls.push_back(KernelCall::make(kernels.real, float_parameters(op, type.shape), operands));
    return lowered;
  }
  const bool wide = type.dtype == DType::kInt16;
  const DType dtype = wide ? DType::kInt16 : DType::kInt8;
  MOTE_TRY(expect_quantized(type, dtype, "the input"));
  MOTE_TRY(expect_quantized(outputs[0].type, dtype, "the output"));
  if (type.quantization != outputs[0].type.quantization)
    return fail(ErrorCode::kUnsupported,
                "input and output of a pool must share scale and zero point; the input is {}, the output {}",
                text(type), text(outputs[0].type));
  MOTE_TRY_ASSIGN(const Window window, window_of(op, type.shape));
  const rt::OutputStage stage = output_stage(op.activation, outputs[0].type);
  lowered.calls.push_back(KernelCall::make(
      wide ? kernels.int16 : kernels.int8,
      rt::Pool2d<int32_t>{type.shape[0], window.rows, window.columns, type.shape[3], stage.low, stage.high}, operands));
  return lowered;
}

/// Calls visit(first input element, rows, columns of the window) for every output position.
template <class Visit>
void for_each_position(const rt::Pool2dF32& p, Visit&& visit) {
  for (int32_t b = 0; b < p.batches; ++b)
    for (int32_t y = 0; y < p.rows.output; ++y) {
      const rt::Taps rows = rt::taps_of(p.rows, y);
      const int64_t row = (int64_t{b} * p.rows.input + rows.start + rows.first) * p.columns.input;
      for (int32_t x = 0; x < p.columns.output; ++x) {
        const rt::Taps columns = rt::taps_of(p.columns, x);
        visit((row + columns.start + columns.first) * p.channels, rows.last - rows.first, columns.last - columns.first);
      }
    }
}

/// Calls visit(first element) for every tap of one window.
template <class Visit>
void for_each_tap(const rt::Pool2dF32& p, int64_t first, int32_t rows, int32_t columns, Visit&& visit) {
  for (int32_t i = 0; i < rows; ++i)
    for (int32_t j = 0; j < columns; ++j) visit(first + (int64_t{i} * p.columns.input + j) * p.channels);
}

template <class T>
std::vector<OpCase<T>> pool_cases() {
  constexpr Padding same = Padding::kSame;
  constexpr Padding valid = Padding::kValid;
  constexpr Activation none = Activation::kNone;
  return {
      {"time", T{{valid, 2, 1, 2, 1, none}}, {{2, 1, 9, 3}}},
      {"image_same", T{{same, 2, 2, 3, 3, Activation::kRelu}}, {{1, 5, 7, 2}}},
      {"one_channel", T{{valid, 1, 1, 2, 3, none}}, {{1, 4, 4, 1}}},
      {"window_larger_than_input", T{{same, 1, 1, 5, 5, none}}, {{1, 2, 3, 3}}},
      {"stride_larger_than_window", T{{same, 4, 3, 2, 2, Activation::kRelu6}}, {{2, 7, 9, 2}}},
      {"whole_input", T{{valid, 1, 1, 4, 3, none}}, {{1, 3, 4, 5}}},
  };
}
}  // namespace

Result<std::vector<TensorType>> Pool2dAttributes::infer(Arguments inputs) const {
  MOTE_TRY(expect_operands(inputs, 1, 1, "input"));
  const Shape& input = inputs[0].type.shape;
  MOTE_TRY_ASSIGN(const Window window, window_of(*this, input));
  return std::vector<TensorType>{{inputs[0].type.dtype, output_shape(window, input[0], input[3]), {}}};
}

QuantizationRule Pool2dAttributes::quantization(Arguments) const {
  return QuantizationRule::like_input({kActivationOperand});
}

// All channels of a tap at a time: their elements lie side by side.
void MaxPool2d::forward(ForwardContext& context) const {
  const rt::Pool2dF32 p = float_parameters(*this, context.inputs[0].shape);
  const float* const input = context.inputs[0].data.data();
  float* output = context.outputs[0].data.data();
  for_each_position(p, [&](int64_t first, int32_t rows, int32_t columns) {
    std::copy_n(input + first, p.channels, output);
    for_each_tap(p, first, rows, columns, [&](int64_t tap) {
      for (int32_t c = 0; c < p.channels; ++c) output[c] = std::max(output[c], input[tap + c]);
    });
    output += p.channels;
  });
  apply_activation(activation, context.outputs[0].data);
}

void MaxPool2d::backward(BackwardContext& context) const {
  const std::span<float> result = context.input_gradients[0].data;
  if (result.empty()) return;
  const rt::Pool2dF32 p = float_parameters(*this, context.inputs[0].shape);
  const float* const input = context.inputs[0].data.data();
  const float* gradient = masked_gradient(activation, context.outputs[0].data, context.output_gradients[0].data).data();
  thread_local std::vector<float> largest, left;  // of the window; the gradient that no tap has taken yet
  largest.resize(std::max(largest.size(), static_cast<size_t>(p.channels)));
  left.resize(largest.size());
  float* const most = largest.data();
  float* const rest = left.data();
  float* const sums = result.data();
  for_each_position(p, [&](int64_t first, int32_t rows, int32_t columns) {
    std::copy_n(input + first, p.channels, most);
    std::copy_n(gradient, p.channels, rest);
    for_each_tap(p, first, rows, columns, [&](int64_t tap) {
      for (int32_t c = 0; c < p.channels; ++c) most[c] = std::max(most[c], input[tap + c]);
    });
    for_each_tap(p, first, rows, columns, [&](int64_t tap) {
      for (int32_t c = 0; c < p.channels; ++c) {
        const float taken = input[tap + c] == most[c] ? rest[c] : 0.0f;
        sums[tap + c] += taken;
        rest[c] -= taken;
      }
    });
    gradient += p.channels;
  });
}

Result<Lowered> MaxPool2d::lower(Arguments inputs, Arguments outputs) const {
  return lower_pool(*this, kMax, inputs, outputs);
}

std::vector<OpCase<MaxPool2d>> MaxPool2d::cases() {
  return pool_cases<MaxPool2d>();
}

void AveragePool2d::forward(ForwardContext& context) const {
  rt::average_pool2d_f32(float_parameters(*this, context.inputs[0].shape), context.inputs[0].data.data(),
                         context.outputs[0].data.data());
}

void AveragePool2d::backward(BackwardContext& context) const {
  const std::span<float> result = context.input_gradients[0].data;
  if (result.empty()) return;
  const rt::Pool2dF32 p = float_parameters(*this, context.inputs[0].shape);
  const float* gradient = masked_gradient(activation, context.outputs[0].data, context.output_gradients[0].data).data();
  for_each_position(p, [&](int64_t first, int32_t rows, int32_t columns) {
    const float share = 1 / static_cast<float>(rows * columns);
    for_each_tap(p, first, rows, columns, [&](int64_t tap) {
      for (int32_t c = 0; c < p.channels; ++c) result[static_cast<size_t>(tap + c)] += share * gradient[c];
    });
    gradient += p.channels;
  });
}

Result<Lowered> AveragePool2d::lower(Arguments inputs, Arguments outputs) const {
  return lower_pool(*this, kMean, inputs, outputs);
}

std::vector<OpCase<AveragePool2d>> AveragePool2d::cases() {
  return pool_cases<AveragePool2d>();
}

}  // namespace mote
