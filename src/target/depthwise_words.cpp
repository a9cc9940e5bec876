#include "target/depthwise_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "mote/rt/depthwise_conv2d.h"
#include "mote/rt/depthwise_words.h"
#include "target/depthwise_lines.h"
#include "target/int8_layer.h"

namespace mote {

namespace {

/// The host runs one twin of each kind: the numbers that are template arguments are parameters, too.
constexpr Kernel kKernels[2] = {walking(describe_kernel<&rt::depthwise_words_s8<1, 1, false>>(
                                            "depthwise_words_s8", "DepthwiseWords", "depthwise_words"),
                                        kDepthwiseLines<rt::DepthwiseWords>),
                                walking(describe_kernel<&rt::depthwise_words_s8<1, 1, true>>(
                                            "depthwise_words_s8", "DepthwiseWords", "depthwise_words"),
                                        kDepthwiseLines<rt::DepthwiseWords>)};

constexpr int32_t kMostScaleBits = 8;  ///< that weights of 8 bits leave in 16
/// Zeros between dilated taps are multiplied, too.
constexpr int32_t kMostDilation = 4;
constexpr int32_t kMostMultiplier = 8;

/// A filter's short form and what its weights are scaled by for it.
struct Requantization {
  ShortForm form;
  int32_t shift = 0, scale_bits = 0;
};

/// The more bits of scale the more exact; a plain form is enough where outputs begin at the zero point.
std::optional<Requantization> requantization_of(RequantizedChannel channel, int32_t zero_point) {
  const ShortKind kind = zero_point == -128 ? ShortKind::kPlain : ShortKind::kStepped;
  for (int32_t bits = kMostScaleBits; bits >= 0; --bits) {
    channel.scale_bits = bits;
    const int32_t shift = std::clamp(bits - channel.factor.shift - 1, 0, kLargestShift);
    if (const auto form = short_form(channel, zero_point, shift, kind)) return Requantization{*form, shift, bits};
  }
  return std::nullopt;
}

/// The layer's filters, each a depth of its own. `down`: lines run down the image, along its rows.
struct Filters {
  std::vector<int8_t> weights;
  std::vector<int32_t> finish;
  bool stepped = false;
};

std::optional<Filters> filters_of(const Int8Layer& layer, const rt::DepthwiseConv2dInteger& p, bool down) {
  const rt::DepthwiseShape& s = p.shape;
  const int32_t along = down ? s.rows.kernel : s.columns.kernel, across = down ? s.columns.kernel : s.rows.kernel;
  Filters result;
  for (int32_t o = 0; o < layer.outputs; ++o) {
    const auto weight = [&](int32_t y, int32_t x) {
      const int32_t tap = down ? x * s.columns.kernel + y : y * s.columns.kernel + x;
      return layer.weights[static_cast<size_t>(tap) * static_cast<size_t>(layer.outputs) + static_cast<size_t>(o)];
    };
    const auto index = static_cast<size_t>(o), factor = index * static_cast<size_t>(layer.factor_stride);
    RequantizedChannel channel{{layer.factors[factor], layer.factors[factor + 1]}, layer.bias[index], 0, 0};
    for (int32_t y = 0; y < across; ++y)
      for (int32_t x = 0; x < along; ++x) channel.low -= int64_t{p.input_zero_point} * weight(y, x);
    const int64_t bias = channel.high = channel.low;
    for (int32_t y = 0; y < across; ++y)
      for (int32_t x = 0; x < along; ++x) {
        channel.low -= std::max(128 * weight(y, x), -127 * weight(y, x));
        channel.high += std::max(127 * weight(y, x), -128 * weight(y, x));
      }
    const auto found = requantization_of(channel, layer.output_zero_point);
    if (!found) return std::nullopt;
    const ShortForm& form = found->form;
    const int32_t log2_step = form.step == 0 ? -1 : std::countr_zero(static_cast<uint32_t>(form.step));
    for (const int32_t head : {found->shift, found->scale_bits, log2_step})
      result.weights.push_back(static_cast<int8_t>(head));
    for (int32_t y = 0; y < across; ++y)
      for (int32_t x = 0; x < along; ++x) result.weights.push_back(weight(y, x));
    const int64_t start = bias * (int64_t{1} << found->scale_bits) + form.bias;
    result.finish.insert(result.finish.end(), {static_cast<int32_t>(start), form.multiplier, form.addend});
    result.stepped = result.stepped || form.step != 0;
  }
  return result;
}

/// The kernel's parameters with lines down the image or along it.
rt::DepthwiseWords parameters_of(const rt::DepthwiseConv2dInteger& p, bool down, const Target& target) {
  const rt::DepthwiseShape& s = p.shape;
  const int32_t pixel = s.input_channels, output = pixel * s.multiplier;
  const int32_t row = s.columns.input * pixel, output_row = s.columns.output * output;
  const rt::WindowAxis& along = down ? s.rows : s.columns;
  const int32_t words = (rt::depthwise_words::span_of(along) + 1) / 2;
  const int32_t segments = (words + rt::depthwise_words::kMostWords - 1) / rt::depthwise_words::kMostWords;
  const int32_t together = target.little_scratch ? 1 : std::min(pixel, rt::depthwise_words::kMostTogether);
  return {s.batches,
          along,
          down ? s.columns : s.rows,
          down ? row : pixel,
          down ? pixel : row,
          down ? output_row : output,
          down ? output : output_row,
          pixel,
          s.multiplier,
          together,
          segments,
          (words + segments - 1) / segments,
          p.input_zero_point};
}

/// Instructions of one filter, about.
int64_t cost(const rt::DepthwiseWords& p) {
  const bool fours = p.along.stride <= 2 && p.along.output >= 4;
  const int64_t blocks = fours ? (p.along.output + 3) / 4 : (p.along.output + 1) / 2;
  const int64_t segments = int64_t{p.across.kernel} * p.segments;
  const int64_t block = fours ? 43 + segments * (8 + 6 * p.words) : 30 + segments * (6 + 4 * p.words);
  return p.across.output * (60 + 2 * segments + blocks * block) + p.across.input * (int64_t{15} + 2 * p.along.input);
}

bool fits(const rt::WindowAxis& axis) {
  return axis.dilation <= kMostDilation;
}

}  // namespace

std::optional<Lowered> depthwise_words(const Lowered& lowered, const Target& target) {
  if (target.instruction_set != InstructionSet::kArmv7EM) return std::nullopt;
  const auto layer = layer_of<rt::DepthwiseConv2dInteger>(lowered, "depthwise_conv2d_s8");
  if (!layer) return std::nullopt;
  const auto& p = *static_cast<const rt::DepthwiseConv2dInteger*>(lowered.calls[0].parameters.get());
  if (p.shape.input_channels == 1 || p.shape.multiplier > kMostMultiplier) return std::nullopt;
  if (!fits(p.shape.rows) || !fits(p.shape.columns)) return std::nullopt;
  if (p.end.stage.low > -128 || p.end.stage.high < 127) return std::nullopt;
  const rt::DepthwiseWords right = parameters_of(p, false, target), across = parameters_of(p, true, target);
  const bool down = cost(across) < cost(right);
  auto filters = filters_of(*layer, p, down);
  if (!filters) return std::nullopt;
  const rt::DepthwiseWords& parameters = down ? across : right;
  const std::vector<Operand>& old = lowered.calls[0].operands;
  Lowered result;
  result.constants = {Constant::of<int8_t>("weights", DType::kInt8, filters->weights),
                      Constant::of<int32_t>("finish", DType::kInt32, filters->finish)};
  result.scratch.push_back(static_cast<size_t>(rt::depthwise_words::scratch_bytes(parameters)));
  result.calls.push_back(
      KernelCall::make(kKernels[filters->stepped ? 1 : 0], parameters,
                       {old.front(), Operand::constant(0), Operand::constant(1), Operand::scratch(0), old.back()}));
  result.calls.back().template_arguments =
      fmt::format("<{}, {}, {}>", parameters.words, parameters.along.stride, filters->stepped);
  return result;
}

}  // namespace mote
