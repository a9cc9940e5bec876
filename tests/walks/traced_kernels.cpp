// Compiled with instrumentation, and with the runtime's versioned namespace renamed: nothing here is shared with the
// kernels that the ops name.
#include "trace.h"

#include "mote/rt/affine_quantize_f32_s8.h"
#include "mote/rt/arithmetic.h"
#include "mote/rt/byte_layers.h"
#include "mote/rt/bytes.h"
#include "mote/rt/clamp_f32.h"
#include "mote/rt/common_scale.h"
#include "mote/rt/compact.h"
#include "mote/rt/conv2d.h"
#include "mote/rt/dense.h"
#include "mote/rt/depthwise3x3.h"
#include "mote/rt/depthwise_conv2d.h"
#include "mote/rt/depthwise_pairs.h"
#include "mote/rt/depthwise_words.h"
#include "mote/rt/dequantize_f32.h"
#include "mote/rt/dot_rows.h"
#include "mote/rt/fully_connected.h"
#include "mote/rt/held_row.h"
#include "mote/rt/linear_pair.h"
#include "mote/rt/logistic_f32.h"
#include "mote/rt/lookup_s16.h"
#include "mote/rt/lookup_s8.h"
#include "mote/rt/pair_row.h"
#include "mote/rt/pairwise.h"
#include "mote/rt/piecewise_s16.h"
#include "mote/rt/pointwise8.h"
#include "mote/rt/pool2d.h"
#include "mote/rt/prelu.h"
#include "mote/rt/product.h"
#include "mote/rt/quads.h"
#include "mote/rt/quantize_f32.h"
#include "mote/rt/reduce.h"
#include "mote/rt/requantize_s8.h"
#include "mote/rt/rescale.h"
#include "mote/rt/roots.h"
#include "mote/rt/sigmoid_s16.h"
#include "mote/rt/softmax_f32.h"
#include "mote/rt/softmax_s16.h"
#include "mote/rt/softmax_s8.h"
#include "mote/rt/tanh_f32.h"
#include "mote/rt/unary_f32.h"
#include "mote/rt/unary_s32.h"
#include "mote/rt/vector_depthwise.h"
#include "mote/rt/vector_depthwise3x3.h"
#include "mote/rt/vector_depthwise_channels.h"
#include "mote/rt/vector_strips.h"

