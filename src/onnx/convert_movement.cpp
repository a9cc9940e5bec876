#include <algorithm>
#include <numeric>

#include "onnx/converters.h"
#include "onnx/steps.h"
#include "onnx/tensor_reader.h"

namespace mote {

namespace {

Result<> convert_reshape(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(1, 2));
  node.ignore({"consumed_inputs"});
  MOTE_TRY_ASSIGN(Shape wanted, importer.integers(node, "shape", 1));
  const Shape& from = importer.shape(node.input(0));
  const bool zero_counts = node.flag("allowzero", false);
  for (size_t i = 0; i < wanted.size(); ++i)
    if (wanted[i] == 0 && !zero_counts) {
      if (i >= from.size())
        return fail(ErrorCode::kBadInput, "the shape {} has a 0 that stands for nothing", text(wanted));
      wanted[i] = from[i];
    }
  const auto open = std::ranges::find(wanted, -1);
  if (open != wanted.end()) {
    *open = 1;
    MOTE_TRY_ASSIGN(const int64_t rest, checked_count(wanted));
    *open = static_cast<int32_t>(count(from) / rest);
  }
  MOTE_TRY(checked_count(wanted));
  MOTE_TRY_ASSIGN(const ValueId result, importer.reshape(node.input(0), wanted));
  importer.bind(node, 0, result);
  return {};
}

Result<> convert_flatten(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(1, 1));
  const Shape& shape = importer.shape(node.input(0));
  const auto rank = static_cast<int32_t>(shape.size());
  const int64_t given = node.integer("axis", 1);
  const int64_t axis = given < 0 ? given + rank : given;
  if (axis < 0 || axis > rank) return fail(ErrorCode::kBadInput, "axis {} of {} axes", given, rank);
  const Shape outer(shape.begin(), shape.begin() + axis), inner(shape.begin() + axis, shape.end());
  MOTE_TRY_ASSIGN(const ValueId result, importer.reshape(node.input(0), {static_cast<int32_t>(count(outer)),
                                                                         static_cast<int32_t>(count(inner))}));
  importer.bind(node, 0, result);
  return {};
}

Result<> convert_squeeze(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(1, 2));
  MOTE_TRY_ASSIGN(const auto axes, importer.integers(node, "axes", 1));
  Shape shape = importer.shape(node.input(0));
  const auto rank = static_cast<int32_t>(shape.size());
  std::vector<bool> goes(shape.size());
  for (size_t i = 0; i < shape.size(); ++i) goes[i] = axes.empty() && shape[i] == 1;
  for (const int32_t given : axes) {
    MOTE_TRY_ASSIGN(const int32_t axis, importer.axis(given, rank));
    if (shape[static_cast<size_t>(axis)] != 1)
      return fail(ErrorCode::kBadInput, "axis {} of shape {} is not 1", axis, text(shape));
    goes[static_cast<size_t>(axis)] = true;
  }
  Shape left;
  for (size_t i = 0; i < shape.size(); ++i)
    if (!goes[i]) left.push_back(shape[i]);
  MOTE_TRY_ASSIGN(const ValueId result, importer.reshape(node.input(0), left));
  importer.bind(node, 0, result);
  return {};
}

Result<> convert_unsqueeze(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(1, 2));
  MOTE_TRY_ASSIGN(const auto axes, importer.integers(node, "axes", 1));
  const Shape& shape = importer.shape(node.input(0));
  const size_t rank = shape.size() + axes.size();
  if (rank > 8) return fail(ErrorCode::kUnsupported, "{} axes; at most 8 are supported", rank);
  std::vector<bool> added(rank);
  for (const int32_t given : axes) {
    MOTE_TRY_ASSIGN(const int32_t axis, importer.axis(given, static_cast<int32_t>(rank)));
    if (added[static_cast<size_t>(axis)]) return fail(ErrorCode::kBadInput, "axis {} is listed twice", axis);
    added[static_cast<size_t>(axis)] = true;
  }
  Shape wanted;
  auto next = shape.begin();
  for (size_t i = 0; i < rank; ++i) wanted.push_back(added[i] ? 1 : *next++);
  MOTE_TRY_ASSIGN(const ValueId result, importer.reshape(node.input(0), wanted));
  importer.bind(node, 0, result);
  return {};
}

