#pragma once

#include <filesystem>

#include "formats/tflite_reader.h"

namespace mote {

/// Reads a model file of any kind: `.tflite`, or ONNX where the name ends in `.onnx`. The path is part of every error.
[[nodiscard]] Result<Model> open_model(const std::filesystem::path& path);
/// The same, with all that keeps the model from being read.
[[nodiscard]] Result<Reading> inspect_file(const std::filesystem::path& path);

}  // namespace mote
