#include "target/quads.h"

#include <fmt/format.h>

#include "mote/rt/quads.h"
#include "target/int8_layer.h"
#include "target/narrow_requantization.h"
#include "target/walks.h"

namespace mote {

namespace {

constexpr Access kAccess{[](const void* parameters, size_t, const StepVisitor& visit) {
                           const auto& shape = static_cast<const rt::QuadConv2d*>(parameters)->shape;
                           walks::windows_together(walks::windows_of(shape), rt::kQuadPixels, visit);
                         },
                         &kWindowRows<rt::QuadConv2d>};
constexpr Kernel kConv2d[2] = {
    walking(describe_kernel<&rt::conv2d_quads<false>>("conv2d_quads", "QuadConv2d", "quads"), kAccess),
    walking(describe_kernel<&rt::conv2d_quads<true>>("conv2d_quads", "QuadConv2d", "quads"), kAccess)};

/// Bytes of weights that padding may add, in hundredths.
constexpr int64_t kMostWeightPct = 130;

/// Whether the sums of two products fit 16 bits.
bool pairs_fit(const Int8Layer& layer) {
  for (int32_t o = 0; o < layer.outputs; ++o) {
    const auto filter = layer.filter(o);
    for (size_t i = 1; i < filter.size(); i += 2)
      if (filter[i - 1] == -128 && filter[i] == -128) return false;
  }
  return true;
}

/// Writes the stream that mote/rt/quad_panel.h describes.
class Packer {
 public:
  Packer(const Int8Layer& layer, const NarrowForms& forms) : layer_(layer), forms_(forms) {}

  void block(int32_t first) {
    const int32_t end = std::min(first + rt::kQuadChannels, layer_.outputs);
    for (int32_t o = first; o < end; ++o) numbers(o);
    for (int32_t k = 0; k < layer_.depth; k += 2)
      for (int32_t o = first; o < first + rt::kQuadChannels; o += 2)
        words.push_back(static_cast<int32_t>(pair(o, k) | pair(o + 1, k) << 16));
  }

  std::vector<int32_t> words;

 private:
  void numbers(int32_t output) {
    const NarrowChannel& channel = forms_.channels[static_cast<size_t>(output)];
    const auto bias = static_cast<uint32_t>(layer_.bias[static_cast<size_t>(output)]);
    const rt::NarrowForm& form = channel.form;
    std::vector<uint32_t> all = {bias + static_cast<uint32_t>(channel.offset), form.addend, form.limit, form.low,
                                 form.high};
    if (forms_.stepped) all.insert(all.end(), {form.pivot, form.step});
    for (const uint32_t number : all) words.push_back(static_cast<int32_t>(number));
  }
  [[nodiscard]] uint32_t weight(int32_t output, int32_t k) const {
    if (output >= layer_.outputs || k >= layer_.depth) return 0;
    return static_cast<uint8_t>(layer_.filter(output)[static_cast<size_t>(k)]);
  }
  [[nodiscard]] uint32_t pair(int32_t output, int32_t k) const {
    return weight(output, k) | weight(output, k + 1) << 8;
  }

  const Int8Layer& layer_;
  const NarrowForms& forms_;
};

}  // namespace

bool runs_quads(const Target& target) {
  const InstructionSet set = target.instruction_set;
  return target.optimize == Optimize::kSpeed &&
         (set == InstructionSet::kArmv6M || set == InstructionSet::kArmv7M || set == InstructionSet::kRv32);
}

std::optional<Lowered> quad_conv2d(const Lowered& lowered, const Target& target) {
  if (!runs_quads(target)) return std::nullopt;
  const auto layer = layer_of<rt::Conv2dInteger>(lowered, "conv2d_s8");
  if (!layer || !pairs_fit(*layer)) return std::nullopt;
  const auto& p = *static_cast<const rt::Conv2dInteger*>(lowered.calls[0].parameters.get());
  if (p.shape.filter_channels != p.shape.input_channels) return std::nullopt;
  if (p.shape.batches * p.shape.rows.output * p.shape.columns.output < rt::kQuadPixels - 1) return std::nullopt;
  const int32_t pairs = (layer->depth + 1) / 2;
  const int32_t blocks = (layer->outputs + rt::kQuadChannels - 1) / rt::kQuadChannels;
  if (int64_t{2} * pairs * blocks * rt::kQuadChannels * 100 > kMostWeightPct * layer->outputs * layer->depth)
    return std::nullopt;
  std::vector<RequantizedChannel> channels;
  for (int32_t o = 0; o < layer->outputs; ++o) channels.push_back(channel_of(*layer, o));
  const auto forms = narrow_forms(channels, layer->output_zero_point);
  if (!forms) return std::nullopt;
  Packer packer(*layer, *forms);
  for (int32_t first = 0; first < layer->outputs; first += rt::kQuadChannels) packer.block(first);

  const std::vector<Operand>& old = lowered.calls[0].operands;
  Lowered result;
  result.constants.push_back(Constant::of<int32_t>("weights", DType::kInt32, packer.words));
  result.scratch.push_back(static_cast<size_t>(rt::conv2d_quads_scratch_bytes(p.shape, pairs)));
  const int32_t block_words = rt::kQuadChannels * rt::quad_numbers(forms->stepped) + pairs * rt::kQuadPairBytes / 4;
  const rt::QuadConv2d parameters{
      p.shape, p.input_zero_point, {pairs, block_words, forms->shift, p.end.stage.low, p.end.stage.high}};
  KernelCall call = KernelCall::make(kConv2d[forms->stepped ? 1 : 0], parameters,
                                     {old.front(), Operand::constant(0), Operand::scratch(0), old.back()});
  call.template_arguments = fmt::format("<{}>", forms->stepped);
  result.calls.push_back(std::move(call));
  return result;
}

}  // namespace mote
