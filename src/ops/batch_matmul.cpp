#include "ops/batch_matmul.h"

#include "mote/rt/batch_matmul.h"
#include "ops/broadcast.h"
#include "ops/quantize_math.h"

namespace mote {

namespace {
constexpr Kernel kFloat = describe_kernel<&rt::batch_matmul_f32>("batch_matmul_f32", "BatchMatmulF32", "batch_matmul");
constexpr Kernel kInt8 = describe_kernel<&rt::batch_matmul_s8>("batch_matmul_s8", "BatchMatmul", "batch_matmul");
constexpr Kernel kInt16 = describe_kernel<&rt::batch_matmul_s16>("batch_matmul_s16", "BatchMatmul", "batch_matmul");
constexpr size_t kLeastAxes = 2, kMostAxes = 5;

/// One operand's matrices: their extents, and the elements from one row to the next and from one column to the next.
struct Matrices {
  int32_t rows, columns, row_step, column_step;
};

Matrices matrices(const Shape& shape, bool transposed) {
  const int32_t height = shape[shape.size() - 2];
  const int32_t width = shape[shape.size() - 1];
  return transposed ? Matrices{width, height, 1, width} : Matrices{height, width, width, 1};
}

Shape outer(const Shape& shape) {
  return {shape.begin(), shape.end() - 2};
}

/// Elements from one batch to the next along each of three axes of the output; 0 where the operand repeats.
void write_batch_steps(const Shape& shape, int32_t* steps) {
  int32_t stride = shape[shape.size() - 2] * shape[shape.size() - 1];
  for (size_t i = 0; i < 3; ++i) {
    const bool there = i + 2 < shape.size();
    const int32_t extent = there ? shape[shape.size() - 3 - i] : 1;
    steps[2 - i] = extent == 1 ? 0 : stride;
    stride *= extent;
  }
}

Result<rt::MatmulWalk> plan_walk(const BatchMatmul& op, const Shape& a, const Shape& b) {
  for (const Shape* shape : {&a, &b})
    if (shape->size() < kLeastAxes || shape->size() > kMostAxes)
      return fail(ErrorCode::kUnsupported, "an operand of shape {}; {} to {} axes are supported", text(*shape),
                  kLeastAxes, kMostAxes);
  const Matrices left = matrices(a, op.transpose_a);
  const Matrices right = matrices(b, op.transpose_b);
  if (left.columns != right.rows)
    return fail(ErrorCode::kBadInput, "shapes {} and {} do not fit together: {} columns against {} rows", text(a),
                text(b), left.columns, right.rows);
  MOTE_TRY_ASSIGN(const Shape batches, broadcast_shape(outer(a), outer(b)));
  rt::MatmulWalk walk{};
  for (size_t i = 0; i < 3; ++i) walk.batches[2 - i] = i < batches.size() ? batches[batches.size() - 1 - i] : 1;
  write_batch_steps(a, walk.a_batch_steps);
  write_batch_steps(b, walk.b_batch_steps);
  walk.rows = left.rows;
  walk.depth = left.columns;
  walk.columns = right.columns;
  walk.a_row_step = left.row_step;
  walk.a_depth_step = left.column_step;
  walk.b_depth_step = right.row_step;
  walk.b_column_step = right.column_step;
  return walk;
}

/// Calls visit(index in a, index in b, index in output) for every product.
template <class Visitor>
void for_each_product(const rt::MatmulWalk& w, Visitor&& visit) {
  int32_t o = 0;
  for (int32_t x = 0; x < w.batches[0]; ++x)
    for (int32_t y = 0; y < w.batches[1]; ++y)
      for (int32_t z = 0; z < w.batches[2]; ++z) {
        const int32_t a = x * w.a_batch_steps[0] + y * w.a_batch_steps[1] + z * w.a_batch_steps[2];
        const int32_t b = x * w.b_batch_steps[0] + y * w.b_batch_steps[1] + z * w.b_batch_steps[2];
        for (int32_t i = 0; i < w.rows; ++i)
          for (int32_t j = 0; j < w.columns; ++j, ++o)
            for (int32_t k = 0; k < w.depth; ++k)
              visit(static_cast<size_t>(a + i * w.a_row_step + k * w.a_depth_step),
                    static_cast<size_t>(b + k * w.b_depth_step + j * w.b_column_step), static_cast<size_t>(o));
      }
}

Result<KernelCall> integer_call(const rt::MatmulWalk& walk, Arguments inputs, const TensorType& output,
                                const std::vector<Operand>& operands) {
  const bool wide = inputs[0].type.dtype == DType::kInt16;
  const DType activations = wide ? DType::kInt16 : DType::kInt8;
  MOTE_TRY(expect_quantized(inputs[0].type, activations, "the first operand"));
  MOTE_TRY(expect_quantized(inputs[1].type, activations, "the second operand"));
  MOTE_TRY(expect_quantized(output, activations, "the output"));
  const auto scale = [](const TensorType& type) { return static_cast<double>(type.quantization.scale[0]); };
  const rt::Multiplier factor = quantize_multiplier(scale(inputs[0].type) * scale(inputs[1].type) / scale(output));
  constexpr int32_t kDeepestInt8 = INT32_MAX / (255 * 255);
  if (!wide && walk.depth > kDeepestInt8)
    return fail(ErrorCode::kUnsupported, "a sum of {} products could leave int32; at most {} are computed", walk.depth,
                kDeepestInt8);
  if (wide && factor.shift > 7)
    return fail(ErrorCode::kUnsupported, "an output scale of {} is too fine for operands of scale {} and {}",
                scale(output), scale(inputs[0].type), scale(inputs[1].type));
  const rt::BatchMatmul parameters{walk, inputs[0].type.quantization.zero_point[0],
                                   inputs[1].type.quantization.zero_point[0], factor,
                                   output_stage(Activation::kNone, output)};
  return KernelCall::make(wide ? kInt16 : kInt8, parameters, operands);
}
}  // namespace

Result<std::vector<TensorType>> BatchMatmul::infer(Arguments inputs) const {
  MOTE_TRY(expect_operands(inputs, 2, 2, "a, b"));
  const TensorType& a = inputs[0].type;
  const TensorType& b = inputs[1].type;
  if (a.dtype != b.dtype)
    return fail(ErrorCode::kUnsupported, "operands of {} and {}; both must be of one type", name(a.dtype),
                name(b.dtype));
  MOTE_TRY_ASSIGN(const rt::MatmulWalk walk, plan_walk(*this, a.shape, b.shape));
  MOTE_TRY_ASSIGN(Shape shape, broadcast_shape(outer(a.shape), outer(b.shape)));
  shape.insert(shape.end(), {walk.rows, walk.columns});
  MOTE_TRY(checked_count(shape));
  return std::vector<TensorType>{{a.dtype, std::move(shape), {}}};
}

void BatchMatmul::forward(ForwardContext& context) const {
  const ConstFloatView& a = context.inputs[0];
  const ConstFloatView& b = context.inputs[1];
  rt::batch_matmul_f32({*plan_walk(*this, a.shape, b.shape)}, a.data.data(), b.data.data(),
                       context.outputs[0].data.data());
}

void BatchMatmul::backward(BackwardContext& context) const {
  const ConstFloatView& a = context.inputs[0];
  const ConstFloatView& b = context.inputs[1];
  const std::span<const float> gradient = context.output_gradients[0].data;
  const std::span<float> to_a = context.input_gradients[0].data;
  const std::span<float> to_b = context.input_gradients[1].data;
  for_each_product(*plan_walk(*this, a.shape, b.shape), [&](size_t i, size_t j, size_t o) {
    if (!to_a.empty()) to_a[i] += gradient[o] * b.data[j];
    if (!to_b.empty()) to_b[j] += gradient[o] * a.data[i];
  });
}

QuantizationRule BatchMatmul::quantization(Arguments) const {
  return QuantizationRule::calibrated({kActivationOperand, kActivationOperand});
}

Result<Lowered> BatchMatmul::lower(Arguments inputs, Arguments outputs) const {
  MOTE_TRY_ASSIGN(rt::MatmulWalk walk, plan_walk(*this, inputs[0].type.shape, inputs[1].type.shape));
  walk.a_constant = inputs[0].constant != nullptr ? 1 : 0;
  walk.b_constant = inputs[1].constant != nullptr ? 1 : 0;
  const std::vector<Operand> operands{Operand::input(0), Operand::input(1), Operand::output(0)};
  Lowered lowered;
  if (inputs[0].type.dtype == DType::kFloat32) {
    lowered.calls.push_back(KernelCall::make(kFloat, rt::BatchMatmulF32{walk}, operands));
    return lowered;
  }
  MOTE_TRY_ASSIGN(KernelCall call, integer_call(walk, inputs, outputs[0].type, operands));
  lowered.calls.push_back(std::move(call));
  return lowered;
}

int64_t BatchMatmul::macs(Arguments inputs, Arguments outputs) const {
  return count(outputs[0].type.shape) * matrices(inputs[0].type.shape, transpose_a).columns;
}

std::vector<OpCase<BatchMatmul>> BatchMatmul::cases() {
  return {
      {"matrices", {}, {{3, 5}, {5, 2}}},
      {"batches", {}, {{2, 3, 4}, {2, 4, 5}}},
      {"transposed_a", {true, false}, {{2, 4, 3}, {2, 4, 2}}},
      {"transposed_b", {false, true}, {{3, 1, 7}, {3, 4, 7}}},
      {"transposed_both", {true, true}, {{1, 4, 3}, {1, 5, 4}}},
      {"one_b_for_all", {}, {{2, 2, 3, 4}, {4, 3}}},
      {"one_a_for_all", {}, {{1, 2, 3}, {4, 3, 2}}},
      {"crossing", {}, {{2, 1, 2, 3}, {1, 3, 3, 2}}},
      {"five_axes", {}, {{2, 1, 2, 1, 3}, {1, 2, 1, 3, 2}}},
      {"one_product", {}, {{1, 1}, {1, 1}}},
  };
}

}  // namespace mote
