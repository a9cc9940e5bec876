#include "ops/mean.h"

#include <algorithm>
#include <bit>

#include "mote/rt/mean.h"
#include "ops/quantize_math.h"

namespace mote {

namespace {
constexpr Kernel kInt8 = describe_kernel<&rt::mean_s8>("mean_s8", "MeanS8", "mean");
constexpr Kernel kFloat = describe_kernel<&rt::mean_f32>("mean_f32", "MeanF32", "mean");

/// The reduced axes as one run [first, last).
struct AxisRun {
  size_t first = 0, last = 0;
};

Result<AxisRun> axis_run(const Shape& shape, const Tensor* operand) {
  const auto rank = static_cast<int32_t>(shape.size());
  if (operand == nullptr || operand->type.dtype != DType::kInt32)
    return fail(ErrorCode::kUnsupported, "axes that are not a constant int32 tensor");
  std::vector<int32_t> axes;
  for (int32_t axis : operand->as<int32_t>()) {
    if (axis < -rank || axis >= rank)
      return fail(ErrorCode::kBadInput, "axis {} of an input of shape {}", axis, text(shape));
    axes.push_back(axis < 0 ? axis + rank : axis);
  }
  std::sort(axes.begin(), axes.end());
  axes.erase(std::unique(axes.begin(), axes.end()), axes.end());
  if (axes.empty()) return fail(ErrorCode::kUnsupported, "no axes to reduce");
  if (axes.back() - axes.front() + 1 != static_cast<int32_t>(axes.size()))
    return fail(ErrorCode::kUnsupported, "axes {} are not neighbours; reduce them by two means", fmt::join(axes, ", "));
  return AxisRun{static_cast<size_t>(axes.front()), static_cast<size_t>(axes.back()) + 1};
}

/// The input as [outer][reduced][inner].
rt::MeanF32 extents(const Shape& shape, const AxisRun& run) {
  const auto product = [&](size_t from, size_t to) {
    int64_t result = 1;
    for (size_t i = from; i < to; ++i) result *= shape[i];
    return static_cast<int32_t>(result);
  };
  return {product(0, run.first), product(run.first, run.last), product(run.last, shape.size())};
}

/// For the float functions: infer has accepted the axes.
rt::MeanF32 extents_of(const ConstFloatView& input, const ConstFloatView& axes) {
  return extents(input.shape, *axis_run(input.shape, axes.content));
}

/// Rule M1: the factor with the division by `reduced` inside, kept at 31 significant bits.
rt::Multiplier mean_factor(double scale_ratio, int32_t reduced) {
  rt::Multiplier factor = quantize_multiplier(scale_ratio);
  const int32_t bits = std::bit_width(static_cast<uint32_t>(reduced)) - 1;
  const int32_t shift = std::min({bits, 32, 31 + factor.shift});
  factor.multiplier = static_cast<int32_t>((static_cast<int64_t>(factor.multiplier) << shift) / reduced);
  factor.shift -= shift;
  return factor;
}
}  // namespace

Result<std::vector<TensorType>> Mean::infer(Arguments inputs) const {
  MOTE_TRY(expect_operands(inputs, 2, 2, "input, axes"));
  MOTE_TRY_ASSIGN(const AxisRun run, axis_run(inputs[0].type.shape, inputs[1].constant));
  Shape shape = inputs[0].type.shape;
  if (keep_dimensions)
    std::fill(shape.begin() + static_cast<ptrdiff_t>(run.first), shape.begin() + static_cast<ptrdiff_t>(run.last), 1);
  else
    shape.erase(shape.begin() + static_cast<ptrdiff_t>(run.first), shape.begin() + static_cast<ptrdiff_t>(run.last));
  return std::vector<TensorType>{{inputs[0].type.dtype, shape, {}}};
}

void Mean::forward(ForwardContext& context) const {
  rt::mean_f32(extents_of(context.inputs[0], context.inputs[1]), context.inputs[0].data.data(),
               context.outputs[0].data.data());
}

void Mean::backward(BackwardContext& context) const {
  if (context.input_gradients[0].data.empty()) return;
  const rt::MeanF32 e = extents_of(context.inputs[0], context.inputs[1]);
  const float* gradient = context.output_gradients[0].data.data();
  float* result = context.input_gradients[0].data.data();
  const float share = 1.0f / static_cast<float>(e.reduced);
  for (int32_t o = 0; o < e.outer; ++o, gradient += e.inner)
    for (int32_t r = 0; r < e.reduced; ++r)
      for (int32_t i = 0; i < e.inner; ++i) *result++ += gradient[i] * share;
}

QuantizationRule Mean::quantization(Arguments) const {
  return QuantizationRule::calibrated({kActivationOperand, kKeptOperand});
}

Result<Lowered> Mean::lower(Arguments inputs, Arguments outputs) const {
  const TensorType& type = inputs[0].type;
  MOTE_TRY_ASSIGN(const AxisRun run, axis_run(inputs[0].type.shape, inputs[1].constant));
  const rt::MeanF32 e = extents(type.shape, run);
  const std::vector<Operand> operands{Operand::input(0), Operand::output(0)};
  Lowered lowered;
  if (type.dtype == DType::kFloat32) {
    lowered.calls.push_back(KernelCall::make(kFloat, e, operands));
    return lowered;
  }
  MOTE_TRY(expect_quantized(type, DType::kInt8, "the input"));
  MOTE_TRY(expect_quantized(outputs[0].type, DType::kInt8, "the output"));
  const Quantization& in = type.quantization;
  const Quantization& out = outputs[0].type.quantization;
  const double ratio = static_cast<double>(in.scale[0]) / static_cast<double>(out.scale[0]);
  lowered.calls.push_back(
      KernelCall::make(kInt8,
                       rt::MeanS8{e.outer, e.reduced, e.inner, -in.zero_point[0] * e.reduced,
                                  mean_factor(ratio, e.reduced), output_stage(Activation::kNone, out)},
                       operands));
  return lowered;
}

std::vector<OpCase<Mean>> Mean::cases() {
  const auto axes = [](std::vector<int32_t> list) {
    Tensor tensor({DType::kInt32, {static_cast<int32_t>(list.size())}, {}});
    std::copy(list.begin(), list.end(), tensor.as<int32_t>().begin());
    return std::vector<std::pair<size_t, Tensor>>{{1, tensor}};
  };
  return {
      {"height_and_width", {false}, {{1, 5, 3, 4}, {}}, axes({1, 2})},
      {"time_kept", {true}, {{2, 1, 7, 3}, {}}, axes({2})},
      {"last", {false}, {{3, 6}, {}}, axes({-1})},
      {"one_element", {true}, {{1, 1, 1, 5}, {}}, axes({2, 1})},
  };
}

}  // namespace mote
