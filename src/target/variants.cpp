#include "target/variants.h"

#include "mote/rt/conv2d.h"
#include "mote/rt/depthwise_conv2d.h"
#include "target/byte_panels.h"
#include "target/compact.h"
#include "target/dense.h"
#include "target/depthwise3x3.h"
#include "target/depthwise_pairs.h"
#include "target/depthwise_words.h"
#include "target/held_row.h"
#include "target/int8_layer.h"
#include "target/lanes.h"
#include "target/pair_row.h"
#include "target/pointwise8.h"
#include "target/quads.h"
#include "target/softmax.h"
#include "target/vector_dense.h"
#include "target/vector_depthwise.h"
#include "target/vector_depthwise3x3.h"

namespace mote {

namespace {

/// The only list of them; of several for one call the first that takes it.
constexpr Variant kVariants[] = {
    compact_conv2d,       compact_fully_connected, compact_depthwise,   pointwise8,           dense_conv2d,
    held_fully_connected, dense_fully_connected,   vector_depthwise3x3, vector_depthwise,     depthwise3x3,
    depthwise_pairs,      depthwise_words,         quad_conv2d,         pair_fully_connected, word_fully_connected,
    vector_conv2d,        vector_fully_connected,  byte_conv2d,         byte_depthwise,       byte_fully_connected,
    lanes_conv2d,         lanes_fully_connected,   lanes_depthwise,     lanes_unweighted,     softmax_untabled,
};

std::optional<Lowered> first_variant(const Lowered& lowered, const Target& target) {
  for (const Variant variant : kVariants)
    if (std::optional<Lowered> found = variant(lowered, target)) return found;
  return std::nullopt;
}

constexpr Kernel kConv2d = describe_kernel<&rt::conv2d_s8>("conv2d_s8", "Conv2dInteger", "conv2d");

/// A depthwise convolution of one channel as the convolution it is: filter by filter, the zero point inside the bias.
std::optional<Lowered> as_convolution(const Lowered& lowered) {
  const auto layer = layer_of<rt::DepthwiseConv2dInteger>(lowered, "depthwise_conv2d_s8");
  if (!layer) return std::nullopt;
  const auto& p = *static_cast<const rt::DepthwiseConv2dInteger*>(lowered.calls[0].parameters.get());
  if (p.shape.input_channels != 1) return std::nullopt;
  const Filters filters = filters_of(*layer, p.input_zero_point);
  const rt::ConvShape shape{p.shape.batches, p.shape.rows, p.shape.columns, 1, 1, p.shape.multiplier};
  Lowered result;
  result.constants = {Constant::of<int8_t>("weights", DType::kInt8, filters.weights),
                      Constant::of<int32_t>("bias", DType::kInt32, filters.bias),
                      Constant::of<int32_t>("factors", DType::kInt32, layer->factors)};
  const std::vector<Operand>& old = lowered.calls[0].operands;
  result.calls = {
      KernelCall::make(kConv2d, rt::Conv2dInteger{shape, p.input_zero_point, p.end},
                       {old.front(), Operand::constant(0), Operand::constant(1), Operand::constant(2), old.back()})};
  return result;
}

}  // namespace

Lowered with_variants(Lowered lowered, const Target& target) {
  if (std::optional<Lowered> found = first_variant(lowered, target)) return *std::move(found);
  if (const std::optional<Lowered> convolution = as_convolution(lowered))
    if (std::optional<Lowered> found = first_variant(*convolution, target)) return *std::move(found);
  return lowered;
}

}  // namespace mote
