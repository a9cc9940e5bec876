#include "target/held_row.h"

#include <fmt/format.h>

#include "mote/rt/held_row.h"
#include "target/int8_layer.h"
#include "target/walks.h"

namespace mote {

namespace {

constexpr Access kRowAccess{[](const void* parameters, size_t, const StepVisitor& visit) {
  const rt::MatrixShape& shape = static_cast<const rt::HeldRow*>(parameters)->shape;
  walks::rows_together(shape.batches, 1, shape.depth, shape.outputs, visit);
}};
/// The host runs one twin for all shapes and shifts.
constexpr Kernel kFullyConnected[2] = {walking(describe_kernel<&rt::fully_connected_held<1, 1, true, 0, false>>(
                                                   "fully_connected_held", "HeldRow", "held_row"),
                                               kRowAccess),
                                       walking(describe_kernel<&rt::fully_connected_held<1, 1, true, 0, true>>(
                                                   "fully_connected_held", "HeldRow", "held_row"),
                                               kRowAccess)};

/// Weights are 256 times what they are, so that forms find more numbers to choose from.
constexpr int32_t kScaleBits = 8;
/// What a layer's weights may take more than a byte each.
constexpr int64_t kMostMoreBytes = 400;

/// Outputs a round: as many as divide all and keep the round's code short.
int32_t unrolling_of(int32_t outputs, int32_t words) {
  constexpr int32_t kMostInstructions = 56, kBesidesWeights = 6;
  int32_t unroll = std::max(kMostInstructions / (kBesidesWeights + words), 1);
  while (outputs % unroll != 0) --unroll;
  return unroll;
}

/// The stream that mote/rt/held_row.h describes.
std::vector<int32_t> stream_of(const Int8Layer& layer, const rt::MatrixShape& shape, const ShortForms& forms,
                               bool stepped) {
  std::vector<int32_t> words;
  for (int32_t o = 0; o < layer.outputs; ++o) {
    const ShortForm& form = forms.channels[static_cast<size_t>(o)];
    const auto half = [&, filter = layer.filter(o)](int32_t k) {
      return static_cast<uint32_t>(k < layer.depth ? filter[static_cast<size_t>(k)] << kScaleBits : 0) & 0xFFFF;
    };
    words.push_back(layer.bias[static_cast<size_t>(o)] * (1 << kScaleBits) + form.bias);
    for (int32_t word = 0; word < rt::held_words(shape); ++word) {
      const int32_t first = word / 2 * 4 + word % 2;
      words.push_back(static_cast<int32_t>(half(first) | half(first + 2) << 16));
    }
    words.insert(words.end(), {form.multiplier, form.addend});
    if (stepped) words.push_back(form.step);
  }
  return words;
}

}  // namespace

std::optional<Lowered> held_fully_connected(const Lowered& lowered, const Target& target) {
  if (target.instruction_set != InstructionSet::kArmv7EM || target.optimize != Optimize::kSpeed) return std::nullopt;
  const auto layer = layer_of<rt::FullyConnectedInteger>(lowered, "fully_connected_s8");
  if (!layer) return std::nullopt;
  const auto& p = *static_cast<const rt::FullyConnectedInteger*>(lowered.calls[0].parameters.get());
  const int32_t words = rt::held_words(p.shape);
  if (words > rt::kMostHeldWords || (p.shape.batches > 1 && p.shape.depth % 4 != 0)) return std::nullopt;
  if (int64_t{layer->outputs} * (4 * words - layer->depth) > kMostMoreBytes) return std::nullopt;
  std::vector<RequantizedChannel> channels;
  for (int32_t o = 0; o < layer->outputs; ++o) {
    channels.push_back(channel_of(*layer, o));
    channels.back().scale_bits = kScaleBits;
  }
  auto forms = short_forms(channels, layer->output_zero_point, ShortKind::kPlain);
  const bool stepped = !forms;
  if (stepped) forms = short_forms(channels, layer->output_zero_point, ShortKind::kStepped);
  if (!forms) return std::nullopt;
  const int32_t shift = forms->shift + kScaleBits;
  const int32_t unroll = unrolling_of(layer->outputs, words);
  Lowered result;
  result.constants.push_back(
      Constant::of<int32_t>("weights", DType::kInt32, stream_of(*layer, p.shape, *forms, stepped)));
  const std::vector<Operand>& old = lowered.calls[0].operands;
  KernelCall call =
      KernelCall::make(kFullyConnected[stepped ? 1 : 0], rt::HeldRow{p.shape, shift, p.end.stage.low, p.end.stage.high},
                       {old.front(), Operand::constant(0), old.back()});
  call.template_arguments =
      fmt::format("<{}, {}, {}, {}, {}>", words, unroll, unroll != layer->outputs, shift, stepped);
  result.calls.push_back(std::move(call));
  return result;
}

}  // namespace mote
