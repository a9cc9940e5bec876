#pragma once

#include <string>

#include "boards/measurement.h"

namespace mote {

/// The figures as a table for people: a row a layer, then memory against the board's limits, then the estimates.
[[nodiscard]] std::string text(const Measurement& measurement, const Board& board);

}  // namespace mote
