#include <algorithm>
#include <cmath>
#include <limits>

#include "onnx/converters.h"
#include "onnx/steps.h"

namespace mote {

namespace {

template <class T>
Result<ValueId> apply(Importer& importer, ValueId id) {
  return importer.add(T{}, {id});
}

Result<ValueId> scaled(Importer& importer, ValueId id, float factor) {
  if (factor == 1) return id;
  return times(importer, id, importer.scalar(factor));
}

Result<ValueId> shifted(Importer& importer, ValueId id, float offset) {
  if (offset == 0) return id;
  return plus(importer, id, importer.scalar(offset));
}

/// A function of one value, made of steps.
template <Result<ValueId> (*kSteps)(Importer&, const OnnxNode&, ValueId)>
Result<> convert(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(1, 1));
  node.ignore({"consumed_inputs"});
  MOTE_TRY_ASSIGN(const ValueId result, kSteps(importer, node, node.input(0)));
  importer.bind(node, 0, result);
  return {};
}

template <class T>
Result<ValueId> plain(Importer& importer, const OnnxNode&, ValueId x) {
  return apply<T>(importer, x);
}

Result<ValueId> leaky_relu(Importer& importer, const OnnxNode& node, ValueId x) {
  LeakyRelu op;
  op.alpha = node.real("alpha", 0.01f);
  return importer.add(op, {x});
}

/// max(x, 0) + factor * (exp(min(x, 0) / width) - 1)
Result<ValueId> exponential_unit(Importer& importer, ValueId x, float factor, float width) {
  if (factor == 1 && width == 1) return apply<Elu>(importer, x);
  MOTE_TRY_ASSIGN(const ValueId above, apply<Relu>(importer, x));
  MOTE_TRY_ASSIGN(ValueId below, clamp(importer, x, -std::numeric_limits<float>::infinity(), 0));
  MOTE_TRY_ASSIGN(below, scaled(importer, below, 1 / width));
  MOTE_TRY_ASSIGN(below, apply<Elu>(importer, below));
  MOTE_TRY_ASSIGN(below, scaled(importer, below, factor));
  return plus(importer, above, below);
}

Result<ValueId> elu(Importer& importer, const OnnxNode& node, ValueId x) {
  return exponential_unit(importer, x, node.real("alpha", 1), 1);
}

Result<ValueId> selu(Importer& importer, const OnnxNode& node, ValueId x) {
  const float gamma = node.real("gamma", 1.0507009873554805f);
  MOTE_TRY_ASSIGN(const ValueId unit, exponential_unit(importer, x, node.real("alpha", 1.6732632423543772f), 1));
  return scaled(importer, unit, gamma);
}

Result<ValueId> celu(Importer& importer, const OnnxNode& node, ValueId x) {
  const float alpha = node.real("alpha", 1);
  return exponential_unit(importer, x, alpha, alpha);
}

Result<ValueId> gelu(Importer& importer, const OnnxNode& node, ValueId x) {
  Gelu op;
  op.approximate = node.word("approximate", "none") == "tanh";
  return importer.add(op, {x});
}

Result<ValueId> hard_sigmoid_of(Importer& importer, ValueId x, float slope, float offset) {
  MOTE_TRY_ASSIGN(ValueId value, scaled(importer, x, slope));
  MOTE_TRY_ASSIGN(value, shifted(importer, value, offset));
  return clamp(importer, value, 0, 1);
}

Result<ValueId> hard_sigmoid(Importer& importer, const OnnxNode& node, ValueId x) {
  return hard_sigmoid_of(importer, x, node.real("alpha", 0.2f), node.real("beta", 0.5f));
}

/// log(1 + exp(x)), without overflow.
Result<ValueId> softplus_of(Importer& importer, ValueId x) {
  MOTE_TRY_ASSIGN(const ValueId above, apply<Relu>(importer, x));
  MOTE_TRY_ASSIGN(ValueId rest, apply<Abs>(importer, x));
  MOTE_TRY_ASSIGN(rest, apply<Neg>(importer, rest));
  MOTE_TRY_ASSIGN(rest, apply<Exp>(importer, rest));
  MOTE_TRY_ASSIGN(rest, shifted(importer, rest, 1));
  MOTE_TRY_ASSIGN(rest, apply<NaturalLog>(importer, rest));
  return plus(importer, above, rest);
}

Result<ValueId> softplus(Importer& importer, const OnnxNode&, ValueId x) {
  return softplus_of(importer, x);
}

Result<ValueId> mish(Importer& importer, const OnnxNode&, ValueId x) {
  MOTE_TRY_ASSIGN(ValueId gate, softplus_of(importer, x));
  MOTE_TRY_ASSIGN(gate, apply<Tanh>(importer, gate));
  return times(importer, x, gate);
}

Result<ValueId> softsign(Importer& importer, const OnnxNode&, ValueId x) {
  MOTE_TRY_ASSIGN(ValueId size, apply<Abs>(importer, x));
  MOTE_TRY_ASSIGN(size, shifted(importer, size, 1));
  return importer.add(Div{}, {x, size});
}

/// Softmax-like ops work along the last axis; any other is moved there and back.
Result<ValueId> along_last(Importer& importer, ValueId x, int32_t axis, const Op& op) {
  const int32_t rank = importer.rank(x);
  std::vector<int32_t> order;
  for (int32_t i = 0; i < rank; ++i) order.push_back(i);
  std::swap(order[static_cast<size_t>(axis)], order.back());
  MOTE_TRY_ASSIGN(ValueId value, importer.transpose(x, order));
  MOTE_TRY_ASSIGN(value, importer.add(op, {value}));
  return importer.transpose(value, order);
}

/// Before version 13 all axes from `axis` on are one.
Result<ValueId> normalized(Importer& importer, const OnnxNode& node, ValueId x, const Op& op) {
  const Shape shape = importer.shape(x);
  const auto rank = static_cast<int32_t>(shape.size());
  if (rank == 0) return fail(ErrorCode::kBadInput, "a scalar operand");
  if (importer.opset() >= 13) {
    MOTE_TRY_ASSIGN(const int32_t axis, importer.axis(node.integer("axis", -1), rank));
    return along_last(importer, x, axis, op);
  }
  MOTE_TRY_ASSIGN(const int32_t axis, importer.axis(node.integer("axis", 1), rank));
  if (axis == rank - 1) return importer.add(op, {x});
  const Shape outer(shape.begin(), shape.begin() + axis), inner(shape.begin() + axis, shape.end());
  MOTE_TRY_ASSIGN(ValueId value,
                  importer.reshape(x, {static_cast<int32_t>(count(outer)), static_cast<int32_t>(count(inner))}));
  MOTE_TRY_ASSIGN(value, importer.add(op, {value}));
  return importer.reshape(value, shape);
}

Result<ValueId> softmax(Importer& importer, const OnnxNode& node, ValueId x) {
  return normalized(importer, node, x, Softmax{});
}

Result<ValueId> log_softmax(Importer& importer, const OnnxNode& node, ValueId x) {
  return normalized(importer, node, x, LogSoftmax{});
}

/// Before version 7 one slope a channel stands for axis 1.
Result<> convert_prelu(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(2, 2));
  node.ignore({"consumed_inputs"});
  ValueId slope = node.input(1);
  const int32_t rank = importer.rank(node.input(0));
  if (importer.opset() < 7 && importer.rank(slope) == 1 && count(importer.shape(slope)) > 1) {
    Shape shape = importer.shape(slope);
    for (int32_t i = 2; i < rank; ++i) shape.push_back(1);
    MOTE_TRY_ASSIGN(slope, importer.reshape(slope, shape));
  }
  MOTE_TRY_ASSIGN(const ValueId result, importer.add(Prelu{}, {node.input(0), slope}));
  importer.bind(node, 0, result);
  return {};
}

