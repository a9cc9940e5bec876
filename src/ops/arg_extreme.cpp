#include "ops/arg_extreme.h"

#include "mote/rt/arg_extreme.h"
#include "ops/axis.h"

namespace mote {

namespace {
constexpr std::string_view kParameters = "ArgExtreme", kHeader = "arg_extreme";
/// By the output's and the input's type.
struct Entry {
  DType output, input;
  Kernel kernel;
};
constexpr Entry kKernels[] = {
    {DType::kInt32, DType::kFloat32,
     describe_kernel<&rt::arg_extreme_f32_s32>("arg_extreme_f32_s32", kParameters, kHeader)},
    {DType::kInt32, DType::kInt8, describe_kernel<&rt::arg_extreme_s8_s32>("arg_extreme_s8_s32", kParameters, kHeader)},
    {DType::kInt64, DType::kFloat32,
     describe_kernel<&rt::arg_extreme_f32_s64>("arg_extreme_f32_s64", kParameters, kHeader)},
    {DType::kInt64, DType::kInt8, describe_kernel<&rt::arg_extreme_s8_s64>("arg_extreme_s8_s64", kParameters, kHeader)},
};

Result<rt::ArgExtreme> parameters(bool smallest, const Shape& shape, const Tensor* axis) {
  MOTE_TRY_ASSIGN(const size_t at, constant_axis(shape, axis));
  const AxisExtents e = extents_at(shape, at);
  return rt::ArgExtreme{e.outer, e.depth, e.inner, smallest ? 1 : 0};
}

void forward_extreme(bool smallest, ForwardContext& context) {
  const ConstFloatView& input = context.inputs[0];
  rt::arg_extreme(*parameters(smallest, input.shape, context.inputs[1].content), input.data.data(),
                  context.outputs[0].data.data());
}

Result<Lowered> lower_extreme(bool smallest, Arguments inputs, Arguments outputs) {
  MOTE_TRY_ASSIGN(const rt::ArgExtreme p, parameters(smallest, inputs[0].type.shape, inputs[1].constant));
  for (const Entry& entry : kKernels)
    if (entry.input == inputs[0].type.dtype && entry.output == outputs[0].type.dtype) {
      Lowered lowered;
      lowered.calls.push_back(KernelCall::make(entry.kernel, p, {Operand::input(0), Operand::output(0)}));
      return lowered;
    }
  return fail(ErrorCode::kUnsupported, "an input of {}; float32 and int8 are compared", text(inputs[0].type));
}

template <class T>
std::vector<OpCase<T>> extreme_cases() {
  const auto axis = [](int32_t index) {
    return std::vector<std::pair<size_t, Tensor>>{{1, int32_tensor({1}, {index})}};
  };
  return {
      {"classes", T{{DType::kInt32}}, {{3, 6}, {}}, axis(-1)},
      {"first", T{{DType::kInt32}}, {{5, 2, 3}, {}}, axis(0)},
      {"middle", T{{DType::kInt32}}, {{2, 4, 3}, {}}, axis(1)},
      {"int64", T{{DType::kInt64}}, {{1, 9}, {}}, axis(1)},
  };
}
}  // namespace

Result<std::vector<TensorType>> ArgExtremeAttributes::infer(Arguments inputs) const {
  MOTE_TRY(expect_operands(inputs, 2, 2, "input, axis"));
  if (output_type != DType::kInt32 && output_type != DType::kInt64)
    return fail(ErrorCode::kUnsupported, "an output type of {}; int32 and int64 are possible", name(output_type));
  Shape shape = inputs[0].type.shape;
  MOTE_TRY_ASSIGN(const size_t axis, constant_axis(shape, inputs[1].constant));
  shape.erase(shape.begin() + static_cast<ptrdiff_t>(axis));
  return std::vector<TensorType>{{output_type, std::move(shape), {}}};
}

void ArgMax::forward(ForwardContext& context) const {
  forward_extreme(false, context);
}
Result<Lowered> ArgMax::lower(Arguments inputs, Arguments outputs) const {
  return lower_extreme(false, inputs, outputs);
}
std::vector<OpCase<ArgMax>> ArgMax::cases() {
  return extreme_cases<ArgMax>();
}

void ArgMin::forward(ForwardContext& context) const {
  forward_extreme(true, context);
}
Result<Lowered> ArgMin::lower(Arguments inputs, Arguments outputs) const {
  return lower_extreme(true, inputs, outputs);
}
std::vector<OpCase<ArgMin>> ArgMin::cases() {
  return extreme_cases<ArgMin>();
}

}  // namespace mote
