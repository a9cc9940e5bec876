#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace mote {

/// Memory that is needed from one call to another, both included.
struct Block {
  size_t bytes = 0;
  int32_t first = 0;
  int32_t last = 0;
  size_t alignment = 4;  ///< 4 or 8; the largest holds for all blocks
};

/// Two blocks that are alive together and may share bytes all the same: `over` is written while `under` is read for the
/// last time, and stays safe if `under` begins at least `distance` bytes behind it (SafeDistance).
struct Overlap {
  size_t over = 0;
  size_t under = 0;
  int64_t distance = 0;
  bool exact = false;  ///< only at this distance, a multiple of kOffsetAlignment
};

constexpr size_t kOffsetAlignment = 4;  ///< that every offset has at least

struct ArenaLayout {
  std::vector<size_t> offsets;  ///< one a block, multiples of the largest alignment
  size_t bytes = 0;
  size_t bound = 0;  ///< proven: no layout of these blocks with these overlaps needs less
};

enum class Effort : uint8_t {
  kQuick,  ///< a few orders of placement, for comparing plans
  kFull
};

/// Gives every block an offset such that blocks alive at the same time share no byte, but where they may overlap. Looks
/// for the smallest arena: a few orders of placement first, then branch and bound, which also proves the bound; where
/// its budget of steps ends before the two meet, the layout is the best one found. The same blocks always get the same
/// offsets.
[[nodiscard]] ArenaLayout lay_out(std::span<const Block> blocks, std::span<const Overlap> overlaps = {},
                                  Effort effort = Effort::kFull);

/// The blocks one behind the other.
[[nodiscard]] ArenaLayout lay_out_in_sequence(std::span<const Block> blocks);

}  // namespace mote
