#pragma once

#include <span>

#include "formats/tflite_reader.h"

namespace mote {

/// Reads an ONNX model (operator set 6 to 23) into a graph of Mote's ops, in the forms that exporters write: float
/// networks, and int8 ones with QuantizeLinear and DequantizeLinear around the ops, which become int8 ops of the same
/// scales. Inputs and outputs keep the file's names, order of axes and meaning; double is float32 and int64 is int32
/// here. An open batch is 1. What docs/onnx.md lists is converted. Nodes that are not are listed with the reason and
/// the remedy; fails on what is no ONNX file at all.
[[nodiscard]] Result<Reading> inspect_onnx(std::span<const uint8_t> file);

/// The same, but any problem is an error.
[[nodiscard]] Result<Model> read_onnx(std::span<const uint8_t> file);

}  // namespace mote