Result<> convert_transpose(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(1, 1));
  const int32_t rank = importer.rank(node.input(0));
  std::vector<int32_t> order(static_cast<size_t>(rank));
  std::iota(order.rbegin(), order.rend(), 0);
  if (const auto given = node.integers("perm")) order.assign(given->begin(), given->end());
  std::vector<int32_t> sorted = order;
  std::ranges::sort(sorted);
  for (int32_t i = 0; i < static_cast<int32_t>(sorted.size()); ++i)
    if (sorted[static_cast<size_t>(i)] != i || static_cast<int32_t>(sorted.size()) != rank)
      return fail(ErrorCode::kBadInput, "perm {} is no order of {} axes", fmt::join(order, ", "), rank);
  MOTE_TRY_ASSIGN(const ValueId result, importer.transpose(node.input(0), order));
  importer.bind(node, 0, result);
  return {};
}

Result<> convert_concat(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(1, 4096));
  std::vector<ValueId> parts;
  for (const ValueId id : node.all_inputs())
    if (id != kNoValue && count(importer.shape(id)) > 0) parts.push_back(id);
  if (parts.empty()) return fail(ErrorCode::kUnsupported, "all operands are empty");
  MOTE_TRY_ASSIGN(const int32_t axis, importer.axis(node.integer("axis", 1), importer.rank(parts[0])));
  MOTE_TRY_ASSIGN(const ValueId result, concatenate(importer, std::move(parts), axis));
  importer.bind(node, 0, result);
  return {};
}

Result<> convert_split(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(1, 2));
  const Shape shape = importer.shape(node.input(0));
  MOTE_TRY_ASSIGN(const int32_t axis, importer.axis(node.integer("axis", 0), importer.rank(node.input(0))));
  MOTE_TRY_ASSIGN(auto parts, importer.integers(node, "split", 1));
  const int32_t extent = shape[static_cast<size_t>(axis)];
  const auto wanted = static_cast<int32_t>(node.outputs());
  if (node.integer("num_outputs", wanted) != wanted)
    return fail(ErrorCode::kBadInput, "num_outputs contradicts the {} results", wanted);
  if (parts.empty()) {
    // The last part is smaller where the extent does not divide.
    const int64_t each = (int64_t{extent} + wanted - 1) / std::max(wanted, 1);
    for (int32_t i = 0; i < wanted; ++i)
      parts.push_back(static_cast<int32_t>(std::clamp(extent - i * each, int64_t{0}, each)));
  }
  int64_t total = 0;
  for (const int32_t part : parts) total += part;
  if (parts.size() != node.outputs() || total != extent || std::ranges::any_of(parts, [](int32_t p) { return p < 1; }))
    return fail(ErrorCode::kBadInput, "{} results of {} along an axis of {}", node.outputs(), fmt::join(parts, ", "),
                extent);
  std::vector<int32_t> begin(shape.size(), 0), end = shape;
  for (size_t i = 0; i < parts.size(); ++i) {
    const auto at = static_cast<size_t>(axis);
    end[at] = begin[at] + parts[i];
    MOTE_TRY_ASSIGN(const ValueId result, slice(importer, node.input(0), begin, end));
    importer.bind(node, i, result);
    begin[at] = end[at];
  }
  return {};
}

/// Where a slice begins or ends, as the format counts: negative from the back, clamped.
int32_t position(int64_t given, int32_t extent, bool backwards) {
  const int64_t front = given < 0 ? given + extent : given;
  return static_cast<int32_t>(std::clamp<int64_t>(front, backwards ? -1 : 0, backwards ? extent - 1 : extent));
}

Result<> convert_slice(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(1, 5));
  const Shape shape = importer.shape(node.input(0));
  const auto rank = static_cast<int32_t>(shape.size());
  MOTE_TRY_ASSIGN(const auto starts, importer.integers(node, "starts", 1));
  MOTE_TRY_ASSIGN(const auto ends, importer.integers(node, "ends", 2));
  MOTE_TRY_ASSIGN(auto axes, importer.integers(node, "axes", 3));
  MOTE_TRY_ASSIGN(auto steps, importer.integers(node, "steps", 4));
  if (axes.empty())
    for (size_t i = 0; i < starts.size(); ++i) axes.push_back(static_cast<int32_t>(i));
  if (steps.empty()) steps.assign(starts.size(), 1);
  if (starts.size() != ends.size() || starts.size() != axes.size() || starts.size() != steps.size())
    return fail(ErrorCode::kBadInput, "{} starts, {} ends, {} axes, {} steps", starts.size(), ends.size(), axes.size(),
                steps.size());
  std::vector<int32_t> begin(shape.size(), 0), end = shape, step(shape.size(), 1);
  for (size_t i = 0; i < axes.size(); ++i) {
    MOTE_TRY_ASSIGN(const int32_t axis, importer.axis(axes[i], rank));
    const auto at = static_cast<size_t>(axis);
    if (steps[i] == 0) return fail(ErrorCode::kBadInput, "a step of 0 along axis {}", axis);
    const bool backwards = steps[i] < 0;
    begin[at] = position(starts[i], shape[at], backwards);
    end[at] = ends[i] == INT32_MIN && backwards ? -1 : position(ends[i], shape[at], backwards);
    step[at] = std::clamp(steps[i], -shape[at], shape[at]);
    if (backwards ? end[at] >= begin[at] : end[at] <= begin[at])
      return fail(ErrorCode::kUnsupported, "an empty result: elements {} to {} of {} along axis {}", starts[i], ends[i],
                  shape[at], axis);
  }
  MOTE_TRY_ASSIGN(const ValueId result, slice(importer, node.input(0), begin, end, step));
  importer.bind(node, 0, result);
  return {};
}

