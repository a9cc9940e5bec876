#include "ops/broadcast.h"

#include <algorithm>

namespace mote {

namespace {
/// The extent of dimension `i` counted from the innermost; 1 beyond the outermost.
int32_t extent_from_back(const Shape& shape, size_t i) {
  return i < shape.size() ? shape[shape.size() - 1 - i] : 1;
}

/// One dimension after merging: its extent in the output, and which operands it moves.
struct Walk {
  int32_t extent;
  bool moves_a, moves_b;
};

/// Merged dimensions, innermost first.
std::vector<Walk> merged(const Shape& a, const Shape& b) {
  std::vector<Walk> result;
  for (size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
    const Walk next{std::max(extent_from_back(a, i), extent_from_back(b, i)), extent_from_back(a, i) != 1,
                    extent_from_back(b, i) != 1};
    if (next.extent == 1) continue;
    if (!result.empty() && result.back().moves_a == next.moves_a && result.back().moves_b == next.moves_b)
      result.back().extent *= next.extent;
    else
      result.push_back(next);
  }
  return result;
}
}  // namespace

Result<Shape> broadcast_shape(const Shape& a, const Shape& b) {
  Shape result(std::max(a.size(), b.size()));
  for (size_t i = 0; i < result.size(); ++i) {
    const int32_t left = extent_from_back(a, i);
    const int32_t right = extent_from_back(b, i);
    if (left != right && left != 1 && right != 1)
      return fail(ErrorCode::kBadInput, "shapes {} and {} do not fit together: {} against {}", text(a), text(b), left,
                  right);
    result[result.size() - 1 - i] = left == 1 ? right : left;
  }
  return result;
}

Result<rt::Broadcast> plan_broadcast(const Shape& a, const Shape& b) {
  constexpr size_t kDimensions = 5;
  const std::vector<Walk> walks = merged(a, b);
  if (walks.size() > kDimensions)
    return fail(ErrorCode::kUnsupported, "shapes {} and {} repeat each other in {} turns; at most {} are computed",
                text(a), text(b), walks.size(), kDimensions);
  rt::Broadcast result{{1, 1, 1, 1, 1}, {0, 0, 0, 0, 0}, {0, 0, 0, 0, 0}, 0, 0};
  const auto steps = [&](bool Walk::*moves, int32_t* out) {
    int32_t stride = 1;
    int32_t walked = 0;  // from the start of the dimensions inside to where their walk ends
    for (size_t i = 0; i < walks.size(); ++i) {
      const int32_t own = walks[i].*moves ? stride : 0;
      out[kDimensions - 1 - i] = own - walked;
      // The innermost loop steps once more after its last element; the outer ones do not.
      walked += own * (i == 0 ? walks[i].extent : walks[i].extent - 1);
      if (walks[i].*moves) stride *= walks[i].extent;
    }
  };
  for (size_t i = 0; i < walks.size(); ++i) result.extents[kDimensions - 1 - i] = walks[i].extent;
  steps(&Walk::moves_a, result.a_steps);
  steps(&Walk::moves_b, result.b_steps);
  return result;
}

Result<rt::Broadcast> plan_broadcast(const Argument& a, const Argument& b) {
  MOTE_TRY_ASSIGN(rt::Broadcast result, plan_broadcast(a.type.shape, b.type.shape));
  result.a_constant = a.constant != nullptr ? 1 : 0;
  result.b_constant = b.constant != nullptr ? 1 : 0;
  return result;
}

}  // namespace mote
