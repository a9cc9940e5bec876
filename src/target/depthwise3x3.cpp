#include "target/depthwise3x3.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "mote/rt/depthwise3x3.h"
#include "mote/rt/depthwise_conv2d.h"
#include "target/depthwise_lines.h"
#include "target/short_requantization.h"

namespace mote {

namespace {

/// The host runs one twin for all shifts.
constexpr Kernel kKernel =
    walking(describe_kernel<&rt::depthwise3x3_s8<1>>("depthwise3x3_s8", "Depthwise3x3", "depthwise3x3"),
            kDepthwiseLinePairs<rt::Depthwise3x3>);
constexpr Kernel kBytesKernel =
    walking(describe_kernel<&rt::depthwise3x3_bytes_s8<1>>("depthwise3x3_bytes_s8", "Depthwise3x3", "depthwise3x3"),
            kDepthwiseLinePairs<rt::Depthwise3x3>);

/// Shifts to try: one for as many layers as possible, so that they share their code.
constexpr std::array kShifts = {9, 8, 10, 7, 11, 6, 12, 5, 13, 4, 14, 3, 2, 1};
constexpr int32_t kMostScaleBits = 8;  ///< that weights of 8 bits leave in 16
constexpr int32_t kTaps = 9;

/// One channel of the layer.
struct Channel {
  std::array<int32_t, kTaps> weights;  ///< the window line by line
  int32_t bias;                        ///< with the input's zero point inside
  rt::Multiplier factor;

