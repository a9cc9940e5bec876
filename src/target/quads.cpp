#include "target/quads.h"

#include <fmt/format.h>

#include <array>

#include "mote/rt/dot_rows.h"
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

constexpr Access kRowAccess{[](const void* parameters, size_t, const StepVisitor& visit) {
  const rt::MatrixShape& shape = static_cast<const rt::WordRows*>(parameters)->shape;
  walks::rows_together(shape.batches, 1, shape.depth, shape.outputs, visit);
}};
constexpr Kernel kFullyConnected[2] = {
    walking(describe_kernel<&rt::fully_connected_words<false>>("fully_connected_words", "WordRows", "word_rows"),
            kRowAccess),
    walking(describe_kernel<&rt::fully_connected_words<true>>("fully_connected_words", "WordRows", "word_rows"),
            kRowAccess)};

constexpr Kernel kDots[2] = {
    walking(describe_kernel<&rt::fully_connected_dots<false>>("fully_connected_dots", "WordRows", "dot_rows"),
            kRowAccess),
    walking(describe_kernel<&rt::fully_connected_dots<true>>("fully_connected_dots", "WordRows", "dot_rows"),
            kRowAccess)};

/// Bytes of weights with padding, in hundredths of those without; or so few more.
constexpr int64_t kMostWeightPct = 130, kFewBytes = 64;

/// Cores with a long multiplication do as well with the portable kernel if products are fewer.
constexpr int64_t kLeastProducts = 64;

/// Dots of four want more code, worth it for so many products, and more scratch.
constexpr int64_t kLeastDotProducts = 1024;
constexpr size_t kMostDotScratch = 4096;

bool pads_little(int64_t padded, int64_t bytes) {
  return padded * 100 <= kMostWeightPct * bytes || padded <= bytes + kFewBytes;
}

/// Whether the sums of two products fit 16 bits.
bool pairs_fit(const Int8Layer& layer) {
  for (int32_t o = 0; o < layer.outputs; ++o) {
    const auto filter = layer.filter(o);
    for (size_t i = 1; i < filter.size(); i += 2)
      if (filter[i - 1] == -128 && filter[i] == -128) return false;
  }
  return true;
}

std::optional<NarrowForms> forms_of(const Int8Layer& layer) {
  std::vector<RequantizedChannel> channels;
  for (int32_t o = 0; o < layer.outputs; ++o) channels.push_back(channel_of(layer, o));
  return narrow_forms(channels, layer.output_zero_point);
}

void append_numbers(const Int8Layer& layer, const NarrowForms& forms, int32_t output, std::vector<int32_t>& words) {
  const auto o = static_cast<size_t>(output);
  append_numbers(forms, o, layer.bias[o], words);
}

/// 0 where there is no such output or input.
int32_t weight_of(const Int8Layer& layer, int32_t output, int32_t k) {
  return output < layer.outputs && k < layer.depth ? layer.filter(output)[static_cast<size_t>(k)] : 0;
}

/// The stream that mote/rt/quad_panel.h describes.
std::vector<int32_t> quad_stream(const Int8Layer& layer, const NarrowForms& forms) {
  const auto pair = [&](int32_t output, int32_t k) {
    const auto byte = [&](int32_t i) { return static_cast<uint32_t>(weight_of(layer, output, k + i)) & 0xFF; };
    return byte(0) | byte(1) << 8;
  };
  std::vector<int32_t> words;
  for (int32_t first = 0; first < layer.outputs; first += rt::kQuadChannels) {
    for (int32_t o = first; o < std::min(first + rt::kQuadChannels, layer.outputs); ++o)
      append_numbers(layer, forms, o, words);
    for (int32_t k = 0; k < layer.depth; k += 2)
      for (int32_t o = first; o < first + rt::kQuadChannels; o += 2)
        words.push_back(static_cast<int32_t>(pair(o, k) | pair(o + 1, k) << 16));
  }
  return words;
}

/// The weights that mote/rt/word_rows.h describes. None if two of them do not fit their halfword, or a sum its bits.
std::optional<std::vector<int16_t>> row_weights(const Int8Layer& layer) {
  constexpr int32_t kTogether = 4;
  constexpr int64_t kMostSum = int64_t{1} << 23;
  std::vector<int16_t> result;
  for (int32_t o = 0; o < layer.outputs; ++o) {
    int64_t sum = 0;
    for (const int32_t w : layer.filter(o)) sum += int64_t{128} * std::abs(w);
    if (sum >= kMostSum) return std::nullopt;
  }
  for (int32_t first = 0; first < layer.outputs; first += kTogether)
    for (int32_t k = 0; k < (layer.depth + 1) / 2 * 2; ++k)
      for (int32_t o = first; o < first + kTogether; o += 2) {
        const int32_t half = 256 * weight_of(layer, o + 1, k) + weight_of(layer, o, k);
        if (half < INT16_MIN) return std::nullopt;
        result.push_back(static_cast<int16_t>(half));
      }
  return result;
}

