#include <algorithm>
#include <cmath>

#include "onnx/converters.h"
#include "onnx/layout.h"
#include "onnx/steps.h"

namespace mote {

namespace {

/// One axis of a resize: its extents, and the source's place of each element of the result.
struct ResizedAxis {
  int32_t input = 1, output = 1;
  std::vector<double> places;
};

/// How a node maps places, by the names of the format.
struct Manner {
  std::string mode, coordinates, nearest;
};

Result<double> place_of(const std::string& coordinates, int32_t i, double scale, const ResizedAxis& axis) {
  const double x = i;
  if (coordinates == "half_pixel") return (x + 0.5) / scale - 0.5;
  if (coordinates == "pytorch_half_pixel") return axis.output > 1 ? (x + 0.5) / scale - 0.5 : 0.0;
  if (coordinates == "asymmetric") return x / scale;
  if (coordinates == "tf_half_pixel_for_nn") return (x + 0.5) / scale;
  if (coordinates == "align_corners") return axis.output > 1 ? x * (axis.input - 1) / (axis.output - 1) : 0.0;
  return fail(ErrorCode::kUnsupported, "coordinate_transformation_mode {}", coordinates);
}

/// The places that the nearest elements are taken from.
Result<std::vector<int32_t>> nearest_places(const ResizedAxis& axis, const std::string& rounding) {
  std::vector<int32_t> result;
  for (const double x : axis.places) {
    double to = std::ceil(x - 0.5);  // round_prefer_floor
    if (rounding == "round_prefer_ceil") to = std::floor(x + 0.5);
    if (rounding == "floor") to = std::floor(x);
    if (rounding == "ceil") to = std::ceil(x);
    if (!rounding.starts_with("round_prefer_") && rounding != "floor" && rounding != "ceil")
      return fail(ErrorCode::kUnsupported, "nearest_mode {}", rounding);
    result.push_back(static_cast<int32_t>(std::clamp<double>(to, 0, axis.input - 1)));
  }
  return result;
}

/// Where the resizes of the graph look, for the three settings that they have.
struct Setting {
  bool align_corners, half_pixel_centers;
};
constexpr Setting kSettings[] = {{false, false}, {false, true}, {true, false}};

double place_in(const Setting& setting, const ResizedAxis& axis, int32_t i, bool nearest) {
  const double scale = static_cast<double>(axis.input) / axis.output;
  if (setting.align_corners)
    return axis.output > 1 ? static_cast<double>(i) * (axis.input - 1) / (axis.output - 1) : 0.0;
  if (setting.half_pixel_centers) return (i + 0.5) * scale - (nearest ? 0.0 : 0.5);
  return i * scale;
}

bool looks_there(const Setting& setting, const ResizedAxis& axis, const std::vector<int32_t>& nearest) {
  for (int32_t i = 0; i < axis.output; ++i) {
    const double place = place_in(setting, axis, i, !nearest.empty());
    if (nearest.empty()) {
      const double high = axis.input - 1;
      if (std::abs(std::clamp(place, 0.0, high) - std::clamp(axis.places[static_cast<size_t>(i)], 0.0, high)) > 1e-5)
        return false;
    } else {
      // Places on an edge between two elements could be rounded either way in float.
      const double edge = setting.align_corners ? place + 0.5 : place;
      if (std::abs(edge - std::round(edge)) < 1e-5 && std::round(edge) != 0 && axis.input % axis.output != 0 &&
          axis.output % axis.input != 0)
        return false;
      const auto to = static_cast<int32_t>(std::clamp<double>(std::floor(edge + 1e-9), 0, axis.input - 1));
      if (to != nearest[static_cast<size_t>(i)]) return false;
    }
  }
  return true;
}

template <class T>
Result<ValueId> resize_image(Importer& importer, ValueId id, const Setting& setting, int32_t rows, int32_t columns) {
  T op;
  op.align_corners = setting.align_corners;
  op.half_pixel_centers = setting.half_pixel_centers;
  const int32_t rank = importer.rank(id);
  MOTE_TRY_ASSIGN(ValueId value, to_channels_last(importer, id));
  MOTE_TRY_ASSIGN(value, importer.add(op, {value, importer.constant(std::vector<int32_t>{rows, columns})}));
  return to_channels_first(importer, value, rank);
}

/// The setting that looks where the node looks, along height and width.
const Setting* setting_for(const ResizedAxis& rows, const ResizedAxis& columns,
                           const std::vector<int32_t>& nearest_rows, const std::vector<int32_t>& nearest_columns) {
  for (const Setting& setting : kSettings)
    if (looks_there(setting, rows, nearest_rows) && looks_there(setting, columns, nearest_columns)) return &setting;
  return nullptr;
}

/// Interpolation along one axis as a layer: each row of its weights holds the shares of two neighbours.
Result<ValueId> interpolate(Importer& importer, ValueId id, size_t at, const ResizedAxis& axis) {
  if (int64_t{axis.input} * axis.output > (1 << 24))
    return fail(ErrorCode::kUnsupported, "a table for {} elements from {}", axis.output, axis.input);
  std::vector<float> shares(static_cast<size_t>(axis.input) * static_cast<size_t>(axis.output));
  for (size_t i = 0; i < axis.places.size(); ++i) {
    const double place = std::clamp<double>(axis.places[i], 0, axis.input - 1);
    const auto low = static_cast<size_t>(place);
    const size_t high = std::min(low + 1, static_cast<size_t>(axis.input) - 1);
    const double share = place - static_cast<double>(low);
    shares[i * static_cast<size_t>(axis.input) + low] += static_cast<float>(1 - share);
    shares[i * static_cast<size_t>(axis.input) + high] += static_cast<float>(share);
  }
  std::vector<int32_t> order;
  for (int32_t i = 0; i < importer.rank(id); ++i) order.push_back(i);
  std::swap(order[at], order.back());
  MOTE_TRY_ASSIGN(ValueId value, importer.transpose(id, order));
  const ValueId weights = importer.constant(shares, {axis.output, axis.input});
  MOTE_TRY_ASSIGN(value, dense(importer, value, weights, kNoValue, true));
  return importer.transpose(value, order);
}

Result<ValueId> resize(Importer& importer, ValueId id, const std::vector<ResizedAxis>& axes, const Manner& manner) {
  const size_t rank = axes.size();
  const auto same = [](const ResizedAxis& axis) { return axis.input == axis.output; };
  const bool nearest = manner.mode == "nearest";
  if ((rank == 3 || rank == 4) && same(axes[0]) && same(axes[1])) {
    ResizedAxis rows;
    rows.places = {0};
    if (rank == 4) rows = axes[2];
    const ResizedAxis& columns = axes.back();
    std::vector<int32_t> nearest_rows, nearest_columns;
    if (nearest) {
      MOTE_TRY_ASSIGN(nearest_rows, nearest_places(rows, manner.nearest));
      MOTE_TRY_ASSIGN(nearest_columns, nearest_places(columns, manner.nearest));
    }
    if (const Setting* setting = setting_for(rows, columns, nearest_rows, nearest_columns))
      return nearest ? resize_image<ResizeNearest>(importer, id, *setting, rows.output, columns.output)
                     : resize_image<ResizeBilinear>(importer, id, *setting, rows.output, columns.output);
  }
  for (size_t i = 0; i < rank; ++i) {
    if (same(axes[i]) && manner.coordinates != "tf_half_pixel_for_nn") continue;
    if (nearest) {
      MOTE_TRY_ASSIGN(const auto places, nearest_places(axes[i], manner.nearest));
      MOTE_TRY_ASSIGN(id, take_along(importer, id, static_cast<int32_t>(i), places));
    } else {
      MOTE_TRY_ASSIGN(id, interpolate(importer, id, i, axes[i]));
    }
  }
  return id;
}

/// The operand or attribute with the factors, and the operand with the sizes; versions differ in where they are.
struct Wanted {
  std::vector<float> scales;
  std::vector<int32_t> sizes;
};

Result<Wanted> read_wanted(Importer& importer, const OnnxNode& node) {
  Wanted wanted;
  const bool upsample = node.op() == "Upsample" || importer.opset() < 11;
  const size_t at = upsample ? 1 : 2;
  if (const auto listed = node.reals("scales")) wanted.scales = *listed;
  if (node.has(at)) {
    MOTE_TRY_ASSIGN(wanted.scales, importer.floats(node.input(at), "the scales"));
  }
  if (!upsample && node.has(3)) {
    MOTE_TRY_ASSIGN(wanted.sizes, importer.integers(node.input(3), "the sizes"));
    wanted.scales.clear();
  }
  return wanted;
}

Result<std::vector<ResizedAxis>> read_axes(Importer& importer, const OnnxNode& node, const Manner& manner) {
  const Shape& shape = importer.shape(node.input(0));
  MOTE_TRY_ASSIGN(const Wanted wanted, read_wanted(importer, node));
  std::vector<int64_t> listed;
  for (size_t i = 0; i < shape.size(); ++i) listed.push_back(static_cast<int64_t>(i));
  if (const auto given = node.integers("axes")) listed = *given;
  const size_t entries = std::max(wanted.sizes.size(), wanted.scales.size());
  if (entries != listed.size())
    return fail(ErrorCode::kBadInput, "{} factors or sizes for {} axes", entries, listed.size());
  std::vector<double> scales(shape.size(), 1);
  std::vector<ResizedAxis> axes;
  for (const int32_t extent : shape) axes.push_back({extent, extent, {}});
  for (size_t i = 0; i < listed.size(); ++i) {
    MOTE_TRY_ASSIGN(const int32_t at, importer.axis(listed[i], static_cast<int32_t>(shape.size())));
    ResizedAxis& axis = axes[static_cast<size_t>(at)];
    const double output =
        wanted.sizes.empty() ? std::floor(static_cast<double>(axis.input) * wanted.scales[i]) : wanted.sizes[i];
    if (!(output >= 1 && output < (1 << 20)))
      return fail(ErrorCode::kUnsupported, "an axis of {} that becomes {}", axis.input, output);
    axis.output = static_cast<int32_t>(output);
    scales[static_cast<size_t>(at)] =
        wanted.sizes.empty() ? static_cast<double>(wanted.scales[i]) : output / axis.input;
  }
  for (size_t i = 0; i < axes.size(); ++i)
    for (int32_t place = 0; place < axes[i].output; ++place) {
      MOTE_TRY_ASSIGN(const double from, place_of(manner.coordinates, place, scales[i], axes[i]));
      axes[i].places.push_back(from);
    }
  return axes;
}

Result<> convert_resize(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(1, 4));
  node.ignore({"cubic_coeff_a", "extrapolation_value"});
  const bool old = node.op() == "Upsample" || importer.opset() < 11;
  Manner manner;
  manner.mode = node.word("mode", "nearest");
  manner.coordinates = node.word("coordinate_transformation_mode", old ? "asymmetric" : "half_pixel");
  manner.nearest = node.word("nearest_mode", old ? "floor" : "round_prefer_floor");
  if (manner.mode == "bilinear") manner.mode = "linear";
  if (manner.mode != "nearest" && manner.mode != "linear")
    return fail(ErrorCode::kUnsupported, "the mode {}; nearest and linear are supported", manner.mode);
  if (node.flag("antialias", false) || node.flag("exclude_outside", false))
    return fail(ErrorCode::kUnsupported, "antialias and exclude_outside");
  if (const std::string policy = node.word("keep_aspect_ratio_policy", "stretch"); policy != "stretch")
    return fail(ErrorCode::kUnsupported, "keep_aspect_ratio_policy {}", policy);
  MOTE_TRY_ASSIGN(const auto axes, read_axes(importer, node, manner));
  MOTE_TRY_ASSIGN(const ValueId result, resize(importer, node.input(0), axes, manner));
  importer.bind(node, 0, result);
  return {};
}

constexpr NamedConverter kConverters[] = {{"Resize", convert_resize}, {"Upsample", convert_resize}};

}  // namespace

std::span<const NamedConverter> resize_converters() {
  return kConverters;
}

}  // namespace mote
