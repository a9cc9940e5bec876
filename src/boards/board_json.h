#pragma once

#include <nlohmann/json_fwd.hpp>

#include "boards/board.h"

namespace mote {

/// Everything the board file says; figures as {value, source, error_pct}, unpublished ones as null.
[[nodiscard]] nlohmann::ordered_json to_json(const Board& board);

}  // namespace mote