Result<float> bound(Importer& importer, const OnnxNode& node, size_t operand, float otherwise) {
  if (!node.has(operand)) return otherwise;
  const Tensor* content = importer.known(node.input(operand));
  if (content == nullptr) return fail(ErrorCode::kUnsupported, "bounds that are computed at run time");
  const std::vector<float> values = as_floats(*content);
  if (values.size() != 1) return fail(ErrorCode::kBadInput, "a bound of shape {}", text(content->type.shape));
  return values[0];
}

Result<> convert_clip(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(1, 3));
  node.ignore({"consumed_inputs"});
  constexpr float kInfinite = std::numeric_limits<float>::infinity();
  float low = node.real("min", -kInfinite), high = node.real("max", kInfinite);
  MOTE_TRY_ASSIGN(low, bound(importer, node, 1, low));
  MOTE_TRY_ASSIGN(high, bound(importer, node, 2, high));
  MOTE_TRY_ASSIGN(const ValueId result, clamp(importer, node.input(0), low, high));
  importer.bind(node, 0, result);
  return {};
}

constexpr NamedConverter kConverters[] = {
    {"Relu", convert<plain<Relu>>},
    {"Sigmoid", convert<plain<Logistic>>},
    {"Tanh", convert<plain<Tanh>>},
    {"HardSwish", convert<plain<HardSwish>>},
    {"LeakyRelu", convert<leaky_relu>},
    {"Elu", convert<elu>},
    {"Selu", convert<selu>},
    {"Celu", convert<celu>},
    {"Gelu", convert<gelu>},
    {"HardSigmoid", convert<hard_sigmoid>},
    {"Softplus", convert<softplus>},
    {"Softsign", convert<softsign>},
    {"Mish", convert<mish>},
    {"Softmax", convert<softmax>},
    {"LogSoftmax", convert<log_softmax>},
    {"PRelu", convert_prelu},
    {"Clip", convert_clip},
};

}  // namespace

std::span<const NamedConverter> activation_converters() {
  return kConverters;
}

}  // namespace mote
