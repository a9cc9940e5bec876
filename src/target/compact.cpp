#include "target/compact.h"

#include <array>
#include <limits>

#include "mote/rt/compact.h"
#include "mote/rt/depthwise_conv2d.h"
#include "target/int8_layer.h"
#include "target/walks.h"

namespace mote {

namespace {

constexpr int32_t kBlock = 4;  ///< channels, and inputs of a dense layer
/// Bytes of weights with what padding adds, in hundredths.
constexpr int64_t kMostWeightPct = 130;

walks::Windows windows_of(const void* parameters) {
  const rt::CompactShape& p = static_cast<const rt::Compact*>(parameters)->shape;
  return {p.batches, p.rows, p.columns, p.input_channels, p.output_channels, 1};
}

constexpr Access kDenseAccess{[](const void* parameters, size_t, const StepVisitor& visit) {
                                walks::windows_together(windows_of(parameters), 1, visit);
                              },
                              &kWindowRows<rt::Compact>};
/// Groups of channels pass over the image one after the other, but a channel meets only itself where input and output
/// lie whole pixels apart.
constexpr Access kDepthwiseAccess{
    [](const void* parameters, size_t, const StepVisitor& visit) { walks::rows_once(windows_of(parameters), visit); },
    &kWindowRows<rt::Compact>, nullptr,
    [](const void* parameters) { return int64_t{static_cast<const rt::Compact*>(parameters)->shape.input_channels}; }};

constexpr Kernel kConv2d =
    walking(describe_kernel<&rt::conv2d_compact>("conv2d_compact", "Compact", "compact"), kDenseAccess);
constexpr Kernel kDepthwise =
    walking(describe_kernel<&rt::depthwise_compact>("depthwise_compact", "Compact", "compact"), kDepthwiseAccess);

template <class T>
bool fits(int64_t value) {
  return value >= 0 && value <= std::numeric_limits<T>::max();
}

std::optional<rt::CompactAxis> compact_axis(const rt::WindowAxis& axis) {
  rt::CompactAxis result{};
  result = axis;
  const rt::WindowAxis back = result;
  const bool same = back.input == axis.input && back.output == axis.output && back.kernel == axis.kernel &&
                    back.stride == axis.stride && back.dilation == axis.dilation && back.padding == axis.padding;
  return same ? std::optional(result) : std::nullopt;
}

std::optional<rt::Compact> compact_of(const rt::ConvShape& shape, int32_t input_zero_point,
                                      const rt::OutputStage& stage) {
  const auto rows = compact_axis(shape.rows), columns = compact_axis(shape.columns);
  const int64_t depth = int64_t{shape.rows.kernel} * shape.columns.kernel * shape.input_channels;
  if (!rows || !columns || !fits<uint16_t>(shape.batches) || !fits<uint16_t>(depth) ||
      !fits<uint16_t>(shape.output_channels) || stage.low > -128 || stage.high < 127)
    return std::nullopt;
  return rt::Compact{{static_cast<uint16_t>(shape.batches), *rows, *columns,
                      static_cast<uint16_t>(shape.input_channels), static_cast<uint16_t>(shape.output_channels)},
                     static_cast<int16_t>(1 + 2 * stage.zero_point),
                     static_cast<int8_t>(input_zero_point)};
}

/// Writes the stream of rt::Compact, four channels after four; nothing if something does not fit. Where there is no
/// channel or input stands 0.
class Packer {
 public:
  explicit Packer(const Int8Layer& layer) : layer_(layer) {}

  std::optional<std::vector<int32_t>> dense() {
    for (int32_t first = 0; first < layer_.outputs; first += kBlock) {
      const auto channels = block(first, kOddBits);
      for (size_t c = 0; c < channels.size(); c += 2) {
        word(channels[c].bias);
        word((channels[c + 1].bias << kOddBits) + channels[c].bias);
      }
      for (size_t place = 0; place < layer_.order.size(); place += 2)
        for (int32_t c = first; c < first + kBlock; c += 2) word(pair(c, place) | pair(c, place + 1) << 16);
      ends(channels);
    }
    return fits_ ? std::optional(std::move(words_)) : std::nullopt;
  }

