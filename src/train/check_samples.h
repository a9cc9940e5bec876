#pragma once

#include <string_view>
#include <vector>

#include "graph/graph.h"
#include "train/trainer.h"

namespace mote {

/// The samples that are meant: samples.rows, or all.
[[nodiscard]] std::vector<size_t> chosen_rows(const Samples& samples, size_t input_elements);

/// Refuses samples that the graph cannot be trained or tested on: none, sizes that do not match, rows and labels out of
/// range, values that are not finite. `what` names them in messages ("training").
[[nodiscard]] Result<> check_samples(const Samples& samples, const Graph& graph, std::string_view what);

}  // namespace mote
