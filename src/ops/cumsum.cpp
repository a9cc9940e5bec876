#include "ops/cumsum.h"

#include "mote/rt/cumsum.h"
#include "ops/axis.h"
#include "ops/quantize_math.h"

namespace mote {

namespace {
constexpr Kernel kFloat = describe_kernel<&rt::cumsum_f32>("cumsum_f32", "CumsumF32", "cumsum");
constexpr Kernel kInt8 = describe_kernel<&rt::cumsum_s8>("cumsum_s8", "CumsumS8", "cumsum");
constexpr int kFractionBits = 19;

Result<rt::CumsumWalk> walk_of(const Cumsum& op, const Shape& shape, const Tensor* axis) {
  MOTE_TRY_ASSIGN(const size_t at, constant_axis(shape, axis));
  const AxisExtents e = extents_at(shape, at);
  return rt::CumsumWalk{e.outer, e.depth, e.inner, op.exclusive ? 1 : 0, op.reverse ? 1 : 0};
}
}  // namespace

Result<std::vector<TensorType>> Cumsum::infer(Arguments inputs) const {
  MOTE_TRY(expect_operands(inputs, 2, 2, "input, axis"));
  MOTE_TRY(constant_axis(inputs[0].type.shape, inputs[1].constant));
  return std::vector<TensorType>{{inputs[0].type.dtype, inputs[0].type.shape, {}}};
}

void Cumsum::forward(ForwardContext& context) const {
  rt::cumsum_f32({*walk_of(*this, context.inputs[0].shape, context.inputs[1].content)}, context.inputs[0].data.data(),
                 context.outputs[0].data.data());
}

/// An input counts in every sum from its place on: its derivative is the running sum of theirs, the other way round.
void Cumsum::backward(BackwardContext& context) const {
  const std::span<float> result = context.input_gradients[0].data;
  if (result.empty()) return;
  Cumsum back = *this;
  back.reverse = !reverse;
  std::vector<float> sums(result.size());
  rt::cumsum_f32({*walk_of(back, context.inputs[0].shape, context.inputs[1].content)},
                 context.output_gradients[0].data.data(), sums.data());
  for (size_t i = 0; i < sums.size(); ++i) result[i] += sums[i];
}

QuantizationRule Cumsum::quantization(Arguments) const {
  return QuantizationRule::calibrated({kActivationOperand, kKeptOperand});
}

Result<Lowered> Cumsum::lower(Arguments inputs, Arguments outputs) const {
  MOTE_TRY_ASSIGN(const rt::CumsumWalk walk, walk_of(*this, inputs[0].type.shape, inputs[1].constant));
  const std::vector<Operand> operands{Operand::input(0), Operand::output(0)};
  Lowered lowered;
  if (inputs[0].type.dtype == DType::kFloat32) {
    lowered.calls.push_back(KernelCall::make(kFloat, rt::CumsumF32{walk}, operands));
    return lowered;
  }
  MOTE_TRY(expect_quantized(inputs[0].type, DType::kInt8, "the input"));
  MOTE_TRY(expect_quantized(outputs[0].type, DType::kInt8, "the output"));
  constexpr int32_t kDeepest = INT32_MAX / 256;
  if (walk.depth > kDeepest)
    return fail(ErrorCode::kUnsupported, "a sum of {} elements could leave int32; at most {} are computed", walk.depth,
                kDeepest);
  const double ratio = static_cast<double>(inputs[0].type.quantization.scale[0]) /
                       static_cast<double>(outputs[0].type.quantization.scale[0]);
  if (ratio >= 1 << kFractionBits)
    return fail(ErrorCode::kUnsupported, "an input scale {} times the output's; one of the two must be wrong", ratio);
  lowered.calls.push_back(KernelCall::make(
      kInt8,
      rt::CumsumS8{walk, inputs[0].type.quantization.zero_point[0], quantize_multiplier(ratio / (1 << kFractionBits)),
                   quantize_multiplier(ratio), output_stage(Activation::kNone, outputs[0].type.quantization)},
      operands));
  return lowered;
}

std::vector<OpCase<Cumsum>> Cumsum::cases() {
  const auto axis = [](int32_t index) {
    return std::vector<std::pair<size_t, Tensor>>{{1, int32_tensor({}, {index})}};
  };
  return {
      {"last", {}, {{3, 7}, {}}, axis(-1)},
      {"first", {}, {{5, 2, 2}, {}}, axis(0)},
      {"exclusive", {true, false}, {{2, 6, 3}, {}}, axis(1)},
      {"reverse", {false, true}, {{2, 6, 3}, {}}, axis(1)},
      {"exclusive_reverse", {true, true}, {{4, 5}, {}}, axis(-1)},
      {"long", {}, {{60}, {}}, axis(0)},
  };
}

}  // namespace mote
