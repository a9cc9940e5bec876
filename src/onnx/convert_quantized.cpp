#include <algorithm>
#include <cmath>

#include "onnx/converters.h"
#include "onnx/tensor_reader.h"

namespace mote {

namespace {

/// Scale and zero point as a node gives them. uint8 is held as int8, 128 lower.
struct Parameters {
  Quantization quantization;
  DType stored = DType::kUint8;  ///< the type in the file
};

Result<Parameters> read_parameters(Importer& importer, ValueId scale, ValueId zero_point, int64_t axis,
                                   std::optional<DType> stored) {
  Parameters result;
  MOTE_TRY_ASSIGN(result.quantization.scale, importer.floats(scale, "the scale"));
  if (importer.rank(scale) > 1)
    return fail(ErrorCode::kUnsupported, "one scale a block; one a tensor or a channel is supported");
  if (stored) result.stored = *stored;
  std::vector<float> zeros(result.quantization.scale.size(), 0.0f);
  if (zero_point != kNoValue) {
    const Tensor* content = importer.known(zero_point);
    if (content == nullptr) return fail(ErrorCode::kUnsupported, "a zero point that is computed at run time");
    if (!stored) result.stored = content->type.dtype;
    zeros = as_floats(*content);
    if (zeros.size() != result.quantization.scale.size())
      return fail(ErrorCode::kBadInput, "{} scales and {} zero points", result.quantization.scale.size(), zeros.size());
  }
  for (const float zero : zeros)
    if (!(std::abs(zero) < 65536)) return fail(ErrorCode::kBadInput, "the zero point {}", zero);
  const int32_t shift = result.stored == DType::kUint8 ? 128 : 0;
  for (const float zero : zeros) result.quantization.zero_point.push_back(static_cast<int32_t>(zero) - shift);
  for (const float s : result.quantization.scale)
    if (!(s > 0) || !std::isfinite(s)) return fail(ErrorCode::kBadInput, "the scale {}", s);
  result.quantization.axis = result.quantization.per_channel() ? static_cast<int32_t>(axis) : 0;
  return result;
}

Result<> check_channels(const Shape& shape, const Quantization& quantization) {
  if (!quantization.per_channel()) return {};
  const auto axis = static_cast<size_t>(quantization.axis);
  if (quantization.axis < 0 || axis >= shape.size() || static_cast<size_t>(shape[axis]) != quantization.scale.size())
    return fail(ErrorCode::kBadInput, "{} scales along axis {} of shape {}", quantization.scale.size(),
                quantization.axis, text(shape));
  return {};
}

/// Stored integers with their meaning: int8 (uint8 moved down by 128), or int32.
Result<Tensor> with_meaning(const Tensor& content, const Parameters& parameters) {
  TensorType type = content.type;
  MOTE_TRY(check_channels(type.shape, parameters.quantization));
  type.quantization = parameters.quantization;
  if (type.dtype == DType::kInt32 || type.dtype == DType::kInt8) return Tensor(type, content.data);
  if (type.dtype != DType::kUint8)
    return fail(ErrorCode::kUnsupported, "integers of type {}; int8, uint8 and int32 are supported", name(type.dtype));
  type.dtype = DType::kInt8;
  std::vector<uint8_t> moved = content.data;
  for (uint8_t& element : moved) element = static_cast<uint8_t>(element ^ 0x80);
  return Tensor(type, std::move(moved));
}

/// The float constant in those integers: divided, rounded half to even, saturated.
Tensor quantized(const Tensor& content, const Quantization& q) {
  TensorType type{DType::kInt8, content.type.shape, q};
  Tensor result(type);
  int64_t inner = 1;
  for (size_t i = static_cast<size_t>(q.axis) + 1; i < type.shape.size(); ++i) inner *= type.shape[i];
  for (size_t i = 0; i < result.data.size(); ++i) {
    const size_t c = q.per_channel() ? i / static_cast<size_t>(inner) % q.scale.size() : 0;
    const float steps = std::nearbyint(content.as<float>()[i] / q.scale[c]) + static_cast<float>(q.zero_point[c]);
    result.as<int8_t>()[i] = static_cast<int8_t>(std::clamp(std::isnan(steps) ? 0.0f : steps, -128.0f, 127.0f));
  }
  return result;
}

Result<ValueId> quantize(Importer& importer, ValueId id, const Parameters& parameters) {
  if (parameters.stored != DType::kInt8 && parameters.stored != DType::kUint8)
    return fail(ErrorCode::kUnsupported, "quantization to {}; int8 and uint8 are supported", name(parameters.stored));
  if (importer.dtype(id) != DType::kFloat32)
    return fail(ErrorCode::kBadInput, "quantizes {}; float is expected", text(importer.graph().value(id).type));
  MOTE_TRY(check_channels(importer.shape(id), parameters.quantization));
  if (const Tensor* content = importer.known(id)) {
    const ValueId result = importer.constant(quantized(*content, parameters.quantization));
    if (parameters.stored == DType::kUint8) importer.mark_shifted(result);
    return result;
  }
  if (parameters.quantization.per_channel())
    return fail(ErrorCode::kUnsupported, "one scale a channel of a value that is computed at run time");
  MOTE_TRY_ASSIGN(const ValueId result, importer.add(Quantize{}, {id}));
  importer.graph().value(result).type.quantization = parameters.quantization;
  if (parameters.stored == DType::kUint8) importer.mark_shifted(result);
  return result;
}

Result<ValueId> dequantize(Importer& importer, ValueId id, const Parameters& parameters) {
  if (const Tensor* content = importer.known(id)) {
    if (content->type.quantization.present()) return importer.dequantized_constant(*content);
    MOTE_TRY_ASSIGN(Tensor meant, with_meaning(*content, parameters));
    return importer.dequantized_constant(std::move(meant));
  }
  Value& value = importer.graph().value(id);
  if (value.type.dtype != DType::kInt8 || parameters.quantization.per_channel())
    return fail(ErrorCode::kUnsupported, "dequantizes {} with {} scales; int8 or uint8 with one scale is supported",
                text(value.type), parameters.quantization.scale.size());
  if (!value.type.quantization.present()) value.type.quantization = parameters.quantization;
  if (value.type.quantization != parameters.quantization)
    return fail(ErrorCode::kUnsupported, "gives {} another scale than it was quantized with", value.name);
  return importer.add(Dequantize{}, {id});
}

Result<int64_t> axis_of(Importer& importer, const OnnxNode& node) {
  const int32_t rank = importer.rank(node.input(0));
  const int64_t axis = node.integer("axis", 1);
  return axis < 0 ? axis + rank : axis;
}

/// The type a node's integers have in the file; a value of the graph may hold them 128 lower.
std::optional<DType> stored_type(Importer& importer, ValueId id) {
  if (importer.is_shifted(id)) return DType::kUint8;
  return importer.dtype(id);
}

Result<> convert_quantize(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(2, 3));
  node.ignore({"saturate", "precision"});
  if (node.integer("block_size", 0) != 0) return fail(ErrorCode::kUnsupported, "one scale a block");
  MOTE_TRY_ASSIGN(const int64_t axis, axis_of(importer, node));
  std::optional<DType> stored;
  if (const int64_t type = node.integer("output_dtype", 0); type != 0) {
    MOTE_TRY_ASSIGN(stored, dtype_of_onnx(static_cast<int32_t>(std::clamp<int64_t>(type, -1, 999))));
  }
  MOTE_TRY_ASSIGN(const Parameters parameters, read_parameters(importer, node.input(1), node.input(2), axis, stored));
  MOTE_TRY_ASSIGN(const ValueId result, quantize(importer, node.input(0), parameters));
  importer.bind(node, 0, result);
  return {};
}

Result<> convert_dequantize(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(2, 3));
  if (node.integer("block_size", 0) != 0) return fail(ErrorCode::kUnsupported, "one scale a block");
  node.ignore({"output_dtype"});
  MOTE_TRY_ASSIGN(const int64_t axis, axis_of(importer, node));
  MOTE_TRY_ASSIGN(const Parameters parameters,
                  read_parameters(importer, node.input(1), node.input(2), axis, stored_type(importer, node.input(0))));
  MOTE_TRY_ASSIGN(const ValueId result, dequantize(importer, node.input(0), parameters));
  importer.bind(node, 0, result);
  return {};
}

