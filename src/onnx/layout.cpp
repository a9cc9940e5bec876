#include "onnx/layout.h"

#include <algorithm>

namespace mote {

namespace {

/// Bounds that keep all arithmetic on them within 64 bits; what does not fit any memory is refused later.
constexpr int64_t kLargest = int64_t{1} << 24;

Result<> check_range(const std::vector<int64_t>& values, int64_t least, std::string_view what) {
  for (const int64_t value : values)
    if (value < least || value > kLargest)
      return fail(ErrorCode::kUnsupported, "{} {}; they must be between {} and {}", what, fmt::join(values, ", "),
                  least, kLargest);
  return {};
}

Result<std::vector<int64_t>> spatial(const OnnxNode& node, std::string_view name, size_t count, int64_t otherwise,
                                     int64_t least) {
  std::vector<int64_t> values = node.integers(name).value_or(std::vector<int64_t>(count, otherwise));
  if (values.empty()) values.assign(count, otherwise);
  if (values.size() != count)
    return fail(ErrorCode::kBadInput, "{} has {} entries, {} are expected", name, values.size(), count);
  MOTE_TRY(check_range(values, least, name));
  return values;
}

/// Places the windows: resolves auto_pad, and counts the outputs.
Result<> place(OnnxWindowAxis& axis, const std::string& auto_pad, bool ceil_mode) {
  if (auto_pad == "SAME_UPPER" || auto_pad == "SAME_LOWER") {
    axis.output = (axis.input + axis.stride - 1) / axis.stride;
    const int64_t total = std::max<int64_t>(0, (axis.output - 1) * axis.stride + axis.reach() - axis.input);
    axis.before = auto_pad == "SAME_UPPER" ? total / 2 : total - total / 2;
    axis.after = total - axis.before;
    return {};
  }
  if (auto_pad == "VALID") axis.before = axis.after = 0;
  const int64_t free = axis.input + axis.before + axis.after - axis.reach();
  if (free < 0)
    return fail(ErrorCode::kBadInput, "a window of {} does not fit into {} elements", axis.reach(),
                axis.input + axis.before + axis.after);
  axis.output = free / axis.stride + 1;
  // In ceil_mode a last window may stick out, if it begins before the padding at the end.
  if (ceil_mode && free % axis.stride != 0 && axis.output * axis.stride < axis.input + axis.before) {
    axis.excess = axis.stride - free % axis.stride;
    ++axis.output;
  }
  return {};
}

}  // namespace

Result<ValueId> to_channels_last(Importer& importer, ValueId id) {
  const Shape shape = importer.shape(id);
  if (shape.size() == 4) return importer.transpose(id, {0, 2, 3, 1});
  if (shape.size() != 3)
    return fail(ErrorCode::kUnsupported,
                "an input of shape {}; signals (N, C, L) and images (N, C, H, W) are supported", text(shape));
  MOTE_TRY_ASSIGN(const ValueId last, importer.transpose(id, {0, 2, 1}));
  return importer.reshape(last, {shape[0], 1, shape[2], shape[1]});
}

Result<ValueId> to_channels_first(Importer& importer, ValueId id, int32_t rank) {
  if (rank == 4) return importer.transpose(id, {0, 3, 1, 2});
  const Shape shape = importer.shape(id);
  MOTE_TRY_ASSIGN(const ValueId signal, importer.reshape(id, {shape[0], shape[2], shape[3]}));
  return importer.transpose(signal, {0, 2, 1});
}

bool OnnxWindowAxis::is_same() const {
  if (output != (input + stride - 1) / stride) return false;
  return before == std::max<int64_t>(0, (output - 1) * stride + reach() - input) / 2;
}

Result<OnnxWindow> read_window(const OnnxNode& node, const Shape& input, const Shape& kernel) {
  if (input.size() != 3 && input.size() != 4)
    return fail(ErrorCode::kUnsupported,
                "an input of shape {}; signals (N, C, L) and images (N, C, H, W) are supported", text(input));
  const size_t axes = input.size() - 2;
  std::vector<int64_t> extents(kernel.begin(), kernel.end());
  if (const auto stated = node.integers("kernel_shape")) {
    if (!extents.empty() && extents != *stated)
      return fail(ErrorCode::kBadInput, "kernel_shape is {}, the weights have {}", fmt::join(*stated, "x"),
                  text(kernel));
    extents = *stated;
  }
  if (extents.size() != axes)
    return fail(ErrorCode::kBadInput, "a kernel of {} extents on an input of shape {}", extents.size(), text(input));
  MOTE_TRY(check_range(extents, 1, "kernel_shape"));
  MOTE_TRY_ASSIGN(const auto strides, spatial(node, "strides", axes, 1, 1));
  MOTE_TRY_ASSIGN(const auto dilations, spatial(node, "dilations", axes, 1, 1));
  MOTE_TRY_ASSIGN(const auto pads, spatial(node, "pads", 2 * axes, 0, 0));
  const std::string auto_pad = node.word("auto_pad", "NOTSET");
  const bool ceil_mode = node.flag("ceil_mode", false);
  OnnxWindow window;
  for (size_t i = 0; i < axes; ++i) {
    OnnxWindowAxis& axis = i + 1 == axes ? window.columns : window.rows;
    if (extents[i] * dilations[i] > kLargest)
      return fail(ErrorCode::kUnsupported, "a window of {} taps, {} apart", extents[i], dilations[i]);
    axis = {input[i + 2], extents[i], strides[i], dilations[i], pads[i], pads[axes + i], 1, 0};
    MOTE_TRY(place(axis, auto_pad, ceil_mode));
  }
  return window;
}

}  // namespace mote