Result<> convert_gather(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(2, 2));
  const Shape& shape = importer.shape(node.input(0));
  MOTE_TRY_ASSIGN(const int32_t axis, importer.axis(node.integer("axis", 0), static_cast<int32_t>(shape.size())));
  const int32_t extent = shape[static_cast<size_t>(axis)];
  ValueId places = node.input(1);
  if (const Tensor* content = importer.known(places)) {
    Tensor counted = *content;
    if (counted.type.dtype != DType::kInt32) return fail(ErrorCode::kBadInput, "places that are no integers");
    for (int32_t& place : counted.as<int32_t>()) {
      if (place < -extent || place >= extent)
        return fail(ErrorCode::kBadInput, "place {} along an axis of {}", place, extent);
      if (place < 0) place += extent;
    }
    places = importer.constant(std::move(counted));
  }
  Gather op;
  op.axis = axis;
  MOTE_TRY_ASSIGN(const ValueId result, importer.add(op, {node.input(0), places}));
  importer.bind(node, 0, result);
  return {};
}

Result<ValueId> reflected(Importer& importer, ValueId id, const std::vector<int32_t>& before,
                          const std::vector<int32_t>& after) {
  Tensor amounts(TensorType{DType::kInt32, {static_cast<int32_t>(before.size()), 2}, {}});
  for (size_t i = 0; i < before.size(); ++i) {
    amounts.as<int32_t>()[2 * i] = before[i];
    amounts.as<int32_t>()[2 * i + 1] = after[i];
  }
  MirrorPad op;
  op.mode = MirrorMode::kReflect;
  return importer.add(op, {id, importer.constant(std::move(amounts))});
}

/// The amounts for each axis; those that are negative cut off.
struct PadAmounts {
  std::vector<int32_t> before, after;
};

constexpr int64_t kLargestPadding = 1 << 20;

Result<PadAmounts> pad_amounts(Importer& importer, const OnnxNode& node, size_t rank) {
  MOTE_TRY_ASSIGN(auto amounts, importer.integers(node, node.has_attribute("paddings") ? "paddings" : "pads", 1));
  PadAmounts result{std::vector<int32_t>(rank), std::vector<int32_t>(rank)};
  std::vector<int32_t> axes;
  if (node.has(3)) {
    MOTE_TRY_ASSIGN(axes, importer.integers(node.input(3), "axes"));
  } else {
    for (size_t i = 0; i < rank; ++i) axes.push_back(static_cast<int32_t>(i));
  }
  if (amounts.size() != 2 * axes.size())
    return fail(ErrorCode::kBadInput, "{} paddings for {} axes", amounts.size(), axes.size());
  for (size_t i = 0; i < axes.size(); ++i) {
    MOTE_TRY_ASSIGN(const int32_t axis, importer.axis(axes[i], static_cast<int32_t>(rank)));
    for (const int32_t amount : {amounts[i], amounts[axes.size() + i]})
      if (std::abs(int64_t{amount}) > kLargestPadding)
        return fail(ErrorCode::kUnsupported, "a padding of {}; at most {} is supported", amount, kLargestPadding);
    result.before[static_cast<size_t>(axis)] = amounts[i];
    result.after[static_cast<size_t>(axis)] = amounts[axes.size() + i];
  }
  return result;
}

