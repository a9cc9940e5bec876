#pragma once

#include "graph/graph.h"

namespace mote {

/// Takes out ops that do nothing in inference (dropout): their readers read their input. Returns whether there were
/// any.
[[nodiscard]] Result<bool> drop_training_only(Graph& graph);

}  // namespace mote
