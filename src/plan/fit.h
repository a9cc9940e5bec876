#pragma once

#include "plan/plan.h"

namespace mote {

/// A plan of the same calls whose arena takes at most options.max_ram: stretches of layers are computed in bands of
/// rows, as few and as high as will do. Refuses, with the least that it reached, where that is not enough.
[[nodiscard]] Result<Plan> fit(Plan plan, const PlanOptions& options);

}  // namespace mote
