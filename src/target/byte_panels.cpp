#include "target/byte_panels.h"

#include "mote/rt/byte_layers.h"
#include "mote/rt/depthwise_conv2d.h"
#include "target/byte_requantization.h"
#include "target/int8_layer.h"
#include "target/walks.h"

namespace mote {

namespace {

constexpr int32_t kTogether = 2;  ///< channels, and pixels

/// The inputs of so many pixels, once more for each two channels, before whose outputs those of the channels before
/// them stand. `share`: how many channels have one input; 0: all have all.
void visit_pixels(const AccessStep& inputs, int32_t pixels, int32_t channels, int32_t share, const StepVisitor& visit) {
  for (int32_t c = 0; c < channels; c += kTogether) {
    const int64_t standing = c > 0 ? int64_t{pixels - 1} * channels + c : 0;
    const int32_t last = std::min(c + kTogether, channels) - 1;
    const int32_t before = share > 0 ? c / share : 0, behind = share > 0 ? (channels - 1) / share - last / share : 0;
    visit({inputs.first + before, inputs.end - behind, inputs.written + standing});
  }
}

template <bool kDepthwise>
void window_steps(const void* parameters, size_t, const StepVisitor& visit) {
  const rt::ConvShape& p = static_cast<const rt::ByteConv2d*>(parameters)->shape;
  const rt::WholeWindows whole_rows(p.rows), whole_columns(p.columns);
  int64_t index = 0;
  for (int32_t batch = 0; batch < p.batches; ++batch)
    for (int32_t y = 0; y < p.rows.output; ++y)
      for (int32_t x = 0, pixels = 0; x < p.columns.output; x += pixels, index += pixels) {
        const bool whole = rt::has_whole_runs(p) && whole_rows.holds(y) && whole_columns.holds(x);
        pixels = whole ? std::min(whole_columns.first + whole_columns.count - x, kTogether) : 1;
        const rt::Taps rows = rt::taps_of(p.rows, y), columns = rt::taps_of(p.columns, x);
        if (rows.first >= rows.last || columns.first >= columns.last) continue;
        const auto place = [&](int64_t row_tap, int64_t column_tap) {
          const int64_t row = int64_t{batch} * p.rows.input + rows.start + row_tap * p.rows.dilation;
          return (row * p.columns.input + columns.start + column_tap * p.columns.dilation) * p.input_channels;
        };
        const int64_t end =
            place(rows.last - 1, columns.last - 1) + (1 + (pixels - 1) * p.columns.stride) * p.input_channels;
        const AccessStep window{place(rows.first, columns.first), end, index * p.output_channels};
        if (whole)
          visit_pixels(window, pixels, p.output_channels, kDepthwise ? p.output_channels / p.input_channels : 0, visit);
        else
          visit(window);
      }
}
constexpr Access kConv2dAccess{window_steps<false>, &kWindowRows<rt::ByteConv2d>};
constexpr Access kDepthwiseAccess{window_steps<true>, &kWindowRows<rt::ByteConv2d>};
constexpr Access kMatrixAccess{[](const void* parameters, size_t, const StepVisitor& visit) {
  const rt::MatrixShape& p = static_cast<const rt::ByteMatrix*>(parameters)->shape;
  for (int64_t row = 0; row < p.batches; row += kTogether) {
    const auto pixels = static_cast<int32_t>(std::min<int64_t>(p.batches - row, kTogether));
    visit_pixels({row * p.depth, (row + pixels) * p.depth, row * p.outputs}, pixels, p.outputs, 0, visit);
  }
}};

template <auto Function>
constexpr Kernel kernel(std::string_view name, std::string_view parameters, const Access& access) {
  return walking(describe_kernel<Function>(name, parameters, "byte_layers"), access);
}
constexpr Kernel kConv2d = kernel<&rt::conv2d_bytes>("conv2d_bytes", "ByteConv2d", kConv2dAccess);
constexpr Kernel kDepthwise = kernel<&rt::depthwise_bytes>("depthwise_bytes", "ByteConv2d", kDepthwiseAccess);
constexpr Kernel kFullyConnected =
    kernel<&rt::fully_connected_bytes>("fully_connected_bytes", "ByteMatrix", kMatrixAccess);

void append(uint32_t number, int32_t bytes, std::vector<uint8_t>& stream) {
  for (int32_t i = 0; i < bytes; ++i) stream.push_back(static_cast<uint8_t>(number >> (8 * i)));
}

void append(const rt::ByteForm& form, std::vector<uint8_t>& stream) {
  append((form.is_small ? rt::kByteFormIsSmall : 0u) | (form.is_stepped ? rt::kByteFormIsStepped : 0u), 1, stream);
  append(form.multiplier, 4, stream);
  append(form.addend, 4, stream);
  if (!form.is_stepped) return;
  append(form.pivot, 3, stream);
  append(form.step, 4, stream);
}

/// The stream that mote/rt/byte_panel.h describes. None if a channel has no form.
std::optional<std::vector<uint8_t>> byte_stream(const Int8Layer& layer) {
  std::vector<RequantizedChannel> channels;
  for (int32_t o = 0; o < layer.outputs; ++o) channels.push_back(channel_of(layer, o));
  auto forms = byte_forms(channels, layer.output_zero_point);
  if (!forms) return std::nullopt;
  forms->resize(static_cast<size_t>((layer.outputs + 1) / kTogether * kTogether), {-1, true, {}});
  std::vector<uint8_t> stream;
  for (int32_t first = 0; first < layer.outputs; first += kTogether) {
    const auto both = [&](const auto& visit) {
      for (int32_t o = first; o < first + kTogether; ++o) visit((*forms)[static_cast<size_t>(o)], o);
    };
    both([&](const ByteChannel& channel, int32_t o) {
      const auto bias = channel.is_constant ? 0 : static_cast<uint32_t>(layer.bias[static_cast<size_t>(o)]);
      append(bias + static_cast<uint32_t>(channel.offset), 3, stream);
    });
    for (size_t k = 0; k < static_cast<size_t>(layer.depth); ++k)
      both([&](const ByteChannel& channel, int32_t o) {
        stream.push_back(channel.is_constant ? 0 : static_cast<uint8_t>(layer.filter(o)[k]));
      });
    both([&](const ByteChannel& channel, int32_t) { append(channel.form, stream); });
  }
  return stream;
}

/// The call of `kernel` in place of the lowered one, if runs and channels are within a panel's counters.
template <class Parameters>
std::optional<Lowered> called(const Kernel& kernel, const Lowered& lowered, const Int8Layer& layer,
                              const Target& target, const Parameters& parameters,
                              std::optional<int32_t> scratch = std::nullopt) {
  if (target.little_scratch && scratch.value_or(0) > 0) return std::nullopt;
  if (parameters.runs.rows > rt::kMostByteRows || layer.outputs > rt::kMostByteChannels) return std::nullopt;
  const auto stream = byte_stream(layer);
  if (!stream) return std::nullopt;
  const std::vector<Operand>& old = lowered.calls[0].operands;
  Lowered result;
  result.constants.push_back(Constant::of<uint8_t>("weights", DType::kUint8, *stream));
  std::vector<Operand> operands = {old.front(), Operand::constant(0)};
  if (scratch) operands.push_back(*scratch > 0 ? Operand::scratch(0) : Operand{});
  if (scratch.value_or(0) > 0) result.scratch.push_back(static_cast<size_t>(*scratch));
  operands.push_back(old.back());
  result.calls.push_back(KernelCall::make(kernel, parameters, std::move(operands)));
  return result;
}

/// A row of inputs as equal runs, each as long as a panel can take them; 0 if there are none.
int32_t runs_of(int32_t depth) {
  for (int32_t rows = 1; rows <= rt::kMostByteRows; ++rows)
    if (depth % rows == 0 && depth / rows <= rt::kMostByteRun) return rows;
  return 0;
}

}  // namespace

std::optional<Lowered> byte_conv2d(const Lowered& lowered, const Target& target) {
  if (target.instruction_set != InstructionSet::kAvr) return std::nullopt;
  const auto layer = layer_of<rt::Conv2dInteger>(lowered, "conv2d_s8");
  if (!layer) return std::nullopt;
  const auto& p = *static_cast<const rt::Conv2dInteger*>(lowered.calls[0].parameters.get());
  if (p.shape.filter_channels != p.shape.input_channels) return std::nullopt;
  const rt::ByteRuns runs{p.shape.rows.kernel, p.shape.columns.kernel * p.shape.input_channels, p.end.stage.low,
                          p.end.stage.high};
  if (runs.run > rt::kMostByteRun) return std::nullopt;
  return called(kConv2d, lowered, *layer, target, rt::ByteConv2d{p.shape, p.input_zero_point, runs},
                rt::conv2d_bytes_scratch_bytes(p.shape));
}

std::optional<Lowered> byte_depthwise(const Lowered& lowered, const Target& target) {
  if (target.instruction_set != InstructionSet::kAvr) return std::nullopt;
  auto layer = layer_of<rt::DepthwiseConv2dInteger>(lowered, "depthwise_conv2d_s8");
  if (!layer) return std::nullopt;
  const auto& p = *static_cast<const rt::DepthwiseConv2dInteger*>(lowered.calls[0].parameters.get());
  if (p.shape.multiplier > 2 || p.shape.input_channels == 1) return std::nullopt;
  const rt::ByteRuns runs{p.shape.rows.kernel, p.shape.columns.kernel, p.end.stage.low, p.end.stage.high};
  if (runs.run > rt::kMostByteTaps) return std::nullopt;
  const Filters filters = filters_of(*layer, p.input_zero_point);
  layer->weights = filters.weights;
  layer->bias = filters.bias;
  const rt::ConvShape shape{p.shape.batches,
                            p.shape.rows,
                            p.shape.columns,
                            p.shape.input_channels,
                            1,
                            p.shape.input_channels * p.shape.multiplier};
  return called(kDepthwise, lowered, *layer, target, rt::ByteConv2d{shape, p.input_zero_point, runs},
                rt::conv2d_bytes_scratch_bytes(shape));
}

std::optional<Lowered> byte_fully_connected(const Lowered& lowered, const Target& target) {
  if (target.instruction_set != InstructionSet::kAvr) return std::nullopt;
  const auto layer = layer_of<rt::FullyConnectedInteger>(lowered, "fully_connected_s8");
  if (!layer) return std::nullopt;
  const auto& p = *static_cast<const rt::FullyConnectedInteger*>(lowered.calls[0].parameters.get());
  const int32_t rows = runs_of(p.shape.depth);
  if (rows == 0) return std::nullopt;
  const rt::ByteRuns runs{rows, p.shape.depth / rows, p.end.stage.low, p.end.stage.high};
  return called(kFullyConnected, lowered, *layer, target, rt::ByteMatrix{p.shape, p.input_zero_point, runs});
}

}  // namespace mote
