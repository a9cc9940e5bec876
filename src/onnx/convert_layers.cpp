#include <algorithm>
#include <cmath>
#include <limits>

#include "onnx/converters.h"
#include "onnx/layout.h"
#include "onnx/steps.h"

namespace mote {

namespace {

int32_t narrow(int64_t value) {
  return static_cast<int32_t>(value);
}

/// What the last window needs beyond the input; the declared padding may be more than that.
int64_t needed_after(const OnnxWindowAxis& axis) {
  return std::max<int64_t>(0, (axis.output - 1) * axis.stride + axis.reach() - axis.before - axis.input);
}

/// Padding of the channels-last input that makes the windows VALID.
struct Margins {
  std::vector<int32_t> before, after;
};
Margins margins(const OnnxWindow& window) {
  return {{0, narrow(window.rows.before), narrow(window.columns.before), 0},
          {0, narrow(needed_after(window.rows)), narrow(needed_after(window.columns)), 0}};
}

/// The padding that a layer has of its own; where neither fits, the input is padded first.
Result<Padding> pad_for_layer(Importer& importer, ValueId& input, const OnnxWindow& window) {
  if (window.is_valid()) return Padding::kValid;
  if (window.is_same()) return Padding::kSame;
  const Margins margin = margins(window);
  MOTE_TRY_ASSIGN(input, pad(importer, input, margin.before, margin.after));
  return Padding::kValid;
}

/// Weights [outputs][inputs][height][width]; those of a signal get height 1.
Result<ValueId> image_weights(Importer& importer, ValueId weights) {
  const Shape& s = importer.shape(weights);
  if (s.size() == 3) return importer.reshape(weights, {s[0], s[1], 1, s[2]});
  return weights;
}

struct Convolution {
  OnnxWindow window;
  ValueId input, weights, bias;  ///< channels last; [outputs][inputs of the group][height][width]; or kNoValue
  Padding padding;
};

/// In groups where the weights have fewer inputs than the input has channels.
Result<ValueId> dense_convolution(Importer& importer, const Convolution& c) {
  MOTE_TRY_ASSIGN(const ValueId ordered, importer.transpose(c.weights, {0, 2, 3, 1}));
  MOTE_TRY_ASSIGN(const ValueId weights, importer.layer_constant(ordered));
  Conv2d op;
  op.padding = c.padding;
  op.stride_h = narrow(c.window.rows.stride);
  op.stride_w = narrow(c.window.columns.stride);
  op.dilation_h = narrow(c.window.rows.dilation);
  op.dilation_w = narrow(c.window.columns.dilation);
  std::vector<ValueId> inputs{c.input, weights};
  if (c.bias != kNoValue) inputs.push_back(c.bias);
  return importer.add(op, std::move(inputs));
}

Result<ValueId> depthwise_convolution(Importer& importer, const Convolution& c) {
  MOTE_TRY_ASSIGN(const ValueId ordered, importer.transpose(c.weights, {1, 2, 3, 0}));
  MOTE_TRY_ASSIGN(const ValueId weights, importer.layer_constant(ordered));
  DepthwiseConv2d op;
  op.padding = c.padding;
  op.stride_h = narrow(c.window.rows.stride);
  op.stride_w = narrow(c.window.columns.stride);
  op.dilation_h = narrow(c.window.rows.dilation);
  op.dilation_w = narrow(c.window.columns.dilation);
  op.depth_multiplier = importer.shape(weights)[3] / importer.shape(c.input)[3];
  std::vector<ValueId> inputs{c.input, weights};
  if (c.bias != kNoValue) inputs.push_back(c.bias);
  return importer.add(op, std::move(inputs));
}

Result<> convert_conv(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(2, 3));
  const ValueId input = node.input(0);
  MOTE_TRY_ASSIGN(ValueId weights, image_weights(importer, node.input(1)));
  const Shape shape = importer.shape(input);
  const Shape kernel = importer.shape(node.input(1));
  if (kernel.size() != shape.size() || kernel.size() < 3)
    return fail(ErrorCode::kUnsupported, "weights of shape {} on an input of shape {}", text(kernel), text(shape));
  MOTE_TRY_ASSIGN(const OnnxWindow window, read_window(node, shape, Shape(kernel.begin() + 2, kernel.end())));
  const int64_t groups = node.integer("group", 1);
  if (groups < 1 || shape[1] % groups != 0 || kernel[0] % groups != 0 || shape[1] / groups != kernel[1])
    return fail(ErrorCode::kBadInput, "{} groups of {} channels do not fit weights of shape {}", groups, shape[1],
                text(kernel));
  MOTE_TRY_ASSIGN(ValueId moved, to_channels_last(importer, input));
  MOTE_TRY_ASSIGN(const Padding padding, pad_for_layer(importer, moved, window));
  Convolution convolution{window, moved, weights, kNoValue, padding};
  if (node.has(2)) {
    if (importer.shape(node.input(2)) != Shape{kernel[0]})
      return fail(ErrorCode::kBadInput, "a bias of shape {} for {} outputs", text(importer.shape(node.input(2))),
                  kernel[0]);
    MOTE_TRY_ASSIGN(convolution.bias, importer.layer_constant(node.input(2)));
  }
  const bool depthwise = groups > 1 && groups == shape[1];
  auto result = depthwise ? depthwise_convolution(importer, convolution) : dense_convolution(importer, convolution);
  if (!result) return fail(std::move(result).error());
  MOTE_TRY_ASSIGN(const ValueId back, to_channels_first(importer, *result, importer.rank(input)));
  importer.bind(node, 0, back);
  return {};
}

template <class Pool>
Pool pool_of(const OnnxWindow& window, Padding padding) {
  Pool op;
  op.padding = padding;
  op.stride_h = narrow(window.rows.stride);
  op.stride_w = narrow(window.columns.stride);
  op.filter_h = narrow(window.rows.kernel);
  op.filter_w = narrow(window.columns.kernel);
  return op;
}

/// The largest of each window whose taps lie apart: the taps as slices, one axis after the other.
Result<ValueId> dilated_maximum(Importer& importer, ValueId input, const OnnxWindow& window) {
  constexpr int64_t kMostTaps = 64;
  if (window.rows.kernel > kMostTaps || window.columns.kernel > kMostTaps)
    return fail(ErrorCode::kUnsupported, "a dilated window of {} x {}; at most {} taps a side are supported",
                window.rows.kernel, window.columns.kernel, kMostTaps);
  const Margins margin = margins(window);
  MOTE_TRY_ASSIGN(ValueId value,
                  pad(importer, input, margin.before, margin.after, std::numeric_limits<float>::lowest()));
  for (const size_t at : {size_t{1}, size_t{2}}) {
    const OnnxWindowAxis& axis = at == 1 ? window.rows : window.columns;
    ValueId largest = kNoValue;
    for (int64_t tap = 0; tap < axis.kernel; ++tap) {
      std::vector<int32_t> begin(4, 0), end = importer.shape(value), step(4, 1);
      begin[at] = narrow(tap * axis.dilation);
      step[at] = narrow(axis.stride);
      end[at] = narrow(tap * axis.dilation + (axis.output - 1) * axis.stride + 1);
      MOTE_TRY_ASSIGN(const ValueId taps, slice(importer, value, begin, end, step));
      if (largest == kNoValue) {
        largest = taps;
      } else {
        MOTE_TRY_ASSIGN(largest, importer.add(Maximum{}, {largest, taps}));
      }
    }
    value = largest;
  }
  return value;
}

Result<> convert_max_pool(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(1, 1));
  if (node.wants(1))
    return fail(ErrorCode::kUnsupported, "the places of the largest elements (the second result) are not supported");
  node.ignore({"storage_order"});
  MOTE_TRY_ASSIGN(const OnnxWindow window, read_window(node, importer.shape(node.input(0)), {}));
  MOTE_TRY_ASSIGN(ValueId moved, to_channels_last(importer, node.input(0)));
  ValueId result = kNoValue;
  if (window.rows.dilation > 1 || window.columns.dilation > 1) {
    MOTE_TRY_ASSIGN(result, dilated_maximum(importer, moved, window));
  } else {
    Padding padding = window.is_same() && !window.is_valid() ? Padding::kSame : Padding::kValid;
    if (padding == Padding::kValid && !window.is_valid()) {
      // A window that reaches over the edge covers the outermost element: repeating that one changes no maximum.
      const Margins margin = margins(window);
      MOTE_TRY_ASSIGN(moved, pad_edges(importer, moved, margin.before, margin.after));
    }
    MOTE_TRY_ASSIGN(result, importer.add(pool_of<MaxPool2d>(window, padding), {moved}));
  }
  MOTE_TRY_ASSIGN(const ValueId back, to_channels_first(importer, result, importer.rank(node.input(0))));
  importer.bind(node, 0, back);
  return {};
}

