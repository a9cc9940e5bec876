#include "example.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace mote::testing {

namespace {

bool is_constant(OperandRole role) {
  return role != OperandRole::kActivation && role != OperandRole::kState;
}

Tensor random_integers(const TensorType& type, const CaseType& range, Rng& rng) {
  std::vector<float> numbers(static_cast<size_t>(count(type.shape)));
  const auto span = static_cast<uint64_t>(type.dtype == DType::kBool ? 2 : range.most - range.least + 1);
  const int32_t least = type.dtype == DType::kBool ? 0 : range.least;
  for (float& x : numbers) x = static_cast<float>(least + static_cast<int32_t>(rng.below(span)));
  return from_floats(type, numbers);
}

template <class T>
Example make_example(const OpCase<T>& from, Rng& rng) {
  Example example{fmt::format("{}.{}", T::kName, from.name), Op(from.op), {}, {}, {}, {}, {}};
  for (const Argument& argument : from.arguments(DType::kFloat32)) {
    example.given.push_back(argument.constant != nullptr);
    example.typed.push_back(!example.given.back() && argument.type.dtype != DType::kFloat32);
    example.left_out.push_back(argument.left_out);
    example.operands.push_back(example.given.back() ? *argument.constant
                               : argument.left_out  ? Tensor(TensorType{DType::kFloat32, {0}, {}})
                                                    : Tensor(argument.type));
  }
  example.constant = example.given;
  const QuantizationRule rule = example.rule();
  for (size_t i = 0; i < example.operands.size(); ++i) {
    if (example.given[i] || example.left_out[i]) continue;
    if (example.typed[i]) {
      example.operands[i] = random_integers(example.operands[i].type, from.type(i), rng);
      continue;
    }
    const OperandRole role = i < rule.inputs.size() ? rule.inputs[i].role : OperandRole::kActivation;
    example.constant[i] = is_constant(role);
    const double spread = example.constant[i] ? 1 : 2;
    const CaseType type = from.type(i);
    for (float& x : example.operands[i].as<float>())
      x = static_cast<float>(type.is_bounded ? rng.uniform(type.least, type.most) : rng.uniform(-spread, spread));
  }
  return example;
}

/// Scale of the tensor's index c along `axis` in slices: the largest magnitude there / 127.
Quantization symmetric(const Tensor& tensor, int32_t axis) {
  const Shape& shape = tensor.type.shape;
  const auto data = tensor.as<float>();
  size_t channels = 1;
  size_t inner = data.size();
  if (axis >= 0) {
    const auto at = static_cast<size_t>(axis);
    channels = static_cast<size_t>(shape[at]);
    inner = static_cast<size_t>(count(Shape(shape.begin() + axis + 1, shape.end())));
  }
  std::vector<float> largest(channels, 1e-6f);
  for (size_t i = 0; i < data.size(); ++i) {
    float& l = largest[i / inner % channels];
    l = std::max(l, std::abs(data[i]));
  }
  Quantization result{{}, std::vector<int32_t>(channels, 0), std::max(axis, 0)};
  for (const float l : largest) result.scale.push_back(l / 127);
  return result;
}

/// Index of the scale that element i of the tensor uses.
size_t scale_index(const TensorType& type, size_t i) {
  if (!type.quantization.per_channel()) return 0;
  const Shape& shape = type.shape;
  const auto inner = count(Shape(shape.begin() + type.quantization.axis + 1, shape.end()));
  return i / static_cast<size_t>(inner) % type.quantization.scale.size();
}

template <class T>
Tensor rounded(const Tensor& from, DType dtype, Quantization quantization, double low, double high) {
  Tensor result(TensorType{dtype, from.type.shape, std::move(quantization)});
  const Quantization& q = result.type.quantization;
  for (size_t i = 0; i < from.as<float>().size(); ++i) {
    const size_t c = scale_index(result.type, i);
    const double steps = std::round(static_cast<double>(from.as<float>()[i]) / static_cast<double>(q.scale[c]));
    result.as<T>()[i] = static_cast<T>(std::clamp(steps + q.zero_point[c], low, high));
  }
  return result;
}

std::pair<float, float> range(std::span<const float> values) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  return {*low, *high};
}

/// Integer results that stand for real numbers; an int32 of another op is a number of its own (the place of a maximum).
bool has_scale(const Op& op, DType dtype) {
  return dtype == DType::kInt8 || dtype == DType::kInt16 || std::holds_alternative<Quantize>(op);
}

/// What the front end of firmware reads is float in the integer model too.
bool stays_float(const Op& op) {
  return std::holds_alternative<AffineQuantize>(op);
}

}  // namespace

bool Example::has_forms() const {
  for (size_t i = 0; i < operands.size(); ++i)
    if (!given[i] && !typed[i]) return true;
  return false;
}

std::vector<Argument> Example::arguments() const {
  std::vector<Argument> result;
  for (size_t i = 0; i < operands.size(); ++i)
    result.push_back({operands[i].type, i < constant.size() && constant[i] ? &operands[i] : nullptr,
                      i < left_out.size() && left_out[i]});
  return result;
}

namespace {
uint64_t mix(uint64_t seed, char letter) {
  return seed * 131 + static_cast<uint8_t>(letter);
}
}  // namespace

std::vector<Example> all_examples() {
  std::vector<Example> result;
  for_each_op([&]<class T>() {
    for (const OpCase<T>& from : T::cases()) {
      Rng rng(std::accumulate(from.name.begin(), from.name.end(), uint64_t{29}, mix));  // no op changes another's draws
      result.push_back(make_example(from, rng));
    }
  });
  return result;
}

