#include <algorithm>
#include <cmath>

#include "onnx/converters.h"
#include "onnx/steps.h"

namespace mote {

namespace {

struct Reduction {
  std::vector<int32_t> axes;  ///< counted from the front; empty: nothing is reduced
  bool keep = true;
};

Result<Reduction> read_reduction(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(1, 2));
  Reduction result;
  result.keep = node.flag("keepdims", true);
  const bool none_is_all = !node.flag("noop_with_empty_axes", false);
  const int32_t rank = importer.rank(node.input(0));
  MOTE_TRY_ASSIGN(const auto given, importer.integers(node, "axes", 1));
  for (const int32_t entry : given) {
    MOTE_TRY_ASSIGN(const int32_t axis, importer.axis(entry, rank));
    result.axes.push_back(axis);
  }
  if (given.empty() && none_is_all)
    for (int32_t i = 0; i < rank; ++i) result.axes.push_back(i);
  return result;
}

template <class T>
Result<ValueId> reduce(Importer& importer, ValueId id, const Reduction& reduction) {
  if (reduction.axes.empty()) return id;
  T op;
  op.keep_dimensions = reduction.keep;
  return importer.add(op, {id, importer.constant(reduction.axes)});
}

template <class T>
Result<ValueId> apply(Importer& importer, ValueId id) {
  return importer.add(T{}, {id});
}

template <class T>
Result<ValueId> plain(Importer& importer, ValueId x, const Reduction& r) {
  return reduce<T>(importer, x, r);
}

Result<ValueId> sum_of_squares(Importer& importer, ValueId x, const Reduction& r) {
  MOTE_TRY_ASSIGN(const ValueId squares, apply<Square>(importer, x));
  return reduce<Sum>(importer, squares, r);
}

Result<ValueId> length(Importer& importer, ValueId x, const Reduction& r) {
  MOTE_TRY_ASSIGN(const ValueId sum, sum_of_squares(importer, x, r));
  return apply<Sqrt>(importer, sum);
}

Result<ValueId> sum_of_sizes(Importer& importer, ValueId x, const Reduction& r) {
  MOTE_TRY_ASSIGN(const ValueId sizes, apply<Abs>(importer, x));
  return reduce<Sum>(importer, sizes, r);
}

Result<ValueId> log_of_sum(Importer& importer, ValueId x, const Reduction& r) {
  MOTE_TRY_ASSIGN(const ValueId sum, reduce<Sum>(importer, x, r));
  return apply<NaturalLog>(importer, sum);
}

/// The largest element is taken out first, so that nothing overflows.
Result<ValueId> log_of_sum_of_exponentials(Importer& importer, ValueId x, const Reduction& r) {
  MOTE_TRY_ASSIGN(ValueId largest, reduce<ReduceMax>(importer, x, {r.axes, true}));
  MOTE_TRY_ASSIGN(ValueId value, importer.add(Sub{}, {x, largest}));
  MOTE_TRY_ASSIGN(value, apply<Exp>(importer, value));
  MOTE_TRY_ASSIGN(value, log_of_sum(importer, value, r));
  MOTE_TRY_ASSIGN(largest, importer.reshape(largest, importer.shape(value)));
  return plus(importer, value, largest);
}

template <Result<ValueId> (*kSteps)(Importer&, ValueId, const Reduction&)>
Result<> convert(Importer& importer, const OnnxNode& node) {
  MOTE_TRY_ASSIGN(const Reduction reduction, read_reduction(importer, node));
  MOTE_TRY_ASSIGN(const ValueId result, kSteps(importer, node.input(0), reduction));
  importer.bind(node, 0, result);
  return {};
}

template <class T>
Result<> convert_extreme_place(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(1, 1));
  if (node.flag("select_last_index", false))
    return fail(ErrorCode::kUnsupported, "select_last_index; the first of equal elements is found here");
  Shape shape = importer.shape(node.input(0));
  MOTE_TRY_ASSIGN(const int32_t axis, importer.axis(node.integer("axis", 0), static_cast<int32_t>(shape.size())));
  T op;
  op.output_type = DType::kInt32;
  MOTE_TRY_ASSIGN(ValueId result, importer.add(op, {node.input(0), importer.constant(std::vector<int32_t>{axis})}));
  shape[static_cast<size_t>(axis)] = 1;
  if (!node.flag("keepdims", true)) shape.erase(shape.begin() + axis);
  MOTE_TRY_ASSIGN(result, importer.reshape(result, shape));
  importer.bind(node, 0, result);
  return {};
}