/// For each output, by how many elements the file divides the sum of a window.
std::vector<float> divisors(const OnnxWindowAxis& axis, bool count_padding) {
  std::vector<float> result;
  for (int64_t i = 0; i < axis.output; ++i) {
    const int64_t first = i * axis.stride - axis.before;
    const int64_t low = count_padding ? -axis.before : 0;
    const int64_t high = count_padding ? axis.input + axis.after : axis.input;
    const int64_t taps = std::min(first + axis.kernel, high) - std::max(first, low);
    result.push_back(static_cast<float>(std::max<int64_t>(taps, 1)));
  }
  return result;
}

Result<> convert_average_pool(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(1, 1));
  const bool count_padding = node.flag("count_include_pad", false);
  MOTE_TRY_ASSIGN(const OnnxWindow window, read_window(node, importer.shape(node.input(0)), {}));
  if (window.rows.dilation > 1 || window.columns.dilation > 1)
    return fail(ErrorCode::kUnsupported, "an average over taps that lie apart (dilations)");
  MOTE_TRY_ASSIGN(ValueId value, to_channels_last(importer, node.input(0)));
  if (window.is_valid() || (window.is_same() && !count_padding)) {
    const Padding padding = window.is_valid() ? Padding::kValid : Padding::kSame;
    MOTE_TRY_ASSIGN(value, importer.add(pool_of<AveragePool2d>(window, padding), {value}));
  } else {
    const Margins margin = margins(window);
    MOTE_TRY_ASSIGN(value, pad(importer, value, margin.before, margin.after));
    MOTE_TRY_ASSIGN(value, importer.add(pool_of<AveragePool2d>(window, Padding::kValid), {value}));
    constexpr int64_t kMostOutputs = int64_t{1} << 22;
    if (window.rows.output * window.columns.output > kMostOutputs)
      return fail(ErrorCode::kUnsupported, "{} x {} windows over padding", window.rows.output, window.columns.output);
    const auto rows = divisors(window.rows, count_padding), columns = divisors(window.columns, count_padding);
    const auto taps = static_cast<float>(window.rows.kernel * window.columns.kernel);
    std::vector<float> factors;
    for (const float r : rows)
      for (const float c : columns) factors.push_back(taps / (r * c));
    if (std::ranges::any_of(factors, [](float f) { return f != 1; })) {
      const Shape shape{1, narrow(window.rows.output), narrow(window.columns.output), 1};
      MOTE_TRY_ASSIGN(value, times(importer, value, importer.constant(factors, shape)));
    }
  }
  MOTE_TRY_ASSIGN(const ValueId back, to_channels_first(importer, value, importer.rank(node.input(0))));
  importer.bind(node, 0, back);
  return {};
}

