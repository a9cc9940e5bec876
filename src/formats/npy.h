#pragma once

#include <filesystem>
#include <span>

#include "base/files.h"
#include "tensor/tensor.h"

namespace mote {

/// An array of a `.npy` file, element type and extents as stored. float64 is its own element type there; it is narrowed
/// to float32, because Mote computes in float32.
///
/// Reads format versions 1 to 3, little-endian, C order: f4, f8, i1, u1, i2, i4, i8, b1. Refuses all else by name, and
/// headers that promise more bytes than there are.
[[nodiscard]] Result<Tensor> read_npy(std::span<const uint8_t> file);

/// The `.npy` file (version 1) of a tensor of float32, int8, uint8, int16, int32, int64 or bool elements. Quantization
/// parameters have no place there.
[[nodiscard]] Result<Bytes> write_npy(const Tensor& tensor);

}  // namespace mote