  [[nodiscard]] RequantizedChannel requantized(int32_t scale_bits) const {
    RequantizedChannel result{factor, bias, bias, scale_bits};
    for (const int32_t w : weights) {
      result.low += w > 0 ? -128 * w : 127 * w;
      result.high += w > 0 ? 127 * w : -128 * w;
    }
    return result;
  }
};

/// What is packed for one channel.
struct PackedChannel {
  int32_t scale_bits = 0;
  ShortForm form;
};

std::optional<PackedChannel> pack(const Channel& channel, int32_t zero_point, int32_t shift, int32_t bits) {
  if (const auto form = short_form(channel.requantized(bits), zero_point, shift, ShortKind::kPlain))
    return PackedChannel{bits, *form};
  return std::nullopt;
}

/// Least bits of scale for which the shift leaves a multiplier.
int32_t least_bits(const Channel& channel, int32_t shift) {
  return std::max(shift + 1 + channel.factor.shift, 0);
}

/// Every channel with one shift, each with a scale of its own; empty if there is none for all.
std::vector<PackedChannel> pack(std::span<const Channel> channels, int32_t zero_point, int32_t shift) {
  std::vector<PackedChannel> result;
  for (const Channel& channel : channels) {
    std::optional<PackedChannel> packed;
    for (int32_t bits = least_bits(channel, shift); bits <= kMostScaleBits && !packed; ++bits)
      packed = pack(channel, zero_point, shift, bits);
    if (!packed) return {};
    result.push_back(*packed);
  }
  return result;
}

/// Every channel with one shift and one scale.
std::vector<PackedChannel> pack_alike(std::span<const Channel> channels, int32_t zero_point, int32_t shift) {
  int32_t least = 0;
  for (const Channel& channel : channels) least = std::max(least, least_bits(channel, shift));
  for (int32_t bits = least; bits <= kMostScaleBits; ++bits) {
    std::vector<PackedChannel> result;
    for (const Channel& channel : channels) {
      const auto packed = pack(channel, zero_point, shift, bits);
      if (!packed) break;
      result.push_back(*packed);
    }
    if (result.size() == channels.size()) return result;
  }
  return {};
}

bool fits(const rt::WindowAxis& axis) {
  return axis.kernel == 3 && axis.dilation == 1 && axis.padding <= 2;
}

bool fits(const rt::WindowAxis& along, const rt::WindowAxis& across) {
  return fits(along) && fits(across) && along.stride == across.stride && along.stride <= 2;
}

/// Instructions for one channel, about: two lines of inputs at a time, and the lines of outputs these are enough for.
int64_t cost(const rt::WindowAxis& along, const rt::WindowAxis& across) {
  const int64_t pairs = across.stride == 1 ? across.output / 2 : 0;
  const int64_t single = across.output - 2 * pairs;
  return pairs * (30 + int64_t{26} * along.output) + single * (30 + int64_t{17} * along.output) +
         (pairs + single + 1) * (15 + int64_t{5} * along.input);
}

template <class T>
std::span<const T> elements(const Lowered& lowered, const Operand& operand) {
  const Constant& constant = lowered.constants[static_cast<size_t>(operand.index)];
  return {reinterpret_cast<const T*>(constant.bytes.data()), constant.bytes.size() / sizeof(T)};
}

/// `down`: lines run down the image, along its rows.
rt::Depthwise3x3 parameters_of(const rt::DepthwiseConv2dInteger& p, bool down, int32_t shift) {
  const rt::DepthwiseShape& s = p.shape;
  const int32_t pixel = s.input_channels;
  const int32_t input_row = s.columns.input * pixel, output_row = s.columns.output * pixel;
  if (down)
    return {s.batches, s.rows, s.columns, input_row, pixel, output_row, pixel, pixel, p.input_zero_point, shift, 0};
  return {s.batches, s.columns, s.rows, pixel, input_row, pixel, output_row, pixel, p.input_zero_point, shift, 0};
}

/// Channels whose windows are turned so that their lines run as the kernel's do.
std::vector<Channel> channels_of(const Lowered& lowered, const rt::DepthwiseConv2dInteger& p, bool down) {
  const std::vector<Operand>& operands = lowered.calls[0].operands;
  const auto weights = elements<int8_t>(lowered, operands[1]);
  const auto bias = elements<int32_t>(lowered, operands[2]);
  const auto factors = elements<int32_t>(lowered, operands[3]);
  std::vector<Channel> result;
  for (size_t c = 0; c < bias.size(); ++c) {
    const size_t factor = c * static_cast<size_t>(p.end.factor_stride);
    Channel channel{{}, bias[c], {factors[factor], factors[factor + 1]}};
    for (size_t i = 0; i < 3; ++i)
      for (size_t j = 0; j < 3; ++j) {
        const int32_t w = weights[(down ? j * 3 + i : i * 3 + j) * bias.size() + c];
        channel.weights[i * 3 + j] = w;
        channel.bias -= p.input_zero_point * w;
      }
    result.push_back(channel);
  }
  return result;
}

/// rt::depthwise3x3_s8's constants, or rt::depthwise3x3_bytes_s8's.
std::vector<Constant> constants_of(std::span<const Channel> channels, std::span<const PackedChannel> packed,
                                   bool as_bytes) {
  std::vector<int16_t> weights;
  std::vector<int8_t> bytes;
  std::vector<int32_t> finish;
  for (size_t c = 0; c < channels.size(); ++c) {
    const int32_t scale = 1 << packed[c].scale_bits;
    for (size_t tap = 0; tap < 3; ++tap) {
      const auto weight = [&](size_t line) { return channels[c].weights[3 * line + tap]; };
      for (const size_t line : {0u, 1u, 2u}) bytes.push_back(static_cast<int8_t>(weight(line)));
      for (const size_t line : {0u, 1u, 1u, 2u}) weights.push_back(static_cast<int16_t>(weight(line) * scale));
    }
    const ShortForm& form = packed[c].form;
    finish.insert(finish.end(), {channels[c].bias * scale + form.bias, form.multiplier, form.addend});
  }
  return {as_bytes ? Constant::of<int8_t>("weights", DType::kInt8, bytes)
                   : Constant::of<int16_t>("weights", DType::kInt16, weights),
          Constant::of<int32_t>("finish", DType::kInt32, finish)};
}

/// A layer with such windows.
struct Layer {
  rt::DepthwiseConv2dInteger parameters;
  bool down;  ///< its lines run down the image
  std::vector<Channel> channels;
};

std::optional<Layer> layer_of(const Lowered& lowered) {
  if (lowered.calls.size() != 1 || lowered.calls[0].kernel->name != "depthwise_conv2d_s8") return std::nullopt;
  const KernelCall& call = lowered.calls[0];
  for (const size_t operand : {1u, 2u, 3u})
    if (call.operands[operand].kind != Operand::Kind::kConstant) return std::nullopt;
  const auto& p = *static_cast<const rt::DepthwiseConv2dInteger*>(call.parameters.get());
  const rt::DepthwiseShape& shape = p.shape;
  if (shape.multiplier != 1 || !fits(shape.rows, shape.columns)) return std::nullopt;
  if (p.end.stage.low > -128 || p.end.stage.high < 127) return std::nullopt;
  const bool down = cost(shape.rows, shape.columns) < cost(shape.columns, shape.rows);
  return Layer{p, down, channels_of(lowered, p, down)};
}

Lowered depthwise_call(const Lowered& lowered, const Kernel& kernel, const rt::Depthwise3x3& parameters,
                       std::vector<Constant> constants, int32_t scratch) {
  const std::vector<Operand>& old = lowered.calls[0].operands;
  Lowered result;
  result.constants = std::move(constants);
  result.scratch.push_back(static_cast<size_t>(scratch));
  result.calls.push_back(KernelCall::make(
      kernel, parameters, {old.front(), Operand::constant(0), Operand::constant(1), Operand::scratch(0), old.back()}));
  return result;
}

}  // namespace

std::optional<Lowered> depthwise3x3(const Lowered& lowered, const Target& target) {
  const bool has_dsp =
      target.instruction_set == InstructionSet::kArmv7EM || target.instruction_set == InstructionSet::kHelium;
  if (!has_dsp) return std::nullopt;
  const auto layer = layer_of(lowered);
  if (!layer) return std::nullopt;
  const bool as_bytes = target.optimize != Optimize::kSpeed;
  const int32_t zero_point = layer->parameters.end.stage.zero_point;
  for (const int32_t shift : kShifts) {
    const std::vector<PackedChannel> packed =
        as_bytes ? pack_alike(layer->channels, zero_point, shift) : pack(layer->channels, zero_point, shift);
    if (packed.empty()) continue;
    rt::Depthwise3x3 parameters = parameters_of(layer->parameters, layer->down, shift);
    parameters.weight_bits = as_bytes ? packed[0].scale_bits : 0;
    const int32_t words = rt::depthwise3x3::lines_words(parameters.along, parameters.channels) +
                          (as_bytes ? rt::depthwise3x3::ByteWeights::kRoomWords : 0);
    Lowered result = depthwise_call(lowered, as_bytes ? kBytesKernel : kKernel, parameters,
                                    constants_of(layer->channels, packed, as_bytes), 4 * words);
    result.calls.back().template_arguments = fmt::format("<{}>", shift);
    return result;
  }
  return std::nullopt;
}

}  // namespace mote
