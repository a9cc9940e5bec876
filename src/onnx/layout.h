#pragma once

#include "onnx/importer.h"

namespace mote {

/// [N, C, L] or [N, C, H, W] of the file as the [N, 1, L, C] or [N, H, W, C] of Mote's layers. Refuses other ranks.
[[nodiscard]] Result<ValueId> to_channels_last(Importer& importer, ValueId id);
/// The way back; `rank` is the file's.
[[nodiscard]] Result<ValueId> to_channels_first(Importer& importer, ValueId id, int32_t rank);

/// A window along one axis, as the file describes it.
struct OnnxWindowAxis {
  int64_t input = 1, kernel = 1, stride = 1, dilation = 1;
  int64_t before = 0, after = 0;  ///< padding
  int64_t output = 1;
  int64_t excess = 0;  ///< how far the last window reaches beyond input and padding (ceil_mode)

  [[nodiscard]] int64_t reach() const { return (kernel - 1) * dilation + 1; }
  /// Whether SAME padding places the windows like this.
  [[nodiscard]] bool is_same() const;
  [[nodiscard]] bool is_valid() const { return before == 0 && after == 0 && excess == 0; }
};

/// Height and width; the height of a signal is 1.
struct OnnxWindow {
  OnnxWindowAxis rows, columns;

  [[nodiscard]] bool is_same() const { return rows.is_same() && columns.is_same(); }
  [[nodiscard]] bool is_valid() const { return rows.is_valid() && columns.is_valid(); }
};

/// From the attributes kernel_shape, strides, dilations, pads, auto_pad and ceil_mode. `input` is channels-first, of
/// rank 3 or 4; `kernel` are the extents of the weights, for a node that does not say kernel_shape.
[[nodiscard]] Result<OnnxWindow> read_window(const OnnxNode& node, const Shape& input, const Shape& kernel);

}  // namespace mote