/// Operand `first` with its scale and zero point, as float.
Result<ValueId> real_operand(Importer& importer, const OnnxNode& node, size_t first, int64_t axis) {
  const ValueId id = node.input(first);
  if (id == kNoValue) return fail(ErrorCode::kBadInput, "operand {} is left out", first);
  MOTE_TRY_ASSIGN(const Parameters parameters, read_parameters(importer, node.input(first + 1), node.input(first + 2),
                                                               axis, stored_type(importer, id)));
  return dequantize(importer, id, parameters);
}

/// The int32 bias of a layer, in steps of input scale times weights scale.
Result<ValueId> real_bias(Importer& importer, ValueId bias, ValueId input_scale, ValueId weights_scale) {
  const Tensor* content = importer.known(bias);
  if (content == nullptr || content->type.dtype != DType::kInt32)
    return fail(ErrorCode::kUnsupported, "a bias that is no int32 constant");
  MOTE_TRY_ASSIGN(const auto input, importer.floats(input_scale, "the scale"));
  MOTE_TRY_ASSIGN(Parameters parameters, read_parameters(importer, weights_scale, kNoValue, 0, DType::kInt32));
  if (input.size() != 1) return fail(ErrorCode::kUnsupported, "{} scales of the input", input.size());
  for (float& scale : parameters.quantization.scale) scale *= input[0];
  MOTE_TRY_ASSIGN(Tensor meant, with_meaning(*content, parameters));
  return importer.dequantized_constant(std::move(meant));
}

