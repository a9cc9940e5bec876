#include <algorithm>
#include <cmath>

#include "onnx/convert_pair.h"
#include "onnx/converters.h"
#include "onnx/steps.h"
#include "onnx/tensor_reader.h"

namespace mote {

namespace {

/// The values one after the other through an op of two.
template <class T>
Result<ValueId> chain(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(1, 4096));
  node.ignore({"consumed_inputs"});
  ValueId result = node.input(0);
  for (size_t i = 1; i < node.inputs(); ++i) {
    if (!node.has(i)) return fail(ErrorCode::kBadInput, "operand {} is left out", i);
    MOTE_TRY_ASSIGN(result, importer.add(T{}, {result, node.input(i)}));
  }
  return result;
}

template <class T>
Result<> convert_chain(Importer& importer, const OnnxNode& node) {
  MOTE_TRY_ASSIGN(const ValueId result, chain<T>(importer, node));
  importer.bind(node, 0, result);
  return {};
}

Result<> convert_mean(Importer& importer, const OnnxNode& node) {
  MOTE_TRY_ASSIGN(const ValueId sum, chain<Add>(importer, node));
  const ValueId share = importer.scalar(1.0f / static_cast<float>(node.inputs()));
  MOTE_TRY_ASSIGN(const ValueId result, times(importer, sum, share));
  importer.bind(node, 0, result);
  return {};
}

/// Powers that have an op of their own are exact for negative bases too.
Result<> convert_pow(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(2, 2));
  const Tensor* exponent = importer.known(node.input(1));
  const bool single =
      exponent != nullptr && exponent->type.dtype == DType::kFloat32 && count(exponent->type.shape) == 1;
  const float power = single ? exponent->as<float>()[0] : 0;
  const bool fits = importer.rank(node.input(1)) <= importer.rank(node.input(0));
  if (importer.dtype(node.input(0)) != DType::kFloat32 || !single || !fits ||
      (power != 2 && power != 0.5f && power != 1))
    return convert_pair<Pow>(importer, node);
  node.ignore({"broadcast", "axis"});
  ValueId result = node.input(0);
  if (power == 2) {
    MOTE_TRY_ASSIGN(result, importer.add(Square{}, {result}));
  } else if (power == 0.5f) {
    MOTE_TRY_ASSIGN(result, importer.add(Sqrt{}, {result}));
  }
  importer.bind(node, 0, result);
  return {};
}

Result<> convert_mod(Importer& importer, const OnnxNode& node) {
  if (node.flag("fmod", false)) return fail(ErrorCode::kUnsupported, "fmod, whose sign is the dividend's");
  return convert_pair<FloorMod>(importer, node);
}

Result<> convert_reciprocal(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(1, 1));
  node.ignore({"consumed_inputs"});
  MOTE_TRY_ASSIGN(const ValueId result, importer.add(Div{}, {importer.scalar(1), node.input(0)}));
  importer.bind(node, 0, result);
  return {};
}

Result<> convert_cast(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(1, 1));
  node.ignore({"saturate", "round_mode"});
  if (!node.has_attribute("to")) return fail(ErrorCode::kBadInput, "does not say to which type");
  MOTE_TRY_ASSIGN(const DType to,
                  dtype_of_onnx(static_cast<int32_t>(std::clamp<int64_t>(node.integer("to", 0), -1, 999))));
  ValueId result = node.input(0);
  const DType from = importer.dtype(result);
  if (from != to) {
    Cast op;
    op.in_type = from;
    op.out_type = to;
    MOTE_TRY_ASSIGN(result, importer.add(op, {result}));
  }
  importer.bind(node, 0, result);
  return {};
}

Result<> convert_identity(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(1, 1));
  importer.bind(node, 0, node.input(0));
  return {};
}

Result<> convert_dropout(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(1, 3));
  node.ignore({"ratio", "seed", "is_test", "consumed_inputs"});
  const Tensor* training = importer.known(node.input(2));
  if (node.has(2) && (training == nullptr || training->data.empty() || training->data[0] != 0))
    return fail(ErrorCode::kUnsupported,
                "dropout in training mode; export the model in evaluation mode (model.eval())");
  importer.bind(node, 0, node.input(0));
  return {};
}

constexpr NamedConverter kConverters[] = {
    {"Abs", convert_unary<Abs>},
    {"Ceil", convert_unary<Ceil>},
    {"Cos", convert_unary<Cos>},
    {"Exp", convert_unary<Exp>},
    {"Floor", convert_unary<Floor>},
    {"Log", convert_unary<NaturalLog>},
    {"Neg", convert_unary<Neg>},
    {"Round", convert_unary<Round>},
    {"Sin", convert_unary<Sin>},
    {"Sqrt", convert_unary<Sqrt>},
    {"Add", convert_pair<Add>},
    {"Sub", convert_pair<Sub>},
    {"Mul", convert_pair<Mul>},
    {"Div", convert_pair<Div>},
    {"Pow", convert_pow},
    {"Mod", convert_mod},
    {"Sum", convert_chain<Add>},
    {"Min", convert_chain<Minimum>},
    {"Max", convert_chain<Maximum>},
    {"Mean", convert_mean},
    {"Reciprocal", convert_reciprocal},
    {"Cast", convert_cast},
    {"Identity", convert_identity},
    {"Dropout", convert_dropout},
};

}  // namespace

std::span<const NamedConverter> pointwise_converters() {
  return kConverters;
}

}  // namespace mote
