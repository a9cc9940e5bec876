#pragma once

#include "ops/all_ops.h"

namespace mote {

/// The lowest version of a builtin op in a `.tflite` file that covers these operands. An interpreter refuses versions
/// it is too old for; a version too low is accepted, but promises less than the model needs.
[[nodiscard]] int32_t tflite_version(const Op& op, Arguments inputs, Arguments outputs);

}  // namespace mote
