#pragma once

#include <optional>

#include "plan/plan.h"

namespace mote {

/// The plan with its calls [first, last] executed together, `rows` rows of the last one's output at a time: of what
/// lies between them only the rows that a band needs exist. Rows that the next band needs too are copied, not computed
/// again. None if a call cannot be cut into rows, or if more than the last output is needed afterwards. Buffers are not
/// placed yet.
[[nodiscard]] std::optional<Plan> in_bands(const Plan& plan, size_t first, size_t last, int32_t rows);

/// Rows of the last call's output; 0 if in_bands would refuse.
[[nodiscard]] int32_t rows_of(const Plan& plan, size_t first, size_t last);

}  // namespace mote
