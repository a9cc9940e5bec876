#pragma once

#include <span>
#include <string_view>

#include "onnx/importer.h"

namespace mote {

struct NamedConverter {
  std::string_view op;
  Converter convert;
};

/// The operators, by family.
[[nodiscard]] std::span<const NamedConverter> layer_converters();
[[nodiscard]] std::span<const NamedConverter> dense_converters();
[[nodiscard]] std::span<const NamedConverter> pointwise_converters();
[[nodiscard]] std::span<const NamedConverter> activation_converters();
[[nodiscard]] std::span<const NamedConverter> movement_converters();
[[nodiscard]] std::span<const NamedConverter> transposed_converters();
[[nodiscard]] std::span<const NamedConverter> logic_converters();
[[nodiscard]] std::span<const NamedConverter> resize_converters();
[[nodiscard]] std::span<const NamedConverter> reduction_converters();
[[nodiscard]] std::span<const NamedConverter> quantization_converters();
[[nodiscard]] std::span<const NamedConverter> recurrent_converters();

}  // namespace mote