Result<> convert_pad(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(1, 4));
  const std::string mode = node.word("mode", "constant");
  ValueId value = node.input(0);
  MOTE_TRY_ASSIGN(PadAmounts amounts, pad_amounts(importer, node, importer.shape(value).size()));
  std::vector<int32_t> begin(amounts.before.size(), 0), end = importer.shape(value);
  for (size_t i = 0; i < begin.size(); ++i) {
    begin[i] = std::max(0, -amounts.before[i]);
    end[i] -= std::max(0, -amounts.after[i]);
    if (begin[i] >= end[i]) return fail(ErrorCode::kBadInput, "nothing is left of axis {}", i);
    amounts.before[i] = std::max(amounts.before[i], 0);
    amounts.after[i] = std::max(amounts.after[i], 0);
  }
  MOTE_TRY_ASSIGN(value, slice(importer, value, begin, end));
  float content = node.real("value", 0);
  if (node.has(2)) {
    const Tensor* known = importer.known(node.input(2));
    if (known == nullptr || count(known->type.shape) != 1)
      return fail(ErrorCode::kUnsupported, "a padding value that is no constant");
    content = as_floats(*known)[0];
  }
  auto result = mode == "constant"  ? pad(importer, value, amounts.before, amounts.after, content)
                : mode == "reflect" ? reflected(importer, value, amounts.before, amounts.after)
                : mode == "edge"    ? pad_edges(importer, value, amounts.before, amounts.after)
                                    : fail(ErrorCode::kUnsupported, "padding mode {}", mode);
  if (!result) return fail(std::move(result).error());
  importer.bind(node, 0, *result);
  return {};
}

Result<> convert_expand(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(2, 2));
  MOTE_TRY_ASSIGN(Shape wanted, importer.integers(node.input(1), "the shape"));
  const Shape& from = importer.shape(node.input(0));
  if (wanted.size() < from.size()) wanted.insert(wanted.begin(), from.size() - wanted.size(), 1);
  for (size_t i = 0; i < from.size(); ++i) {
    int32_t& extent = wanted[wanted.size() - from.size() + i];
    if (extent == 1 || extent == -1) extent = from[i];
  }
  MOTE_TRY(checked_count(wanted));
  MOTE_TRY_ASSIGN(const ValueId result, expand(importer, node.input(0), wanted));
  importer.bind(node, 0, result);
  return {};
}

Result<> convert_tile(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(2, 2));
  MOTE_TRY_ASSIGN(const auto times, importer.integers(node.input(1), "the repetitions"));
  if (times.size() != importer.shape(node.input(0)).size())
    return fail(ErrorCode::kBadInput, "{} repetitions of shape {}", times.size(), text(importer.shape(node.input(0))));
  MOTE_TRY_ASSIGN(const ValueId result, importer.add(Tile{}, {node.input(0), importer.constant(times)}));
  importer.bind(node, 0, result);
  return {};
}

Result<> convert_shape(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(1, 1));
  const Shape& shape = importer.shape(node.input(0));
  const auto rank = static_cast<int64_t>(shape.size());
  const auto place = [&](int64_t given) { return std::clamp<int64_t>(given < 0 ? given + rank : given, 0, rank); };
  const int64_t start = place(node.integer("start", 0)), end = place(node.integer("end", rank));
  importer.bind(node, 0, importer.constant(Shape(shape.begin() + start, shape.begin() + std::max(start, end))));
  return {};
}

Result<> convert_size(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(1, 1));
  Tensor content(TensorType{DType::kInt32, {}, {}});
  content.as<int32_t>()[0] = static_cast<int32_t>(count(importer.shape(node.input(0))));
  importer.bind(node, 0, importer.constant(std::move(content)));
  return {};
}

Result<> convert_constant(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(0, 0));
  if (const auto* stored = node.tensor("value")) {
    MOTE_TRY_ASSIGN(Tensor content, read_onnx_tensor(*stored));
    importer.bind(node, 0, importer.constant(std::move(content)));
  } else if (const auto reals = node.reals("value_floats")) {
    importer.bind(node, 0, importer.constant(*reals, {static_cast<int32_t>(reals->size())}));
  } else if (node.integers("value_ints")) {
    MOTE_TRY_ASSIGN(const auto integers, importer.integers(node, "value_ints", 1));
    importer.bind(node, 0, importer.constant(integers));
  } else if (node.has_attribute("value_float")) {
    importer.bind(node, 0, importer.scalar(node.real("value_float", 0)));
  } else if (node.has_attribute("value_int")) {
    Tensor content(TensorType{DType::kInt32, {}, {}});
    content.as<int32_t>()[0] =
        static_cast<int32_t>(std::clamp<int64_t>(node.integer("value_int", 0), INT32_MIN, INT32_MAX));
    importer.bind(node, 0, importer.constant(std::move(content)));
  } else {
    return fail(ErrorCode::kUnsupported, "holds neither a tensor nor numbers");
  }
  return {};
}

