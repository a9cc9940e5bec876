#pragma once

#include <filesystem>

#include "tensor/tensor.h"

namespace mote {

/// The content of a model's input from a file; the name's ending tells the form:
///   .npy  the extents must agree, except for extents of 1; the element type must be the model's, or float numbers that
///   are
///         quantized with the input's scale and zero point (round half away from zero, saturated)
///   .csv  numbers between commas, semicolons, blanks or line ends, as many as the input has elements, in the units of
///   the
///         stored elements: "-12" is the int8 number -12. Lines that begin with # are comments.
///   else  the raw little-endian elements
/// Errors name the file, and for .csv line and column.
[[nodiscard]] Result<Tensor> read_tensor_file(const std::filesystem::path& path, const TensorType& expected);

/// Writes a tensor in the form that the name's ending tells; .csv has one line for each row of the last extent.
[[nodiscard]] Result<> write_tensor_file(const std::filesystem::path& path, const Tensor& tensor);

}  // namespace mote