Result<std::vector<int32_t>> spatial_axes(Importer& importer, ValueId id) {
  std::vector<int32_t> axes;
  for (int32_t i = 2; i < importer.rank(id); ++i) axes.push_back(i);
  if (axes.empty())
    return fail(ErrorCode::kBadInput, "an input of shape {}; images or signals are expected", text(importer.shape(id)));
  return axes;
}

Result<> convert_global_average(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(1, 1));
  MOTE_TRY_ASSIGN(auto axes, spatial_axes(importer, node.input(0)));
  MOTE_TRY_ASSIGN(const ValueId result, mean_over(importer, node.input(0), std::move(axes), true));
  importer.bind(node, 0, result);
  return {};
}

Result<> convert_global_maximum(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(1, 1));
  MOTE_TRY_ASSIGN(const auto axes, spatial_axes(importer, node.input(0)));
  ReduceMax op;
  op.keep_dimensions = true;
  MOTE_TRY_ASSIGN(const ValueId result, importer.add(op, {node.input(0), importer.constant(axes)}));
  importer.bind(node, 0, result);
  return {};
}

/// One factor or offset a channel, for axis 1 of a value of that rank.
ValueId along_channels(Importer& importer, std::span<const float> content, int32_t rank) {
  Shape shape{static_cast<int32_t>(content.size())};
  for (int32_t i = 2; i < rank; ++i) shape.push_back(1);
  return importer.constant(content, std::move(shape));
}

Result<> convert_batch_normalization(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(5, 5));
  node.ignore({"momentum", "is_test", "consumed_inputs"});
  if (node.flag("training_mode", false) || !node.flag("spatial", true))
    return fail(ErrorCode::kUnsupported, "batch statistics; export the model in evaluation mode (model.eval())");
  const float epsilon = node.real("epsilon", 1e-5f);
  const Shape& shape = importer.shape(node.input(0));
  std::vector<float> operands[4];
  for (size_t i = 0; i < 4; ++i) {
    constexpr std::string_view kNames[] = {"the scale", "the offset", "the mean", "the variance"};
    MOTE_TRY_ASSIGN(operands[i], importer.floats(node.input(i + 1), kNames[i]));
    if (shape.size() < 2 || operands[i].size() != static_cast<size_t>(shape[1]))
      return fail(ErrorCode::kBadInput, "{} has {} elements on an input of shape {}", kNames[i], operands[i].size(),
                  text(shape));
  }
  auto& [scale, offset, mean, variance] = operands;
  for (size_t c = 0; c < scale.size(); ++c) {
    scale[c] = static_cast<float>(scale[c] / std::sqrt(static_cast<double>(variance[c]) + epsilon));
    offset[c] = static_cast<float>(offset[c] - static_cast<double>(mean[c]) * scale[c]);
  }
  const int32_t rank = importer.rank(node.input(0));
  MOTE_TRY_ASSIGN(ValueId value, times(importer, node.input(0), along_channels(importer, scale, rank)));
  MOTE_TRY_ASSIGN(value, plus(importer, value, along_channels(importer, offset, rank)));
  importer.bind(node, 0, value);
  return {};
}

constexpr NamedConverter kConverters[] = {
    {"Conv", convert_conv},
    {"MaxPool", convert_max_pool},
    {"AveragePool", convert_average_pool},
    {"GlobalAveragePool", convert_global_average},
    {"GlobalMaxPool", convert_global_maximum},
    {"BatchNormalization", convert_batch_normalization},
};

}  // namespace

std::span<const NamedConverter> layer_converters() {
  return kConverters;
}

}  // namespace mote