Result<> convert_constant_of_shape(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(1, 1));
  MOTE_TRY_ASSIGN(const Shape shape, importer.integers(node.input(0), "the shape"));
  MOTE_TRY(checked_count(shape));
  ValueId value = importer.scalar(0);
  if (const auto* stored = node.tensor("value")) {
    MOTE_TRY_ASSIGN(Tensor content, read_onnx_tensor(*stored));
    if (count(content.type.shape) != 1) return fail(ErrorCode::kBadInput, "a value of more than one element");
    value = importer.constant(std::move(content));
  }
  MOTE_TRY_ASSIGN(value, importer.reshape(value, {}));
  MOTE_TRY_ASSIGN(const ValueId result, expand(importer, value, shape));
  importer.bind(node, 0, result);
  return {};
}

Result<> convert_range(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(3, 3));
  constexpr double kMost = 1 << 20;
  double parts[3];
  for (size_t i = 0; i < 3; ++i) {
    const Tensor* content = importer.known(node.input(i));
    if (content == nullptr || count(content->type.shape) != 1)
      return fail(ErrorCode::kUnsupported, "bounds that are computed at run time");
    parts[i] = static_cast<double>(as_floats(*content)[0]);
  }
  const double number = (parts[1] - parts[0]) / parts[2];
  if (!(number > 0 && number < kMost)) return fail(ErrorCode::kUnsupported, "a range of {} elements", number);
  std::vector<float> values;
  for (double x = parts[0]; parts[2] > 0 ? x < parts[1] : x > parts[1]; x += parts[2])
    values.push_back(static_cast<float>(x));
  const DType dtype = importer.dtype(node.input(0));
  importer.bind(node, 0, importer.constant(from_floats({dtype, {static_cast<int32_t>(values.size())}, {}}, values)));
  return {};
}

/// Blocks of channels become blocks of pixels, or the other way round: a transpose of six axes.
Result<> convert_blocks(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(1, 1));
  const Shape s = importer.shape(node.input(0));
  const int64_t given = node.integer("blocksize", 0);
  if (s.size() != 4 || given < 1 || given > 4096)
    return fail(ErrorCode::kBadInput, "blocks of {} on an input of shape {}", given, text(s));
  const auto b = static_cast<int32_t>(given);
  Shape split, joined;
  std::vector<int32_t> order;
  if (node.op() == "SpaceToDepth") {
    if (s[2] % b != 0 || s[3] % b != 0) return fail(ErrorCode::kBadInput, "{} does not divide {}", b, text(s));
    split = {s[0], s[1], s[2] / b, b, s[3] / b, b};
    order = {0, 3, 5, 1, 2, 4};
    joined = {s[0], s[1] * b * b, s[2] / b, s[3] / b};
  } else {
    if (s[1] % (b * b) != 0) return fail(ErrorCode::kBadInput, "{} does not divide the channels of {}", b * b, text(s));
    const int32_t channels = s[1] / (b * b);
    const bool column_row = node.word("mode", "DCR") == "CRD";
    split = column_row ? Shape{s[0], channels, b, b, s[2], s[3]} : Shape{s[0], b, b, channels, s[2], s[3]};
    order = column_row ? std::vector<int32_t>{0, 1, 4, 2, 5, 3} : std::vector<int32_t>{0, 3, 4, 1, 5, 2};
    joined = {s[0], channels, s[2] * b, s[3] * b};
  }
  MOTE_TRY_ASSIGN(ValueId value, importer.reshape(node.input(0), split));
  MOTE_TRY_ASSIGN(value, importer.transpose(value, order));
  MOTE_TRY_ASSIGN(value, importer.reshape(value, joined));
  importer.bind(node, 0, value);
  return {};
}

constexpr NamedConverter kConverters[] = {
    {"Reshape", convert_reshape},     {"Flatten", convert_flatten},
    {"Squeeze", convert_squeeze},     {"Unsqueeze", convert_unsqueeze},
    {"Transpose", convert_transpose}, {"Concat", convert_concat},
    {"Split", convert_split},         {"Slice", convert_slice},
    {"Gather", convert_gather},       {"Pad", convert_pad},
    {"Expand", convert_expand},       {"Tile", convert_tile},
    {"Shape", convert_shape},         {"Size", convert_size},
    {"Constant", convert_constant},   {"ConstantOfShape", convert_constant_of_shape},
    {"Range", convert_range},         {"DepthToSpace", convert_blocks},
    {"SpaceToDepth", convert_blocks},
};

}  // namespace

std::span<const NamedConverter> movement_converters() {
  return kConverters;
}

}  // namespace mote