/// Whether the sum of these products fits 16 bits, whatever the inputs.
bool fits_16_bits(const std::array<int32_t, 4>& weights) {
  int32_t above = 0, below = 0;
  for (const int32_t w : weights) (w > 0 ? above : below) += std::abs(w);
  return 127 * above + 128 * below <= INT16_MAX && 128 * above + 127 * below <= -INT16_MIN;
}

/// The weights that mote/rt/dot_rows.h describes. None if the sum of a group does not fit its bits.
std::optional<std::vector<int32_t>> dot_weights(const Int8Layer& layer, int32_t groups) {
  constexpr int32_t kTogether = 4;
  std::vector<int32_t> result;
  for (int32_t first = 0; first < layer.outputs; first += kTogether)
    for (int32_t group = 0; group < groups; ++group)
      for (int32_t o = first; o < first + kTogether; ++o) {
        std::array<int32_t, 4> weights{};
        uint32_t word = 0;
        for (size_t i = 0; i < weights.size(); ++i) {
          weights[i] = weight_of(layer, o, group + static_cast<int32_t>(i) * groups);
          word |= static_cast<uint32_t>(weights[i] + 128) << (8 * i);
        }
        if (!fits_16_bits(weights)) return std::nullopt;
        result.push_back(static_cast<int32_t>(word));
      }
  return result;
}

/// The call of a variant, whose constants and scratch are in `result`.
Lowered called(Lowered result, const Lowered& lowered, const Kernel* kernels, bool stepped, const auto& parameters) {
  const std::vector<Operand>& old = lowered.calls[0].operands;
  std::vector<Operand> operands = {old.front()};
  for (size_t i = 0; i < result.constants.size(); ++i) operands.push_back(Operand::constant(static_cast<int32_t>(i)));
  operands.insert(operands.end(), {Operand::scratch(0), old.back()});
  KernelCall call = KernelCall::make(kernels[stepped ? 1 : 0], parameters, std::move(operands));
  call.template_arguments = fmt::format("<{}>", stepped);
  result.calls.push_back(std::move(call));
  return result;
}

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
  if (!pads_little(int64_t{2} * pairs * blocks * rt::kQuadChannels, int64_t{layer->outputs} * layer->depth))
    return std::nullopt;
  const auto forms = forms_of(*layer);
  if (!forms) return std::nullopt;
  Lowered result;
  result.constants.push_back(Constant::of<int32_t>("weights", DType::kInt32, quad_stream(*layer, *forms)));
  result.scratch.push_back(static_cast<size_t>(rt::conv2d_quads_scratch_bytes(p.shape, pairs)));
  const int32_t block_words = rt::kQuadChannels * rt::quad_numbers(forms->stepped) + pairs * rt::kQuadPairBytes / 4;
  const rt::QuadConv2d parameters{
      p.shape, p.input_zero_point, {pairs, block_words, forms->shift, p.end.stage.low, p.end.stage.high}};
  return called(std::move(result), lowered, kConv2d, forms->stepped, parameters);
}

std::optional<Lowered> word_fully_connected(const Lowered& lowered, const Target& target) {
  if (!runs_quads(target)) return std::nullopt;
  const auto layer = layer_of<rt::FullyConnectedInteger>(lowered, "fully_connected_s8");
  if (!layer) return std::nullopt;
  const auto& p = *static_cast<const rt::FullyConnectedInteger*>(lowered.calls[0].parameters.get());
  const int64_t products = int64_t{p.shape.batches} * layer->outputs * layer->depth;
  if (target.instruction_set != InstructionSet::kArmv6M && products < kLeastProducts) return std::nullopt;
  const auto forms = forms_of(*layer);
  if (!forms) return std::nullopt;
  const auto pads = [&](size_t bytes) {
    return !pads_little(static_cast<int64_t>(bytes), int64_t{layer->outputs} * layer->depth);
  };
  Lowered result;
  const auto finish = [&](const Kernel* kernels, size_t scratch) {
    std::vector<int32_t> numbers;
    for (int32_t o = 0; o < layer->outputs; ++o) append_numbers(*layer, *forms, o, numbers);
    result.constants.push_back(Constant::of<int32_t>("numbers", DType::kInt32, numbers));
    result.scratch.push_back(scratch);
    const rt::WordRows parameters{p.shape, forms->shift, p.end.stage.low, p.end.stage.high};
    return called(std::move(result), lowered, kernels, forms->stepped, parameters);
  };
  const int32_t groups = rt::dot_row_groups(p.shape);
  const size_t dot_scratch = sizeof(int32_t) * rt::kDotWords * static_cast<size_t>(groups);
  if (products >= kLeastDotProducts && dot_scratch <= kMostDotScratch)
    if (const auto weights = dot_weights(*layer, groups); weights && !pads(sizeof(int32_t) * weights->size())) {
      result.constants.push_back(Constant::of<int32_t>("weights", DType::kInt32, *weights));
      return finish(kDots, dot_scratch);
    }
  const auto weights = row_weights(*layer);
  if (!weights || pads(sizeof(int16_t) * weights->size())) return std::nullopt;
  result.constants.push_back(Constant::of<int16_t>("weights", DType::kInt16, *weights));
  return finish(kFullyConnected, sizeof(int32_t) * static_cast<size_t>(rt::word_row_depth(p.shape)));
}

}  // namespace mote