/// Converts the float operator on `inputs` and quantizes its result.
Result<> convert_inner(Importer& importer, const OnnxNode& node, std::string_view op, std::vector<ValueId> inputs,
                       ValueId scale, ValueId zero_point) {
  const OnnxNode inner = node.with_inputs(std::move(inputs));
  MOTE_TRY(find_converter(op)(importer, inner));
  MOTE_TRY_ASSIGN(const ValueId real, importer.find(node.output_name(0)));
  if (scale == kNoValue) return {};
  MOTE_TRY_ASSIGN(const Parameters parameters, read_parameters(importer, scale, zero_point, 0, std::nullopt));
  MOTE_TRY_ASSIGN(const ValueId result, quantize(importer, real, parameters));
  importer.bind(node, 0, result);
  return {};
}

Result<> convert_qlinear_conv(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(8, 9));
  MOTE_TRY_ASSIGN(const ValueId input, real_operand(importer, node, 0, 0));
  MOTE_TRY_ASSIGN(const ValueId weights, real_operand(importer, node, 3, 0));
  std::vector<ValueId> inputs{input, weights};
  if (node.has(8)) {
    MOTE_TRY_ASSIGN(const ValueId bias, real_bias(importer, node.input(8), node.input(1), node.input(4)));
    inputs.push_back(bias);
  }
  return convert_inner(importer, node, "Conv", std::move(inputs), node.input(6), node.input(7));
}

Result<> convert_qlinear_matmul(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(8, 8));
  MOTE_TRY_ASSIGN(const ValueId a, real_operand(importer, node, 0, 0));
  MOTE_TRY_ASSIGN(const ValueId b, real_operand(importer, node, 3, importer.rank(node.input(3)) - 1));
  return convert_inner(importer, node, "MatMul", {a, b}, node.input(6), node.input(7));
}

Result<> convert_qgemm(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(6, 9));
  const bool transposed = node.flag("transB", false);
  MOTE_TRY_ASSIGN(const ValueId a, real_operand(importer, node, 0, 0));
  MOTE_TRY_ASSIGN(const ValueId b, real_operand(importer, node, 3, transposed ? 0 : 1));
  std::vector<ValueId> inputs{a, b};
  if (node.has(6)) {
    MOTE_TRY_ASSIGN(const ValueId bias, real_bias(importer, node.input(6), node.input(1), node.input(4)));
    inputs.push_back(bias);
  }
  return convert_inner(importer, node, "Gemm", std::move(inputs), node.input(7), node.input(8));
}

/// QLinear forms of ops on `kOperands` quantized values: each with scale and zero point, then those of the result.
template <size_t kOperands>
Result<> convert_qlinear(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(3 * kOperands + 1, 3 * kOperands + 2));
  node.ignore({"opset"});
  if (node.flag("channels_last", false)) return fail(ErrorCode::kUnsupported, "channels_last");
  std::vector<ValueId> inputs;
  for (size_t i = 0; i < kOperands; ++i) {
    MOTE_TRY_ASSIGN(const ValueId operand, real_operand(importer, node, 3 * i, 0));
    inputs.push_back(operand);
  }
  return convert_inner(importer, node, std::string_view(node.op()).substr(std::string_view("QLinear").size()),
                       std::move(inputs), node.input(3 * kOperands), node.input(3 * kOperands + 1));
}

Result<> convert_qlinear_concat(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(5, 4096));
  std::vector<ValueId> inputs;
  for (size_t i = 2; i < node.inputs(); i += 3) {
    MOTE_TRY_ASSIGN(const ValueId operand, real_operand(importer, node, i, 0));
    inputs.push_back(operand);
  }
  return convert_inner(importer, node, "Concat", std::move(inputs), node.input(0), node.input(1));
}

Result<> refuse_dynamic(Importer&, const OnnxNode& node) {
  return fail(ErrorCode::kUnsupported,
              "{} belongs to dynamic quantization, which finds scales at run time; quantize the model statically "
              "(onnxruntime.quantization.quantize_static, QDQ format), or take the float model and mote quantize",
              node.op());
}

constexpr NamedConverter kConverters[] = {
    {"QuantizeLinear", convert_quantize},
    {"DequantizeLinear", convert_dequantize},
    {"QLinearConv", convert_qlinear_conv},
    {"QLinearMatMul", convert_qlinear_matmul},
    {"QGemm", convert_qgemm},
    {"QLinearAdd", convert_qlinear<2>},
    {"QLinearMul", convert_qlinear<2>},
    {"QLinearSigmoid", convert_qlinear<1>},
    {"QLinearLeakyRelu", convert_qlinear<1>},
    {"QLinearSoftmax", convert_qlinear<1>},
    {"QLinearAveragePool", convert_qlinear<1>},
    {"QLinearGlobalAveragePool", convert_qlinear<1>},
    {"QLinearConcat", convert_qlinear_concat},
    {"DynamicQuantizeLinear", refuse_dynamic},
    {"MatMulInteger", refuse_dynamic},
    {"ConvInteger", refuse_dynamic},
};

}  // namespace

std::span<const NamedConverter> quantization_converters() {
  return kConverters;
}

}  // namespace mote