  std::optional<std::vector<int32_t>> depthwise() {
    for (int32_t first = 0; first < layer_.outputs; first += kBlock) {
      const auto channels = block(first, 1);
      for (const Channel& channel : channels) word(channel.bias);
      for (size_t place = 0; place < layer_.order.size(); ++place) {
        uint32_t weights = 0;
        for (int32_t c = 0; c < kBlock; ++c)
          weights |= static_cast<uint32_t>(static_cast<uint8_t>(weight(first + c, place))) << (8 * c);
        word(weights);
      }
      ends(channels);
    }
    return fits_ ? std::optional(std::move(words_)) : std::nullopt;
  }

 private:
  /// Bits that an odd channel's sum stands higher than an even one's; all of them are doubled at the end.
  static constexpr int32_t kOddBits = 8;

  struct Channel {
    uint32_t bias = 0;
    rt::Multiplier factor{0, -1};
  };
  using Block = std::array<Channel, kBlock>;

  Block block(int32_t first, int32_t odd_bits) {
    Block result;
    for (int32_t c = 0; c < kBlock && first + c < layer_.outputs; ++c)
      result[static_cast<size_t>(c)] = channel(first + c, c % 2 == 0 ? 1 : odd_bits);
    return result;
  }

  /// `bits` that its sum must have to spare. One that no input can change is a constant: its distance from the zero
  /// point, times 1.
  Channel channel(int32_t output, int32_t bits) {
    const RequantizedChannel from = channel_of(layer_, output);
    if (from.low == from.high) {
      const int32_t steps = rt::multiply(static_cast<int32_t>(from.low), from.factor);
      const int32_t zero_point = layer_.output_zero_point;
      const int32_t distance = rt::clamp(steps, -128 - zero_point, 127 - zero_point);
      return {static_cast<uint32_t>(4 * distance), {1 << 30, -1}};
    }
    const int64_t most = int64_t{1} << (31 - bits);
    fits_ = fits_ && from.factor.shift < 0 && from.low >= -most && from.high < most;
    return {static_cast<uint32_t>(layer_.bias[static_cast<size_t>(output)]), from.factor};
  }

  [[nodiscard]] int32_t weight(int32_t output, size_t place) const {
    const int32_t input = layer_.order[place];
    return output < layer_.outputs && input >= 0 ? layer_.filter(output)[static_cast<size_t>(input)] : 0;
  }
  uint32_t pair(int32_t even, size_t place) {
    const int32_t both = 256 * weight(even + 1, place) + weight(even, place);
    fits_ = fits_ && both >= std::numeric_limits<int16_t>::min();
    return static_cast<uint16_t>(both);
  }

  void word(uint32_t value) { words_.push_back(static_cast<int32_t>(value)); }
  void ends(const Block& channels) {
    for (const Channel& channel : channels) {
      words_.push_back(channel.factor.multiplier);
      words_.push_back(-1 - channel.factor.shift);
    }
  }