namespace mote::testing {

namespace {

template <auto Function>
constexpr Kernel traced(std::string_view name) {
  return describe_kernel<Function>(name, "");
}

/// add_s16 is also a function of the gates, copy_bytes one of the dense kernels.
using CopyBytes = void (*)(const rt::CopyBytes&, const uint8_t*, uint8_t*) noexcept;
using CommonScaleS16 = void (*)(const rt::CommonScale&, const int16_t*, const int16_t*, int16_t*) noexcept;

// clang-format off
constexpr Kernel kTraced[] = {
    traced<static_cast<CopyBytes>(&rt::copy_bytes)>("copy_bytes"),
    traced<&rt::conv2d_f32>("conv2d_f32"),
    traced<&rt::conv2d_s8>("conv2d_s8"),
    traced<&rt::conv2d_s8_s4>("conv2d_s8_s4"),
    traced<&rt::conv2d_s16>("conv2d_s16"),
    traced<&rt::conv2d_s16_b32>("conv2d_s16_b32"),
    traced<&rt::conv2d_compact>("conv2d_compact"),
    traced<&rt::conv2d_dense<1, true, -1, false>>("conv2d_dense"),
    traced<&rt::conv2d_dense<1, true, -1, true>>("conv2d_dense stepped"),
    traced<&rt::conv2d_rows_dense<1, true, -1, false>>("conv2d_rows_dense"),
    traced<&rt::conv2d_rows_dense<1, true, -1, true>>("conv2d_rows_dense stepped"),
    traced<&rt::conv2d_quads<false>>("conv2d_quads"),
    traced<&rt::conv2d_quads<true>>("conv2d_quads stepped"),
    traced<&rt::depthwise_compact>("depthwise_compact"),
    traced<&rt::depthwise3x3_s8<1>>("depthwise3x3_s8"),
    traced<&rt::depthwise3x3_bytes_s8<1>>("depthwise3x3_bytes_s8"),
    traced<&rt::depthwise_pairs<1, 1, false>>("depthwise_pairs"),
    traced<&rt::depthwise_pairs<1, 1, true>>("depthwise_pairs stepped"),
    traced<&rt::depthwise_pairs_dilated<1, 1, false>>("depthwise_pairs_dilated"),
    traced<&rt::depthwise_pairs_dilated<1, 1, true>>("depthwise_pairs_dilated stepped"),
    traced<&rt::depthwise_words_s8<1, 1, false>>("depthwise_words_s8"),
    traced<&rt::depthwise_words_s8<1, 1, true>>("depthwise_words_s8 stepped"),
    traced<&rt::pointwise_dense<1, true, -1, false>>("pointwise_dense"),
    traced<&rt::pointwise_dense<1, true, -1, true>>("pointwise_dense stepped"),
    traced<&rt::pointwise_dense_3<1, true, -1, false>>("pointwise_dense_3"),
    traced<&rt::pointwise_dense_3<1, true, -1, true>>("pointwise_dense_3 stepped"),
    traced<&rt::fully_connected_held<1, 1, true, 0, false>>("fully_connected_held"),
    traced<&rt::fully_connected_held<1, 1, true, 0, true>>("fully_connected_held stepped"),
    traced<&rt::fully_connected_pairs<false>>("fully_connected_pairs"),
    traced<&rt::fully_connected_pairs<true>>("fully_connected_pairs stepped"),
    traced<&rt::fully_connected_dots<false>>("fully_connected_dots"),
    traced<&rt::fully_connected_dots<true>>("fully_connected_dots stepped"),
    traced<&rt::pointwise8_s8<1>>("pointwise8_s8"),
    traced<&rt::fully_connected_words<false>>("fully_connected_words"),
    traced<&rt::fully_connected_words<true>>("fully_connected_words stepped"),
    traced<&rt::conv2d_bytes>("conv2d_bytes"),
    traced<&rt::depthwise_bytes>("depthwise_bytes"),
    traced<&rt::fully_connected_bytes>("fully_connected_bytes"),
    traced<&rt::fully_connected_dense<1, true, -1, false>>("fully_connected_dense"),
    traced<&rt::fully_connected_dense<1, true, -1, true>>("fully_connected_dense stepped"),
    traced<&rt::vector_conv2d<0, 1, -1, true, false>>("vector_conv2d"),
    traced<&rt::vector_conv2d<0, 1, -1, true, true>>("vector_conv2d stepped"),
    traced<&rt::vector_conv2d_copied<0, 1, -1, true, false>>("vector_conv2d_copied"),
    traced<&rt::vector_conv2d_copied<0, 1, -1, true, true>>("vector_conv2d_copied stepped"),
    traced<&rt::vector_conv2d_strips<0, 1, -1, true, false>>("vector_conv2d_strips"),
    traced<&rt::vector_conv2d_strips<0, 1, -1, true, true>>("vector_conv2d_strips stepped"),
    traced<&rt::vector_pointwise<0, 1, -1, true, false>>("vector_pointwise"),
    traced<&rt::vector_pointwise<0, 1, -1, true, true>>("vector_pointwise stepped"),
    traced<&rt::vector_fully_connected_4<0, 1, -1, true, false>>("vector_fully_connected_4"),
    traced<&rt::vector_fully_connected_4<0, 1, -1, true, true>>("vector_fully_connected_4 stepped"),
    traced<&rt::vector_fully_connected_8<0, 1, -1, true, false>>("vector_fully_connected_8"),
    traced<&rt::vector_fully_connected_8<0, 1, -1, true, true>>("vector_fully_connected_8 stepped"),
    traced<&rt::vector_depthwise_s8<1, 1, 0, false>>("vector_depthwise_s8"),
    traced<&rt::vector_depthwise_s8<1, 1, 0, true>>("vector_depthwise_s8 stepped"),
    traced<&rt::vector_depthwise_channels_s8<1, false>>("vector_depthwise_channels_s8"),
    traced<&rt::vector_depthwise_channels_s8<1, true>>("vector_depthwise_channels_s8 stepped"),
    traced<&rt::vector_depthwise3x3_s8<1, false>>("vector_depthwise3x3_s8"),
    traced<&rt::vector_depthwise3x3_s8<1, true>>("vector_depthwise3x3_s8 stepped"),
    traced<&rt::depthwise_conv2d_f32>("depthwise_conv2d_f32"),
    traced<&rt::depthwise_conv2d_s8>("depthwise_conv2d_s8"),
    traced<&rt::depthwise_conv2d_s8_s4>("depthwise_conv2d_s8_s4"),
    traced<&rt::depthwise_conv2d_s16>("depthwise_conv2d_s16"),
    traced<&rt::dequantize_f32<int8_t>>("dequantize_f32<int8_t>"),
    traced<&rt::dequantize_f32<uint8_t>>("dequantize_f32<uint8_t>"),
    traced<&rt::dequantize_f32<int16_t>>("dequantize_f32<int16_t>"),
    traced<&rt::fully_connected_f32>("fully_connected_f32"),
    traced<&rt::fully_connected_s8>("fully_connected_s8"),
    traced<&rt::fully_connected_s8_s4>("fully_connected_s8_s4"),
    traced<&rt::fully_connected_s16>("fully_connected_s16"),
    traced<&rt::fully_connected_s16_b32>("fully_connected_s16_b32"),
    traced<&rt::logistic_s16>("logistic_s16"),
    traced<&rt::logistic_f32>("logistic_f32"),
    traced<&rt::add_f32>("add_f32"),
    traced<&rt::add_s32>("add_s32"),
    traced<&rt::add_s8>("add_s8"),
    traced<static_cast<CommonScaleS16>(&rt::add_s16)>("add_s16"),
    traced<&rt::linear_pair_s8>("linear_pair_s8"),
    traced<&rt::linear_pair_range_s8>("linear_pair_range_s8"),
    traced<&rt::sub_f32>("sub_f32"),
    traced<&rt::sub_s32>("sub_s32"),
    traced<&rt::sub_s8>("sub_s8"),
    traced<&rt::sub_s16>("sub_s16"),
    traced<&rt::mul_f32>("mul_f32"),
    traced<&rt::mul_s32>("mul_s32"),
    traced<&rt::mul_s8>("mul_s8"),
    traced<&rt::mul_s16>("mul_s16"),
    traced<&rt::div_f32>("div_f32"),
    traced<&rt::div_s32>("div_s32"),
    traced<&rt::div_s8>("div_s8"),
    traced<&rt::minimum_f32>("minimum_f32"),
    traced<&rt::minimum_s32>("minimum_s32"),
    traced<&rt::minimum_s8>("minimum_s8"),
    traced<&rt::minimum_s16>("minimum_s16"),
    traced<&rt::maximum_f32>("maximum_f32"),
    traced<&rt::maximum_s32>("maximum_s32"),
    traced<&rt::maximum_s8>("maximum_s8"),
    traced<&rt::maximum_s16>("maximum_s16"),
    traced<&rt::squared_difference_f32>("squared_difference_f32"),
    traced<&rt::squared_difference_s32>("squared_difference_s32"),
    traced<&rt::squared_difference_s8>("squared_difference_s8"),
    traced<&rt::squared_difference_s16>("squared_difference_s16"),
    traced<&rt::pow_f32>("pow_f32"),
    traced<&rt::pow_s32>("pow_s32"),
    traced<&rt::floor_div_f32>("floor_div_f32"),
    traced<&rt::floor_div_s32>("floor_div_s32"),
    traced<&rt::floor_mod_f32>("floor_mod_f32"),
    traced<&rt::floor_mod_s32>("floor_mod_s32"),
    traced<&rt::requantize_s8>("requantize_s8"),
    traced<&rt::lookup_s8>("lookup_s8"),
    traced<&rt::lookup_s16>("lookup_s16"),
    traced<&rt::max_pool2d_s8>("max_pool2d_s8"),
    traced<&rt::max_pool2d_s16>("max_pool2d_s16"),
    traced<&rt::max_pool2d_f32>("max_pool2d_f32"),
    traced<&rt::average_pool2d_s8>("average_pool2d_s8"),
    traced<&rt::average_pool2d_s16>("average_pool2d_s16"),
    traced<&rt::average_pool2d_f32>("average_pool2d_f32"),
    traced<&rt::prelu_f32>("prelu_f32"),
    traced<&rt::prelu_s8>("prelu_s8"),
    traced<&rt::prelu_s16>("prelu_s16"),
    traced<&rt::quantize_f32<int8_t>>("quantize_f32<int8_t>"),
    traced<&rt::quantize_f32<uint8_t>>("quantize_f32<uint8_t>"),
    traced<&rt::quantize_f32<int16_t>>("quantize_f32<int16_t>"),
    traced<&rt::rescale<int8_t, uint8_t>>("rescale<int8_t, uint8_t>"),
    traced<&rt::rescale<int8_t, int16_t>>("rescale<int8_t, int16_t>"),
    traced<&rt::rescale<int8_t, int32_t>>("rescale<int8_t, int32_t>"),
    traced<&rt::rescale<uint8_t, int8_t>>("rescale<uint8_t, int8_t>"),
    traced<&rt::rescale<uint8_t, uint8_t>>("rescale<uint8_t, uint8_t>"),
    traced<&rt::rescale<uint8_t, int16_t>>("rescale<uint8_t, int16_t>"),
    traced<&rt::rescale<int16_t, int8_t>>("rescale<int16_t, int8_t>"),
    traced<&rt::rescale<int16_t, int16_t>>("rescale<int16_t, int16_t>"),
    traced<&rt::rescale<int16_t, int32_t>>("rescale<int16_t, int32_t>"),
    traced<&rt::rescale<int32_t, int8_t>>("rescale<int32_t, int8_t>"),
    traced<&rt::rescale<int32_t, int16_t>>("rescale<int32_t, int16_t>"),
    traced<&rt::affine_quantize_f32_s8>("affine_quantize_f32_s8"),
    traced<&rt::reduce_sum_f32>("reduce_sum_f32"),
    traced<&rt::reduce_mean_f32>("reduce_mean_f32"),
    traced<&rt::reduce_prod_f32>("reduce_prod_f32"),
    traced<&rt::reduce_max_f32>("reduce_max_f32"),
    traced<&rt::reduce_min_f32>("reduce_min_f32"),
    traced<&rt::reduce_max_s8>("reduce_max_s8"),
    traced<&rt::reduce_min_s8>("reduce_min_s8"),
    traced<&rt::reduce_max_s16>("reduce_max_s16"),
    traced<&rt::reduce_min_s16>("reduce_min_s16"),
    traced<&rt::reduce_any_u8>("reduce_any_u8"),
    traced<&rt::reduce_all_u8>("reduce_all_u8"),
    traced<&rt::reduce_sum_s8>("reduce_sum_s8"),
    traced<&rt::reduce_sum_s16>("reduce_sum_s16"),
    traced<&rt::reduce_prod_s8>("reduce_prod_s8"),
    traced<&rt::reduce_prod_s16>("reduce_prod_s16"),
    traced<&rt::softmax_s8>("softmax_s8"),
    traced<&rt::softmax_untabled_s8>("softmax_untabled_s8"),
    traced<&rt::softmax_s8_s16>("softmax_s8_s16"),
    traced<&rt::softmax_s16>("softmax_s16"),
    traced<&rt::softmax_f32>("softmax_f32"),
    traced<&rt::tanh_s16>("tanh_s16"),
    traced<&rt::tanh_f32>("tanh_f32"),
    traced<&rt::piecewise_s16>("piecewise_s16"),
    traced<&rt::rsqrt_s16>("rsqrt_s16"),
    traced<&rt::sqrt_s16>("sqrt_s16"),
    traced<&rt::clamp_f32>("clamp_f32"),
    traced<&rt::leaky_relu_f32>("leaky_relu_f32"),
    traced<&rt::hard_swish_f32>("hard_swish_f32"),
    traced<&rt::elu_f32>("elu_f32"),
    traced<&rt::gelu_f32>("gelu_f32"),
    traced<&rt::gelu_tanh_f32>("gelu_tanh_f32"),
    traced<&rt::abs_f32>("abs_f32"),
    traced<&rt::abs_s32>("abs_s32"),
    traced<&rt::neg_f32>("neg_f32"),
    traced<&rt::neg_s32>("neg_s32"),
    traced<&rt::square_f32>("square_f32"),
    traced<&rt::sqrt_f32>("sqrt_f32"),
    traced<&rt::rsqrt_f32>("rsqrt_f32"),
    traced<&rt::exp_f32>("exp_f32"),
    traced<&rt::log_f32>("log_f32"),
    traced<&rt::sin_f32>("sin_f32"),
    traced<&rt::cos_f32>("cos_f32"),
    traced<&rt::floor_f32>("floor_f32"),
    traced<&rt::ceil_f32>("ceil_f32"),
    traced<&rt::round_f32>("round_f32"),
};
// clang-format on

}  // namespace

const Kernel* traced_kernel(std::string_view name) {
  for (const Kernel& kernel : kTraced)
    if (kernel.name == name) return &kernel;
  return nullptr;
}

}  // namespace mote::testing
