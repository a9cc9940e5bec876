#include <algorithm>

#include "onnx/converters.h"
#include "onnx/layout.h"
#include "onnx/steps.h"

namespace mote {

namespace {

constexpr int64_t kLargest = 1 << 20;

/// One axis of a transposed convolution.
struct Axis {
  int64_t input = 1, kernel = 1, stride = 1, dilation = 1, before = 0, after = 0, output_padding = 0;
  int64_t output = 1;

  [[nodiscard]] int64_t reach() const { return (kernel - 1) * dilation + 1; }
  [[nodiscard]] int64_t whole() const { return (input - 1) * stride + reach(); }
  /// Whether the SAME padding of this output cuts off just as much in front.
  [[nodiscard]] bool is_same() const {
    return (output + stride - 1) / stride == input && std::max<int64_t>(0, whole() - output) / 2 == before;
  }
};

Result<std::vector<int64_t>> listed(const OnnxNode& node, std::string_view name, size_t count, int64_t otherwise) {
  const auto values = node.integers(name).value_or(std::vector<int64_t>(count, otherwise));
  if (values.size() != count)
    return fail(ErrorCode::kBadInput, "{} has {} entries, {} are expected", name, values.size(), count);
  for (const int64_t value : values)
    if (value < otherwise || value > kLargest)
      return fail(ErrorCode::kUnsupported, "{} {}; from {} to {} is supported", name, value, otherwise, kLargest);
  return values;
}

/// The padding that yields a wanted output; the odd element goes where the format says.
void cut_to(Axis& axis, int64_t output, bool upper) {
  const int64_t total = std::max<int64_t>(0, axis.whole() + axis.output_padding - output);
  axis.before = upper ? total / 2 : total - total / 2;
  axis.after = total - axis.before;
  axis.output = output;
}

Result<std::vector<Axis>> read_axes(const OnnxNode& node, const Shape& input, const Shape& weights) {
  const size_t count = input.size() - 2;
  MOTE_TRY_ASSIGN(const auto strides, listed(node, "strides", count, 1));
  MOTE_TRY_ASSIGN(const auto dilations, listed(node, "dilations", count, 1));
  MOTE_TRY_ASSIGN(const auto pads, listed(node, "pads", 2 * count, 0));
  MOTE_TRY_ASSIGN(const auto more, listed(node, "output_padding", count, 0));
  const auto kernel = node.integers("kernel_shape");
  const auto wanted = node.integers("output_shape");
  const std::string auto_pad = node.word("auto_pad", "NOTSET");
  std::vector<Axis> axes;
  for (size_t i = 0; i < count; ++i) {
    Axis axis{input[i + 2], weights[i + 2], strides[i], dilations[i], pads[i], pads[count + i], more[i], 1};
    if (kernel && (kernel->size() != count || (*kernel)[i] != axis.kernel))
      return fail(ErrorCode::kBadInput, "kernel_shape {} on weights of shape {}", fmt::join(*kernel, "x"),
                  text(weights));
    if (axis.kernel * axis.dilation > kLargest || axis.input > kLargest)
      return fail(ErrorCode::kUnsupported, "a window of {} taps, {} apart, on {} elements", axis.kernel, axis.dilation,
                  axis.input);
    axis.output = axis.whole() + axis.output_padding - axis.before - axis.after;
    if (wanted) {
      if (wanted->size() < count) return fail(ErrorCode::kBadInput, "output_shape has {} entries", wanted->size());
      const int64_t output = (*wanted)[wanted->size() - count + i];
      if (output < 1 || output > kLargest) return fail(ErrorCode::kUnsupported, "an output of {}", output);
      cut_to(axis, output, auto_pad == "SAME_UPPER");
    } else if (auto_pad.starts_with("SAME_")) {
      cut_to(axis, axis.input * axis.stride, auto_pad == "SAME_UPPER");
    } else if (auto_pad == "VALID") {
      axis.before = axis.after = 0;
      axis.output = axis.whole() + axis.output_padding;
    }
    if (axis.output < 1 || axis.before + axis.output > axis.whole() + axis.stride - 1)
      return fail(ErrorCode::kUnsupported, "an output of {} from {} elements with stride {}", axis.output, axis.input,
                  axis.stride);
    axes.push_back(axis);
  }
  return axes;
}

/// Weights [inputs][outputs of the group][height][width] with zeros between dilated taps and between groups.
Result<ValueId> spread(Importer& importer, ValueId weights, const std::vector<Axis>& axes, int32_t groups) {
  const Shape from = importer.shape(weights);
  if (groups == 1 && std::ranges::all_of(axes, [](const Axis& axis) { return axis.dilation == 1; })) return weights;
  MOTE_TRY_ASSIGN(const auto content, importer.floats(weights, "the weights"));
  const auto reach = [&](size_t i) { return static_cast<int32_t>(axes[i].reach()); };
  const Shape to{from[0], from[1] * groups, axes.size() == 2 ? reach(0) : 1, reach(axes.size() - 1)};
  MOTE_TRY(checked_count(to));
  if (count(to) > (int64_t{1} << 24)) return fail(ErrorCode::kUnsupported, "weights that spread to {}", text(to));
  Tensor result(TensorType{DType::kFloat32, to, {}});
  const int32_t inputs = from[0] / groups;
  size_t next = 0;
  for (int32_t c = 0; c < from[0]; ++c)
    for (int32_t m = 0; m < from[1]; ++m)
      for (int32_t i = 0; i < from[2]; ++i)
        for (int32_t j = 0; j < from[3]; ++j) {
          const int64_t row = axes.size() == 2 ? i * axes[0].dilation : 0;
          const int64_t column = j * axes.back().dilation;
          const int64_t output = int64_t{c / inputs} * from[1] + m;
          const int64_t at = ((c * int64_t{to[1]} + output) * to[2] + row) * to[3] + column;
          result.as<float>()[static_cast<size_t>(at)] = content[next++];
        }
  return importer.constant(std::move(result));
}

Result<> convert_conv_transpose(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(2, 3));
  const Shape shape = importer.shape(node.input(0)), kernel = importer.shape(node.input(1));
  if ((shape.size() != 3 && shape.size() != 4) || kernel.size() != shape.size())
    return fail(ErrorCode::kUnsupported, "weights of shape {} on an input of shape {}", text(kernel), text(shape));
  MOTE_TRY_ASSIGN(const auto axes, read_axes(node, shape, kernel));
  const int64_t groups = node.integer("group", 1);
  if (groups < 1 || groups > shape[1] || shape[1] % groups != 0 || shape[1] != kernel[0])
    return fail(ErrorCode::kBadInput, "{} groups of {} channels, weights of shape {}", groups, shape[1], text(kernel));
  ValueId weights = node.input(1);
  if (kernel.size() == 3) {
    MOTE_TRY_ASSIGN(weights, importer.reshape(weights, {kernel[0], kernel[1], 1, kernel[2]}));
  }
  MOTE_TRY_ASSIGN(weights, spread(importer, weights, axes, static_cast<int32_t>(groups)));
  MOTE_TRY_ASSIGN(weights, importer.transpose(weights, {1, 2, 3, 0}));
  const Axis none{};
  const Axis& rows = axes.size() == 2 ? axes[0] : none;
  const Axis& columns = axes.back();
  const bool same = rows.is_same() && columns.is_same();
  TransposeConv op;
  op.padding = same ? Padding::kSame : Padding::kValid;
  op.stride_h = static_cast<int32_t>(rows.stride);
  op.stride_w = static_cast<int32_t>(columns.stride);
  const auto extent = [&](const Axis& axis) {
    return static_cast<int32_t>(same ? axis.output : std::max(axis.whole(), axis.before + axis.output));
  };
  MOTE_TRY_ASSIGN(ValueId value, to_channels_last(importer, node.input(0)));
  const int32_t outputs = importer.shape(weights)[0];
  const ValueId extents = importer.constant(std::vector<int32_t>{shape[0], extent(rows), extent(columns), outputs});
  MOTE_TRY_ASSIGN(weights, importer.layer_constant(weights));
  std::vector<ValueId> inputs{extents, weights, value};
  if (node.has(2)) {
    MOTE_TRY_ASSIGN(const ValueId bias, importer.layer_constant(node.input(2)));
    inputs.push_back(bias);
  }
  MOTE_TRY_ASSIGN(value, importer.add(op, std::move(inputs)));
  if (!same) {
    const auto first = [](const Axis& axis) { return static_cast<int32_t>(axis.before); };
    const auto last = [](const Axis& axis) { return static_cast<int32_t>(axis.before + axis.output); };
    MOTE_TRY_ASSIGN(value, slice(importer, value, {0, first(rows), first(columns), 0},
                                 {shape[0], last(rows), last(columns), outputs}));
  }
  MOTE_TRY_ASSIGN(value, to_channels_first(importer, value, static_cast<int32_t>(shape.size())));
  importer.bind(node, 0, value);
  return {};
}

constexpr NamedConverter kConverters[] = {{"ConvTranspose", convert_conv_transpose}};

}  // namespace

std::span<const NamedConverter> transposed_converters() {
  return kConverters;
}

}  // namespace mote
