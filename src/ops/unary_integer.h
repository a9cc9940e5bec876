#pragma once

#include "ops/unary_ops.h"

/// The functions of one element in int8 and int16; rules R1, N4, N5, N9 to N12.
namespace mote::unary_ops {

/// Exact, or through tanh where `approximate` is not 0; in float32 as the reference computes it.
[[nodiscard]] float gelu(float x, float approximate);

/// A table of 256 bytes or, for the ReLU family, requantizing.
[[nodiscard]] Result<Lowered> lower_int8(UnaryKind kind, float parameter, const TensorType& input,
                                         const TensorType& output);
[[nodiscard]] Result<Lowered> lower_int16(UnaryKind kind, float parameter, const TensorType& input,
                                          const TensorType& output);

}  // namespace mote::unary_ops
