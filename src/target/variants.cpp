#include "target/variants.h"

#include "target/dense.h"
#include "target/depthwise3x3.h"
#include "target/lanes.h"
#include "target/quads.h"
#include "target/vector_dense.h"
#include "target/vector_depthwise3x3.h"

namespace mote {

namespace {

/// The only list of them; of several for one call the first that takes it.
constexpr Variant kVariants[] = {
    dense_conv2d,          dense_fully_connected, vector_depthwise3x3, depthwise3x3,           depthwise3x3_pairs,
    quad_conv2d,           word_fully_connected,  vector_conv2d,       vector_fully_connected, lanes_conv2d,
    lanes_fully_connected, lanes_depthwise,       lanes_unweighted,
};

}  // namespace

Lowered with_variants(Lowered lowered, const Target& target) {
  for (const Variant variant : kVariants)
    if (std::optional<Lowered> found = variant(lowered, target)) return *std::move(found);
  return lowered;
}

}  // namespace mote
