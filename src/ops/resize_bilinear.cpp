#include "ops/resize_bilinear.h"

#include "mote/rt/resize_bilinear.h"
#include "ops/axis.h"
#include "ops/quantize_math.h"

namespace mote {

namespace {
constexpr Kernel kFloat =
    describe_kernel<&rt::resize_bilinear_f32>("resize_bilinear_f32", "ResizeBilinearF32", "resize_bilinear");
constexpr Kernel kInt8 =
    describe_kernel<&rt::resize_bilinear_s8>("resize_bilinear_s8", "ResizeBilinearS", "resize_bilinear");
constexpr Kernel kInt16 =
    describe_kernel<&rt::resize_bilinear_s16>("resize_bilinear_s16", "ResizeBilinearS", "resize_bilinear");
/// Positions in steps of 1/1024 stay inside int32.
constexpr int32_t kLargestImage = 1 << 20;

rt::ResizeAxis<float> float_axis(int32_t input, int32_t output, bool align) {
  if (align && output > 1) return {input, output, static_cast<float>(input - 1) / static_cast<float>(output - 1)};
  return {input, output, static_cast<float>(input) / static_cast<float>(output)};
}

rt::ResizeAxis<int32_t> integer_axis(int32_t input, int32_t output, bool align) {
  if (align && output > 1) return {input, output, (1024 * (input - 1) + (output - 1) / 2) / (output - 1)};
  return {input, output, (1024 * input + output / 2) / output};
}

rt::ResizeBilinearF32 float_parameters(const ResizeBilinear& op, const Shape& input, const Shape& output) {
  return {input[0], input[3], op.half_pixel_centers ? 1 : 0, float_axis(input[1], output[1], op.align_corners),
          float_axis(input[2], output[2], op.align_corners)};
}
}  // namespace

Result<std::vector<TensorType>> ResizeBilinear::infer(Arguments inputs) const {
  MOTE_TRY(expect_operands(inputs, 2, 2, "input, size"));
  const Shape& input = inputs[0].type.shape;
  if (input.size() != 4)
    return fail(ErrorCode::kBadInput, "an input of shape {}; batches, height, width and channels are expected",
                text(input));
  const Tensor* size = inputs[1].constant;
  if (size == nullptr || size->type.dtype != DType::kInt32 || count(size->type.shape) != 2)
    return fail(ErrorCode::kUnsupported, "a size that is not a constant of two int32");
  if (align_corners && half_pixel_centers)
    return fail(ErrorCode::kBadInput, "align_corners and half_pixel_centers exclude each other");
  Shape shape = {input[0], size->as<int32_t>()[0], size->as<int32_t>()[1], input[3]};
  MOTE_TRY(checked_count(shape));
  for (const int32_t extent : {input[1], input[2], shape[1], shape[2]})
    if (extent > kLargestImage)
      return fail(ErrorCode::kUnsupported, "an extent of {}; images of up to {} are resized", extent, kLargestImage);
  return std::vector<TensorType>{{inputs[0].type.dtype, std::move(shape), {}}};
}

void ResizeBilinear::forward(ForwardContext& context) const {
  rt::resize_bilinear_f32(float_parameters(*this, context.inputs[0].shape, context.outputs[0].shape),
                          context.inputs[0].data.data(), context.outputs[0].data.data());
}

void ResizeBilinear::backward(BackwardContext& context) const {
  const std::span<float> result = context.input_gradients[0].data;
  if (result.empty()) return;
  const rt::ResizeBilinearF32 p = float_parameters(*this, context.inputs[0].shape, context.outputs[0].shape);
  const float* gradient = context.output_gradients[0].data.data();
  const auto add = [&](int32_t b, int32_t y, int32_t x, float share) {
    const int32_t at = ((b * p.rows.input + y) * p.columns.input + x) * p.channels;
    for (int32_t c = 0; c < p.channels; ++c) result[static_cast<size_t>(at + c)] += share * gradient[c];
  };
  for (int32_t b = 0; b < p.batches; ++b)
    for (int32_t y = 0; y < p.rows.output; ++y)
      for (int32_t x = 0; x < p.columns.output; ++x, gradient += p.channels) {
        const auto rows = rt::bilinear::between(p.rows, y, half_pixel_centers);
        const auto columns = rt::bilinear::between(p.columns, x, half_pixel_centers);
        add(b, rows.first, columns.first, (1 - rows.way) * (1 - columns.way));
        add(b, rows.second, columns.first, rows.way * (1 - columns.way));
        add(b, rows.first, columns.second, (1 - rows.way) * columns.way);
        add(b, rows.second, columns.second, rows.way * columns.way);
      }
}

QuantizationRule ResizeBilinear::quantization(Arguments) const {
  return QuantizationRule::like_input({kActivationOperand, kKeptOperand});
}

Result<Lowered> ResizeBilinear::lower(Arguments inputs, Arguments outputs) const {
  const TensorType& input = inputs[0].type;
  const TensorType& output = outputs[0].type;
  const std::vector<Operand> operands{Operand::input(0), Operand::output(0)};
  Lowered lowered;
  if (input.dtype == DType::kFloat32) {
    lowered.calls.push_back(KernelCall::make(kFloat, float_parameters(*this, input.shape, output.shape), operands));
    return lowered;
  }
  const DType activations = input.dtype == DType::kInt16 ? DType::kInt16 : DType::kInt8;
  MOTE_TRY(expect_quantized(input, activations, "the input"));
  MOTE_TRY(expect_quantized(output, activations, "the output"));
  if (input.quantization != output.quantization)
    return fail(ErrorCode::kUnsupported,
                "input and output must share scale and zero point; the input is {}, the output {}", text(input),
                text(output));
  const rt::ResizeBilinearS parameters{input.shape[0], input.shape[3], half_pixel_centers ? 1 : 0,
                                       integer_axis(input.shape[1], output.shape[1], align_corners),
                                       integer_axis(input.shape[2], output.shape[2], align_corners)};
  lowered.calls.push_back(KernelCall::make(activations == DType::kInt16 ? kInt16 : kInt8, parameters, operands));
  return lowered;
}

std::vector<OpCase<ResizeBilinear>> ResizeBilinear::cases() {
  const auto size = [](int32_t height, int32_t width) {
    return std::vector<std::pair<size_t, Tensor>>{{1, int32_tensor({2}, {height, width})}};
  };
  return {
      {"larger", {}, {{1, 2, 3, 2}, {}}, size(5, 7)},
      {"smaller", {}, {{2, 7, 6, 1}, {}}, size(3, 4)},
      {"corners", {true, false}, {{1, 3, 4, 3}, {}}, size(7, 5)},
      {"corners_of_one_row", {true, false}, {{1, 3, 4, 1}, {}}, size(1, 6)},
      {"centers", {false, true}, {{1, 3, 4, 2}, {}}, size(6, 9)},
      {"centers_smaller", {false, true}, {{1, 8, 5, 1}, {}}, size(3, 2)},
      {"one_pixel", {false, true}, {{1, 1, 1, 3}, {}}, size(2, 3)},
  };
}

}  // namespace mote