  const Int8Layer& layer_;
  std::vector<int32_t> words_;
  bool fits_ = true;
};

Lowered compact_call(const Lowered& lowered, const Kernel& kernel, const rt::Compact& parameters,
                     const std::vector<int32_t>& stream, int32_t scratch) {
  const std::vector<Operand>& old = lowered.calls[0].operands;
  Lowered result;
  result.constants.push_back(Constant::of<int32_t>("weights", DType::kInt32, stream));
  result.scratch.push_back(static_cast<size_t>(scratch));
  result.calls.push_back(
      KernelCall::make(kernel, parameters, {old.front(), Operand::constant(0), Operand::scratch(0), old.back()}));
  return result;
}

bool wants_compact(const Target& target) {
  return target.instruction_set == InstructionSet::kArmv7EM && target.optimize == Optimize::kSize;
}

std::optional<Lowered> dense_call(const Lowered& lowered, Int8Layer layer,
                                  const std::optional<rt::Compact>& parameters) {
  layer.order.resize((layer.order.size() + 3) / kBlock * kBlock, -1);
  const int64_t padded = static_cast<int64_t>(layer.order.size()) * ((layer.outputs + 3) / kBlock * kBlock);
  if (!parameters || padded * 100 > kMostWeightPct * layer.outputs * layer.depth) return std::nullopt;
  if (parameters->shape.input_channels % kBlock == 0)
    for (size_t i = 0; i < layer.order.size(); i += kBlock) std::swap(layer.order[i + 1], layer.order[i + 2]);
  const auto stream = Packer(layer).dense();
  if (!stream) return std::nullopt;
  return compact_call(lowered, kConv2d, *parameters, *stream, static_cast<int32_t>(2 * layer.order.size()));
}

}  // namespace

std::optional<Lowered> compact_conv2d(const Lowered& lowered, const Target& target) {
  if (!wants_compact(target)) return std::nullopt;
  auto layer = layer_of<rt::Conv2dInteger>(lowered, "conv2d_s8");
  if (!layer) return std::nullopt;
  const auto& p = *static_cast<const rt::Conv2dInteger*>(lowered.calls[0].parameters.get());
  if (p.shape.filter_channels != p.shape.input_channels) return std::nullopt;
  return dense_call(lowered, *std::move(layer), compact_of(p.shape, p.input_zero_point, p.end.stage));
}

std::optional<Lowered> compact_fully_connected(const Lowered& lowered, const Target& target) {
  if (!wants_compact(target)) return std::nullopt;
  auto layer = layer_of<rt::FullyConnectedInteger>(lowered, "fully_connected_s8");
  if (!layer) return std::nullopt;
  const auto& p = *static_cast<const rt::FullyConnectedInteger*>(lowered.calls[0].parameters.get());
  constexpr rt::WindowAxis kOne{1, 1, 1, 1, 1, 0};
  const rt::ConvShape shape{p.shape.batches, kOne, kOne, p.shape.depth, p.shape.depth, p.shape.outputs};
  return dense_call(lowered, *std::move(layer), compact_of(shape, p.input_zero_point, p.end.stage));
}

std::optional<Lowered> compact_depthwise(const Lowered& lowered, const Target& target) {
  if (!wants_compact(target)) return std::nullopt;
  auto layer = layer_of<rt::DepthwiseConv2dInteger>(lowered, "depthwise_conv2d_s8");
  if (!layer || layer->outputs % kBlock != 0) return std::nullopt;
  const auto& p = *static_cast<const rt::DepthwiseConv2dInteger*>(lowered.calls[0].parameters.get());
  const rt::WindowAxis &rows = p.shape.rows, &columns = p.shape.columns;
  if (p.shape.batches > 1 || p.shape.multiplier != 1 || rows.kernel != 3 || rows.dilation > 1 || columns.dilation > 1 ||
      columns.padding >= columns.kernel)
    return std::nullopt;
  const rt::ConvShape shape{1, rows, columns, layer->outputs, 1, layer->outputs};
  const auto parameters = compact_of(shape, p.input_zero_point, p.end.stage);
  if (!parameters) return std::nullopt;
  const Filters filters = filters_of(*layer, p.input_zero_point);
  layer->weights = filters.weights;
  layer->bias = filters.bias;
  layer->order.clear();
  for (int32_t column = 0; column < columns.kernel; ++column)
    for (int32_t row = 0; row < rows.kernel; ++row) layer->order.push_back(row * columns.kernel + column);
  const auto stream = Packer(*layer).depthwise();
  if (!stream) return std::nullopt;
  return compact_call(lowered, kDepthwise, *parameters, *stream, 4 * rt::compact_rows_words(parameters->shape));
}

}  // namespace mote
