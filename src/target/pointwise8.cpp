#include "target/pointwise8.h"

#include <fmt/format.h>

#include "mote/rt/pointwise8.h"
#include "target/conv_shapes.h"
#include "target/int8_layer.h"
#include "target/walks.h"

namespace mote {

namespace {

constexpr Access kAccess{[](const void* parameters, size_t, const StepVisitor& visit) {
                           const auto& shape = static_cast<const rt::Pointwise8*>(parameters)->shape;
                           walks::rows_together(shape.batches, 1, shape.depth, shape.outputs, visit);
                         },
                         &kPixelRows<rt::Pointwise8>};
/// The host runs one twin for all shifts.
constexpr Kernel kKernel =
    walking(describe_kernel<&rt::pointwise8_s8<1>>("pointwise8_s8", "Pointwise8", "pointwise8"), kAccess);

constexpr int32_t kMostScaleBits = 8;  ///< that weights of 8 bits leave in 16

/// Forms for weights times 2^scale_bits, at least one bit shifted.
std::optional<ShortForms> forms_of(const Int8Layer& layer, int32_t scale_bits) {
  std::vector<RequantizedChannel> channels;
  for (int32_t o = 0; o < layer.outputs; ++o) {
    channels.push_back(channel_of(layer, o));
    channels.back().scale_bits = scale_bits;
  }
  auto forms = short_forms(channels, layer.output_zero_point, ShortKind::kPlain);
  if (forms) forms->shift += scale_bits;
  return forms && forms->shift > 0 ? forms : std::nullopt;
}

std::vector<int32_t> pack(const Int8Layer& layer, const ShortForms& forms, int32_t scale_bits) {
  std::vector<int32_t> words;
  for (int32_t o = 0; o < layer.outputs; ++o) {
    const auto channel = static_cast<size_t>(o);
    const auto weight = [&](size_t input) { return static_cast<uint32_t>(layer.filter(o)[input] * (1 << scale_bits)); };
    const auto pair = [&](size_t low) { return static_cast<int32_t>((weight(low) & 0xFFFF) | weight(low + 2) << 16); };
    const ShortForm& form = forms.channels[channel];
    words.insert(words.end(), {layer.bias[channel] * (1 << scale_bits) + form.bias, pair(0), pair(1), pair(4), pair(5),
                               form.multiplier, form.addend});
  }
  return words;
}

}  // namespace

std::optional<Lowered> pointwise8(const Lowered& lowered, const Target& target) {
  using namespace rt::pointwise8;
  if (target.instruction_set != InstructionSet::kArmv7EM || target.optimize != Optimize::kSpeed) return std::nullopt;
  const auto layer = layer_of<rt::Conv2dInteger>(lowered, "conv2d_s8");
  if (!layer) return std::nullopt;
  const auto& p = *static_cast<const rt::Conv2dInteger*>(lowered.calls[0].parameters.get());
  if (!has_windows_of_a_pixel(p.shape) || p.shape.input_channels != kDepth || p.shape.filter_channels != kDepth ||
      p.shape.output_channels % kChannelsARound != 0 || p.end.stage.low > -128 || p.end.stage.high < 127)
    return std::nullopt;
  for (int32_t bits = 0; bits <= kMostScaleBits; ++bits) {
    const auto forms = forms_of(*layer, bits);
    if (!forms) continue;
    const int32_t pixels = p.shape.batches * p.shape.rows.output * p.shape.columns.output;
    const std::vector<Operand>& old = lowered.calls[0].operands;
    Lowered result;
    result.constants.push_back(Constant::of<int32_t>("channels", DType::kInt32, pack(*layer, *forms, bits)));
    result.calls.push_back(KernelCall::make(kKernel,
                                            rt::Pointwise8{{pixels, kDepth, p.shape.output_channels}, forms->shift},
                                            {old.front(), Operand::constant(0), old.back()}));
    result.calls.back().template_arguments = fmt::format("<{}>", forms->shift);
    return result;
  }
  return std::nullopt;
}

}  // namespace mote