OperandViews::OperandViews(const Example& example) : numbers_(example.operands.size()) {
  for (size_t i = 0; i < numbers_.size(); ++i) {
    const Tensor& operand = example.operands[i];
    const bool is_float = operand.type.dtype == DType::kFloat32;
    if (!is_float) numbers_[i] = real_values(operand);
    views.push_back({operand.type.shape, is_float ? operand.as<float>() : std::span<const float>(numbers_[i]),
                     example.constant[i] ? &operand : nullptr});
  }
}

std::vector<Tensor> run_forward(const Example& example, bool training, uint64_t seed) {
  const auto types = infer(example.op, example.arguments());
  std::vector<Tensor> outputs;
  ForwardContext context;
  const OperandViews operands(example);
  context.inputs = operands.views;
  for (const TensorType& type : types.value()) outputs.emplace_back(TensorType{DType::kFloat32, type.shape, {}});
  for (Tensor& output : outputs) context.outputs.push_back({output.type.shape, output.as<float>()});
  if (!types->empty()) context.result = types->front().dtype;
  context.training = training;
  context.seed = seed;
  forward(example.op, context);
  return outputs;
}

Quantization covering(float low, float high, DType dtype) {
  low = std::min(low, 0.0f);
  high = std::max(high, low + 1e-3f);
  high = std::max(high, 0.0f);
  if (dtype == DType::kInt16 || dtype == DType::kInt32)  // int32 as it comes of int16 and int8
    return {{std::max(-low, high) / 32767}, {0}, 0};
  const int32_t least = dtype == DType::kUint8 ? 0 : -128;
  const float scale = (high - low) / 255;
  const auto zero_point = static_cast<int32_t>(std::lround(static_cast<float>(least) - low / scale));
  return {{scale}, {std::clamp(zero_point, least, least + 255)}, 0};
}

std::vector<float> real_values(const Tensor& tensor) {
  const Quantization& q = tensor.type.quantization;
  if (!q.present()) return as_floats(tensor);
  std::vector<float> result;
  const auto add = [&](auto elements) {
    for (size_t i = 0; i < elements.size(); ++i) {
      const size_t c = scale_index(tensor.type, i);
      result.push_back(
          static_cast<float>(static_cast<double>(q.scale[c]) * static_cast<double>(elements[i] - q.zero_point[c])));
    }
  };
  if (tensor.type.dtype == DType::kInt8) add(tensor.as<int8_t>());
  if (tensor.type.dtype == DType::kUint8) add(tensor.as<uint8_t>());
  if (tensor.type.dtype == DType::kInt16) add(tensor.as<int16_t>());
  if (tensor.type.dtype == DType::kInt32) add(tensor.as<int32_t>());
  if (tensor.type.dtype == DType::kInt64) add(tensor.as<int64_t>());
  return result;
}

namespace {
/// The scale that covers every number among an example's operands.
Quantization covering_all(const Example& example, DType activations) {
  std::vector<float> numbers;
  for (size_t i = 0; i < example.operands.size(); ++i)
    if (!example.given[i] && !example.typed[i]) {
      const auto own = example.operands[i].as<float>();
      numbers.insert(numbers.end(), own.begin(), own.end());
    }
  const auto [low, high] = range(numbers);
  return covering(low, high, activations);
}
}  // namespace

Result<QuantizedExample> quantize(const Example& example, DType activations) {
  using enum OperandRole;
  QuantizedExample result{example, example, {}};
  const QuantizationRule rule = example.rule();
  const bool is_shared = rule.output == QuantizationRule::Output::kShared;
  for (size_t i = 0; i < example.operands.size(); ++i) {
    if (example.given[i] || example.typed[i] || i >= rule.inputs.size() || stays_float(example.op)) continue;
    const Tensor& from = example.operands[i];
    Tensor& to = result.example.operands[i];
    const OperandRule operand = rule.inputs[i];
    if (operand.role == kActivation) {
      const auto [low, high] = range(from.as<float>());
      Quantization q = is_shared ? covering_all(example, activations) : covering(low, high, activations);
      to = activations == DType::kInt16 ? rounded<int16_t>(from, activations, std::move(q), -32768, 32767)
                                        : rounded<int8_t>(from, activations, std::move(q), -128, 127);
    } else if (operand.role == kWeights) {
      to = rounded<int8_t>(from, DType::kInt8, symmetric(from, operand.channel_axis), -127, 127);
    } else if (operand.role == kBias) {
      Quantization q = result.example.operands[1].type.quantization;
      for (float& scale : q.scale) scale *= result.example.operands[first_activation(rule)].type.quantization.scale[0];
      q.axis = 0;
      constexpr double kMost = 2147483647.0;
      to = activations == DType::kInt16 ? rounded<int64_t>(from, DType::kInt64, std::move(q), -kMost, kMost)
                                        : rounded<int32_t>(from, DType::kInt32, std::move(q), -kMost, kMost);
    }
    result.real.operands[i] = float_tensor(from.type.shape, real_values(to));
  }
  MOTE_TRY_ASSIGN(result.outputs, infer(example.op, result.example.arguments()));
  const std::vector<Tensor> reals = run_forward(result.real);
  for (size_t i = 0; i < result.outputs.size(); ++i) {
    TensorType& type = result.outputs[i];
    if (!has_scale(example.op, type.dtype)) continue;
    using enum QuantizationRule::Output;
    const auto [low, high] = range(reals[i].as<float>());
    type.quantization = rule.output == kFixed ? rule.fixed_for(activations)
                        : rule.output == kCalibrated
                            ? covering(low, high, type.dtype)
                            : result.example.operands[first_activation(rule)].type.quantization;
  }
  return result;
}

}  // namespace mote::testing
