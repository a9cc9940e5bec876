#include <algorithm>

#include "onnx/converters.h"
#include "onnx/steps.h"

namespace mote {

namespace {

/// The matrix with its last two axes swapped.
Result<ValueId> swapped(Importer& importer, ValueId id) {
  std::vector<int32_t> order;
  for (int32_t i = 0; i < importer.rank(id); ++i) order.push_back(i);
  std::swap(order[order.size() - 1], order[order.size() - 2]);
  return importer.transpose(id, order);
}

/// a [.., rows, depth] times b [.., depth, columns], neither known ahead, or the first one known.
Result<ValueId> product(Importer& importer, ValueId a, ValueId b) {
  return importer.add(BatchMatmul{}, {a, b});
}

/// A constant that can be a layer's bias: one element for each of `outputs`, or one for all.
Result<ValueId> bias_of(Importer& importer, ValueId id, int32_t outputs) {
  if (importer.known(id) == nullptr) return kNoValue;
  const int64_t elements = count(importer.shape(id));
  if (elements == outputs && !importer.shape(id).empty() && importer.shape(id).back() == outputs)
    return importer.reshape(id, {outputs});
  if (elements != 1) return kNoValue;
  MOTE_TRY_ASSIGN(const ValueId single, importer.reshape(id, {1}));
  return expand(importer, single, {outputs});
}

Result<ValueId> scaled(Importer& importer, ValueId id, float factor) {
  if (factor == 1) return id;
  return times(importer, id, importer.scalar(factor));
}

Result<> convert_gemm(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(2, 3));
  node.ignore({"broadcast"});
  const float alpha = node.real("alpha", 1), beta = node.real("beta", 1);
  ValueId a = node.input(0), b = node.input(1), c = node.input(2);
  if (importer.rank(a) != 2 || importer.rank(b) != 2)
    return fail(ErrorCode::kBadInput, "operands of shape {} and {}; matrices are expected", text(importer.shape(a)),
                text(importer.shape(b)));
  if (node.flag("transA", false)) {
    MOTE_TRY_ASSIGN(a, swapped(importer, a));
  }
  const bool transposed = node.flag("transB", false);
  const bool layer = importer.known(b) != nullptr && importer.known(a) == nullptr;
  if (layer != transposed) {
    MOTE_TRY_ASSIGN(b, swapped(importer, b));
  }
  if (layer) {
    MOTE_TRY_ASSIGN(b, scaled(importer, b, alpha));
  } else {
    MOTE_TRY_ASSIGN(a, scaled(importer, a, alpha));
  }
  if (c != kNoValue) {
    MOTE_TRY_ASSIGN(c, scaled(importer, c, beta));
  }
  if (importer.shape(a)[1] != importer.shape(b)[layer ? 1 : 0])
    return fail(ErrorCode::kBadInput, "a matrix {} times one of {}", text(importer.shape(a)), text(importer.shape(b)));
  ValueId bias = kNoValue;
  if (layer && c != kNoValue) {
    MOTE_TRY_ASSIGN(bias, bias_of(importer, c, importer.shape(b)[0]));
  }
  auto result = layer ? dense(importer, a, b, bias, false) : product(importer, a, b);
  if (!result) return fail(std::move(result).error());
  ValueId value = *result;
  if (c != kNoValue && bias == kNoValue) {
    MOTE_TRY_ASSIGN(value, plus(importer, value, c));
  }
  importer.bind(node, 0, value);
  return {};
}

/// A vector as a matrix of one row (`front`) or one column.
Result<ValueId> as_matrix(Importer& importer, ValueId id, bool front) {
  const Shape& shape = importer.shape(id);
  if (shape.empty()) return fail(ErrorCode::kBadInput, "a scalar operand");
  if (shape.size() > 1) return id;
  return importer.reshape(id, front ? Shape{1, shape[0]} : Shape{shape[0], 1});
}

Result<> convert_matmul(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(2, 2));
  const Shape first = importer.shape(node.input(0)), second = importer.shape(node.input(1));
  MOTE_TRY_ASSIGN(const ValueId a, as_matrix(importer, node.input(0), true));
  MOTE_TRY_ASSIGN(ValueId b, as_matrix(importer, node.input(1), false));
  const Shape& shape = importer.shape(b);
  if (importer.shape(a).back() != shape[shape.size() - 2])
    return fail(ErrorCode::kBadInput, "{} times {}", text(importer.shape(a)), text(shape));
  ValueId result = kNoValue;
  if (importer.known(b) != nullptr && shape.size() == 2 && importer.known(a) == nullptr) {
    MOTE_TRY_ASSIGN(b, swapped(importer, b));
    MOTE_TRY_ASSIGN(result, dense(importer, a, b, kNoValue, importer.rank(a) > 2));
  } else {
    MOTE_TRY_ASSIGN(result, product(importer, a, b));
  }
  Shape wanted = importer.shape(result);
  if (second.size() == 1) wanted.pop_back();
  if (first.size() == 1) wanted.erase(second.size() == 1 ? wanted.end() - 1 : wanted.end() - 2);
  MOTE_TRY_ASSIGN(result, importer.reshape(result, wanted));
  importer.bind(node, 0, result);
  return {};
}

constexpr NamedConverter kConverters[] = {{"Gemm", convert_gemm}, {"MatMul", convert_matmul}};

}  // namespace

std::span<const NamedConverter> dense_converters() {
  return kConverters;
}

}  // namespace mote