/// (x - mean) / sqrt(variance + epsilon) over `axes`.
Result<ValueId> standardized(Importer& importer, ValueId x, const std::vector<int32_t>& axes, float epsilon) {
  MOTE_TRY_ASSIGN(const ValueId mean, mean_over(importer, x, axes, true));
  MOTE_TRY_ASSIGN(const ValueId centred, importer.add(Sub{}, {x, mean}));
  MOTE_TRY_ASSIGN(ValueId variance, apply<Square>(importer, centred));
  MOTE_TRY_ASSIGN(variance, mean_over(importer, variance, axes, true));
  MOTE_TRY_ASSIGN(variance, plus(importer, variance, importer.scalar(epsilon)));
  MOTE_TRY_ASSIGN(const ValueId factor, apply<Rsqrt>(importer, variance));
  return times(importer, centred, factor);
}

/// One element a channel, for axis 1 of a value of that rank.
Result<ValueId> along_channels(Importer& importer, ValueId id, int32_t rank) {
  Shape shape = importer.shape(id);
  for (int32_t i = 2; i < rank; ++i) shape.push_back(1);
  return importer.reshape(id, shape);
}

Result<> convert_instance_normalization(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(3, 3));
  node.ignore({"consumed_inputs"});
  const int32_t rank = importer.rank(node.input(0));
  std::vector<int32_t> axes;
  for (int32_t i = 2; i < rank; ++i) axes.push_back(i);
  if (axes.empty()) return fail(ErrorCode::kBadInput, "an input of shape {}", text(importer.shape(node.input(0))));
  MOTE_TRY_ASSIGN(ValueId value, standardized(importer, node.input(0), axes, node.real("epsilon", 1e-5f)));
  MOTE_TRY_ASSIGN(const ValueId scale, along_channels(importer, node.input(1), rank));
  MOTE_TRY_ASSIGN(const ValueId offset, along_channels(importer, node.input(2), rank));
  MOTE_TRY_ASSIGN(value, times(importer, value, scale));
  MOTE_TRY_ASSIGN(value, plus(importer, value, offset));
  importer.bind(node, 0, value);
  return {};
}

Result<> convert_layer_normalization(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(2, 3));
  node.ignore({"stash_type"});
  if (node.wants(1) || node.wants(2)) return fail(ErrorCode::kUnsupported, "the statistics as results");
  const int32_t rank = importer.rank(node.input(0));
  MOTE_TRY_ASSIGN(const int32_t first, importer.axis(node.integer("axis", -1), rank));
  std::vector<int32_t> axes;
  for (int32_t i = first; i < rank; ++i) axes.push_back(i);
  MOTE_TRY_ASSIGN(ValueId value, standardized(importer, node.input(0), axes, node.real("epsilon", 1e-5f)));
  MOTE_TRY_ASSIGN(value, times(importer, value, node.input(1)));
  if (node.has(2)) {
    MOTE_TRY_ASSIGN(value, plus(importer, value, node.input(2)));
  }
  importer.bind(node, 0, value);
  return {};
}

Result<> convert_lp_normalization(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(1, 1));
  const int64_t p = node.integer("p", 2);
  if (p != 1 && p != 2) return fail(ErrorCode::kUnsupported, "the norm {}; 1 and 2 are supported", p);
  MOTE_TRY_ASSIGN(const int32_t axis, importer.axis(node.integer("axis", -1), importer.rank(node.input(0))));
  const Reduction along{{axis}, true};
  auto norm = p == 1 ? sum_of_sizes(importer, node.input(0), along) : length(importer, node.input(0), along);
  if (!norm) return fail(std::move(norm).error());
  MOTE_TRY_ASSIGN(const ValueId result, importer.add(Div{}, {node.input(0), *norm}));
  importer.bind(node, 0, result);
  return {};
}

constexpr NamedConverter kConverters[] = {
    {"ReduceMean", convert<plain<Mean>>},
    {"ReduceSum", convert<plain<Sum>>},
    {"ReduceMax", convert<plain<ReduceMax>>},
    {"ReduceMin", convert<plain<ReduceMin>>},
    {"ReduceProd", convert<plain<ReduceProd>>},
    {"ReduceL1", convert<sum_of_sizes>},
    {"ReduceL2", convert<length>},
    {"ReduceSumSquare", convert<sum_of_squares>},
    {"ReduceLogSum", convert<log_of_sum>},
    {"ReduceLogSumExp", convert<log_of_sum_of_exponentials>},
    {"ArgMax", convert_extreme_place<ArgMax>},
    {"ArgMin", convert_extreme_place<ArgMin>},
    {"InstanceNormalization", convert_instance_normalization},
    {"LayerNormalization", convert_layer_normalization},
    {"LpNormalization", convert_lp_normalization},
};

}  // namespace

std::span<const NamedConverter> reduction_converters() {
  return kConverters;
}

}  // namespace mote
