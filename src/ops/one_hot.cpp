#include "ops/one_hot.h"

#include <array>
#include <cmath>

#include "mote/rt/one_hot.h"
#include "ops/axis.h"
#include "ops/quantize_math.h"

namespace mote {

namespace {
constexpr size_t kIndices = 0, kDepth = 1, kOn = 2, kOff = 3;

struct Entry {
  DType index, output;
  Kernel kernel;
};
constexpr Entry kKernels[] = {
    {DType::kInt32, DType::kFloat32, describe_kernel<&rt::one_hot_s32_f32>("one_hot_s32_f32", "OneHotF32", "one_hot")},
    {DType::kInt64, DType::kFloat32, describe_kernel<&rt::one_hot_s64_f32>("one_hot_s64_f32", "OneHotF32", "one_hot")},
    {DType::kInt32, DType::kInt8, describe_kernel<&rt::one_hot_s32_s8>("one_hot_s32_s8", "OneHotS", "one_hot")},
    {DType::kInt64, DType::kInt8, describe_kernel<&rt::one_hot_s64_s8>("one_hot_s64_s8", "OneHotS", "one_hot")},
    {DType::kInt32, DType::kInt32, describe_kernel<&rt::one_hot_s32_s32>("one_hot_s32_s32", "OneHotS", "one_hot")},
    {DType::kInt64, DType::kInt32, describe_kernel<&rt::one_hot_s64_s32>("one_hot_s64_s32", "OneHotS", "one_hot")},
};

Result<int32_t> depth_of(const Tensor* depth) {
  if (depth == nullptr || depth->type.dtype != DType::kInt32 || count(depth->type.shape) != 1)
    return fail(ErrorCode::kUnsupported, "a depth that is not one constant int32");
  return depth->as<int32_t>()[0];
}

Result<> expect_one_constant(const Argument& argument, std::string_view what) {
  if (argument.constant == nullptr || count(argument.type.shape) != 1)
    return fail(ErrorCode::kUnsupported, "an {} value that is not one constant element", what);
  return {};
}

/// The output's shape, and in it the place of the new axis.
Result<std::pair<Shape, size_t>> shape_of(int32_t axis, const Shape& indices, int32_t depth) {
  const auto rank = static_cast<int32_t>(indices.size()) + 1;
  if (axis < -rank || axis >= rank)
    return fail(ErrorCode::kBadInput, "axis {} of an output of {} dimensions", axis, rank);
  const int32_t at = axis < 0 ? axis + rank : axis;
  Shape shape = indices;
  shape.insert(shape.begin() + at, depth);
  MOTE_TRY(checked_count(shape));
  return std::pair{std::move(shape), static_cast<size_t>(at)};
}

/// The stored element of a constant, which must mean in the output's scale what it means in its own.
Result<int32_t> stored_value(const Tensor& constant, const TensorType& output) {
  if (output.dtype == DType::kInt32) return constant.as<int32_t>()[0];
  MOTE_TRY(expect_quantized(constant.type, DType::kInt8, "a value"));
  MOTE_TRY(expect_quantized(output, DType::kInt8, "the output"));
  const int32_t stored = constant.as<int8_t>()[0];
  const auto real = [&](const Quantization& q) {
    return static_cast<double>(q.scale[0]) * static_cast<double>(stored - q.zero_point[0]);
  };
  const double step = static_cast<double>(output.quantization.scale[0]);
  if (std::abs(real(constant.type.quantization) - real(output.quantization)) > step / 2)
    return fail(ErrorCode::kUnsupported,
                "the value {} has another scale than the output ({}), and the reference copies its byte; give both one "
                "scale",
                real(constant.type.quantization), text(output));
  return stored;
}
}  // namespace

Result<std::vector<TensorType>> OneHot::infer(Arguments inputs) const {
  MOTE_TRY(expect_operands(inputs, 4, 4, "indices, depth, on, off"));
  const TensorType& indices = inputs[kIndices].type;
  if (indices.dtype != DType::kInt32 && indices.dtype != DType::kInt64)
    return fail(ErrorCode::kUnsupported, "indices of {}; int32 and int64 are supported", name(indices.dtype));
  MOTE_TRY_ASSIGN(const int32_t depth, depth_of(inputs[kDepth].constant));
  MOTE_TRY(expect_one_constant(inputs[kOn], "on"));
  MOTE_TRY(expect_one_constant(inputs[kOff], "off"));
  const DType dtype = inputs[kOn].type.dtype;
  if (inputs[kOff].type.dtype != dtype)
    return fail(ErrorCode::kBadInput, "an on value of {} and an off value of {}; both must be of one type", name(dtype),
                name(inputs[kOff].type.dtype));
  MOTE_TRY_ASSIGN(auto shape, shape_of(axis, indices.shape, depth));
  return std::vector<TensorType>{{dtype, std::move(shape.first), {}}};
}

void OneHot::forward(ForwardContext& context) const {
  const FloatView& output = context.outputs[0];
  const auto [shape, at] = *shape_of(axis, context.inputs[kIndices].shape, *depth_of(context.inputs[kDepth].content));
  const AxisExtents e = extents_at(shape, at);
  rt::one_hot(rt::OneHotF32{e.outer, e.depth, e.inner, context.inputs[kOn].data[0], context.inputs[kOff].data[0]},
              context.inputs[kIndices].data.data(), output.data.data());
}

QuantizationRule OneHot::quantization(Arguments) const {
  return QuantizationRule::calibrated({kKeptOperand, kKeptOperand, kActivationOperand, kActivationOperand});
}

Result<Lowered> OneHot::lower(Arguments inputs, Arguments outputs) const {
  MOTE_TRY_ASSIGN(const int32_t depth, depth_of(inputs[kDepth].constant));
  MOTE_TRY_ASSIGN(const auto shape, shape_of(axis, inputs[kIndices].type.shape, depth));
  const AxisExtents e = extents_at(shape.first, shape.second);
  const TensorType& output = outputs[0].type;
  const std::vector<Operand> operands{Operand::input(kIndices), Operand::output(0)};
  Lowered lowered;
  for (const Entry& entry : kKernels) {
    if (entry.index != inputs[kIndices].type.dtype || entry.output != output.dtype) continue;
    if (output.dtype == DType::kFloat32) {
      const rt::OneHotF32 p{e.outer, e.depth, e.inner, inputs[kOn].constant->as<float>()[0],
                            inputs[kOff].constant->as<float>()[0]};
      lowered.calls.push_back(KernelCall::make(entry.kernel, p, operands));
      return lowered;
    }
    MOTE_TRY_ASSIGN(const int32_t on, stored_value(*inputs[kOn].constant, output));
    MOTE_TRY_ASSIGN(const int32_t off, stored_value(*inputs[kOff].constant, output));
    lowered.calls.push_back(KernelCall::make(entry.kernel, rt::OneHotS{e.outer, e.depth, e.inner, on, off}, operands));
    return lowered;
  }
  return fail(ErrorCode::kUnsupported, "values of {}; float32, int8 and int32 are supported", name(output.dtype));
}

std::vector<OpCase<OneHot>> OneHot::cases() {
  const auto given = [](Tensor on, Tensor off) {
    return std::vector<std::pair<size_t, Tensor>>{
        {kDepth, int32_tensor({}, {4})}, {kOn, std::move(on)}, {kOff, std::move(off)}};
  };
  const auto real = [](float value) { return float_tensor({}, std::array{value}); };
  const std::vector<CaseType> words = {{DType::kInt32, -1, 5}};
  return {
      {"last", {-1}, {{2, 3}}, given(real(1), real(0)), words},
      {"first", {0}, {{5}}, given(real(2), real(-1)), words},
      {"middle", {1}, {{2, 3}}, given(real(1), real(0)), {{DType::kInt64, -1, 5}}},
      {"int32", {-1}, {{7}}, given(int32_tensor({}, {9}), int32_tensor({}, {3})), words},
  };
}

}  // namespace mote
