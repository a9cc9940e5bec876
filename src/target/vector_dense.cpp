#include "target/vector_dense.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "mote/rt/vector_strips.h"
#include "target/conv_shapes.h"
#include "target/int8_layer.h"
#include "target/walks.h"

namespace mote {

namespace {

constexpr int32_t kTailIsArgument = -1;
constexpr int32_t kStep = 16;  ///< products of one channel in one instruction
/// Bytes that whole blocks may add to a layer's weights: this many hundredths, or these few.
constexpr int64_t kMostWeightPct = 130, kFewBytes = 48, kFewBytesForSpeed = 512;
/// Channels have 16 bits as a distance.
constexpr int32_t kMostChannels = 1 << 15;

/// Inputs are read once more for each block of channels: of `outputs` of a pixel so many stand when the last block
/// reads.
int64_t before_the_last_block(int64_t outputs, int64_t block) {
  return (outputs - 1) / block * block;
}
/// Those of two pixels, which are written together, when the last block reads.
int64_t of_both(int64_t outputs) {
  const int64_t standing = before_the_last_block(outputs, 4);
  return standing > 0 ? outputs + standing : 0;
}

template <int32_t kBlock>
void matrix_steps(const void* parameters, size_t, const StepVisitor& visit) {
  const rt::MatrixShape& shape = static_cast<const rt::VectorMatrix*>(parameters)->shape;
  const int64_t standing = before_the_last_block(shape.outputs, kBlock);
  walks::rows_together(shape.batches, 1, shape.depth, shape.outputs, [&](const AccessStep& step) {
    visit({step.first, step.end, step.written + standing});
  });
}
void pixel_steps(const void* parameters, size_t, const StepVisitor& visit) {
  const rt::MatrixShape& shape = static_cast<const rt::VectorMatrix*>(parameters)->shape;
  for (int64_t pixel = 0; pixel < shape.batches; pixel += 2) {
    const bool pair = pixel + 1 < shape.batches;
    visit({pixel * shape.depth, (pixel + (pair ? 2 : 1)) * shape.depth,
           pixel * shape.outputs + (pair ? of_both(shape.outputs) : before_the_last_block(shape.outputs, 4))});
  }
}

/// The inputs of a window that exist, none of which is read before `written` outputs stand.
void visit_copied(const rt::ConvShape& p, int64_t index, int64_t written, const StepVisitor& visit) {
  const int64_t image_pixels = int64_t{p.rows.output} * p.columns.output;
  const auto in_image = static_cast<int32_t>(index % image_pixels);
  const rt::Taps rows = rt::taps_of(p.rows, in_image / p.columns.output);
  const rt::Taps columns = rt::taps_of(p.columns, in_image % p.columns.output);
  if (rows.first >= rows.last || columns.first >= columns.last) return;
  const auto place = [&](int64_t row_tap, int64_t column_tap) {
    const int64_t row = index / image_pixels * p.rows.input + rows.start + row_tap * p.rows.dilation;
    return (row * p.columns.input + columns.start + column_tap * p.columns.dilation) * p.input_channels;
  };
  visit({place(rows.first, columns.first), place(rows.last - 1, columns.last - 1) + p.input_channels, written});
}
/// Windows inside the input are read where they lie; the others are copied before the outputs of their pair are
/// written.
void window_steps(const void* parameters, size_t, const StepVisitor& visit) {
  const rt::ConvShape& p = static_cast<const rt::VectorConv2d*>(parameters)->shape;
  const int64_t step = int64_t{p.columns.stride} * p.input_channels;
  const int64_t window = (int64_t{p.rows.kernel - 1} * p.rows.dilation * p.columns.input + p.columns.kernel) *  //
                         p.input_channels;
  rt::for_pairs(
      p, int64_t{0}, int64_t{0},
      [&](int64_t first, int32_t pairs, int64_t output) {
        for (int32_t i = 0; i < pairs; ++i, first += 2 * step, output += int64_t{2} * p.output_channels)
          visit({first, first + step + window, output + of_both(p.output_channels)});
      },
      [&](int64_t index, int32_t pixels, int64_t output) {
        for (int32_t i = 0; i < pixels; ++i) visit_copied(p, index + i, output, visit);
      });
}
void copied_steps(const void* parameters, size_t, const StepVisitor& visit) {
  walks::window_pairs(walks::windows_of(static_cast<const rt::VectorConv2d*>(parameters)->shape), visit);
}

/// All rows of the windows of one or two lines of outputs, before these are written.
void strip_steps(const void* parameters, size_t, const StepVisitor& visit) {
  const rt::ConvShape& p = static_cast<const rt::VectorConv2d*>(parameters)->shape;
  const int64_t line = int64_t{p.columns.input} * p.input_channels;
  const int64_t outputs = int64_t{p.columns.output} * p.output_channels;
  for (int64_t batch = 0; batch < p.batches; ++batch)
    for (int32_t y = 0; y < p.rows.output; ++y) {
      const rt::Taps rows = rt::taps_of(p.rows, y);
      if (rows.first >= rows.last) continue;
      const auto row = [&](int64_t tap) { return batch * p.rows.input + rows.start + tap * p.rows.dilation; };
      const int64_t written = (batch * p.rows.output + y / rt::strips::lines(p) * rt::strips::lines(p)) * outputs;
      visit({row(rows.first) * line, (row(rows.last - 1) + 1) * line, written});
    }
}

constexpr Access kWindowAccess{window_steps, &kWindowRows<rt::VectorConv2d>};
constexpr Access kCopiedAccess{copied_steps, &kWindowRows<rt::VectorConv2d>};
constexpr Access kStripAccess{strip_steps, &kWindowRows<rt::VectorConv2d>};
constexpr Access kPointwiseAccess{pixel_steps, &kPixelRows<rt::VectorMatrix>};

/// The host runs one twin for all unrollings.
template <auto Function>
constexpr Kernel twin(std::string_view name, std::string_view parameters, const Access& access,
                      std::string_view header = "vector_dense") {
  return walking(describe_kernel<Function>(name, parameters, header), access);
}
constexpr Kernel kConv2d =
    twin<&rt::vector_conv2d<0, 1, -1, true, true>>("vector_conv2d", "VectorConv2d", kWindowAccess);
constexpr Kernel kConv2dCopied =
    twin<&rt::vector_conv2d_copied<0, 1, -1, true, true>>("vector_conv2d_copied", "VectorConv2d", kCopiedAccess);
constexpr Kernel kConv2dStrips = twin<&rt::vector_conv2d_strips<0, 1, -1, true, true>>(
    "vector_conv2d_strips", "VectorConv2d", kStripAccess, "vector_strips");
constexpr Kernel kPointwise =
    twin<&rt::vector_pointwise<0, 1, -1, true, true>>("vector_pointwise", "VectorMatrix", kPointwiseAccess);
constexpr Access kMatrixAccess4{matrix_steps<4>}, kMatrixAccess8{matrix_steps<8>};
constexpr Kernel kFullyConnected4 = twin<&rt::vector_fully_connected_4<0, 1, -1, true, true>>(
    "vector_fully_connected_4", "VectorMatrix", kMatrixAccess4);
constexpr Kernel kFullyConnected8 = twin<&rt::vector_fully_connected_8<0, 1, -1, true, true>>(
    "vector_fully_connected_8", "VectorMatrix", kMatrixAccess8);

/// What an output's inputs are: `count` runs of `bytes` that lie together.
struct Runs {
  int32_t count, bytes;

  [[nodiscard]] int32_t steps() const { return bytes / kStep; }
  [[nodiscard]] int32_t tail() const { return bytes % kStep; }
  /// Steps with the rests, each of which takes as long as one.
  [[nodiscard]] int32_t all_steps() const { return count * (steps() + (tail() > 0 ? 1 : 0)); }
};

/// Template arguments kRuns, kSteps, kTail, and what code that asks is told.
struct Unrolling {
  int32_t runs, steps, tail;
  int32_t rounds, rest;
};

/// All steps in a row where code is worth it, else rounds of as many as divide them.
Unrolling unrolling_of(const Runs& runs, Optimize optimize) {
  constexpr int32_t kMostWrittenOut = 12, kMostOfARound = 8, kMostShared = 4;
  const bool fast = optimize == Optimize::kSpeed;
  if (fast && runs.all_steps() <= kMostWrittenOut) return {runs.count, runs.steps(), runs.tail(), 0, 0};
  int32_t steps = optimize == Optimize::kSize ? 1 : fast ? kMostOfARound : kMostShared;
  while (runs.steps() % steps != 0) --steps;
  return {0, steps, fast && runs.steps() > 0 ? runs.tail() : kTailIsArgument, runs.steps() / steps, runs.tail()};
}

/// Weights run by run in steps, then bias, multiplier and shift of each block.
std::vector<int32_t> pack(const Int8Layer& layer, const Runs& runs, int32_t block) {
  std::vector<int8_t> bytes;
  for (int32_t first = 0; first < layer.outputs; first += block) {
    std::vector<int32_t> channels;
    for (int32_t c = 0; c < block; ++c) channels.push_back(first + (block == 4 ? c : c % 4 * 2 + c / 4));
    const auto present = [&](int32_t channel) { return channel < layer.outputs; };
    const auto input = [&](int32_t i) { return static_cast<size_t>(layer.order[static_cast<size_t>(i)]); };
    for (int32_t run = 0; run < runs.count; ++run)
      for (int32_t at = 0; at < runs.bytes; at += kStep)
        for (const int32_t channel : channels)
          for (int32_t i = at; i < std::min(at + kStep, runs.bytes); ++i)
            bytes.push_back(present(channel) ? layer.filter(channel)[input(run * runs.bytes + i)] : 0);
    for (int32_t word = 0; word < 3; ++word)
      for (const int32_t channel : channels) {
        const auto c = static_cast<size_t>(channel);
        const size_t factor = c * static_cast<size_t>(layer.factor_stride);
        const int32_t value = !present(channel) ? 0 : word == 0 ? layer.bias[c] : layer.factors[factor + (word - 1u)];
        for (size_t i = 0; i < sizeof value; ++i)
          bytes.push_back(static_cast<int8_t>(static_cast<uint32_t>(value) >> (8 * i) & 0xFF));
      }
  }
  std::vector<int32_t> words(bytes.size() / sizeof(int32_t));
  std::memcpy(words.data(), bytes.data(), bytes.size());
  return words;
}

bool shifts_right(const Int8Layer& layer) {
  for (int32_t o = 0; o < layer.outputs; ++o)
    if (layer.factors[static_cast<size_t>(o * layer.factor_stride) + 1] > 0) return false;
  return true;
}

bool is_worth_its_bytes(const Int8Layer& layer, int32_t block, Optimize optimize) {
  const int64_t bytes = int64_t{layer.outputs} * layer.depth;
  const int64_t padded = int64_t{(layer.outputs + block - 1) / block * block} * layer.depth;
  return padded * 100 <= kMostWeightPct * bytes ||
         padded - bytes <= (optimize == Optimize::kSpeed ? kFewBytesForSpeed : kFewBytes);
}

/// The node with its call exchanged for one of `kernel`. `Parameters` takes shape, zero point and runs.
template <class Parameters, class Shape>
std::optional<Lowered> vector_call(const Lowered& lowered, const Int8Layer& layer, const Kernel& kernel,
                                   const Shape& shape, int32_t zero_point, const rt::OutputStage& stage,
                                   const Runs& runs, int32_t block, size_t scratch, const Target& target) {
  if (layer.outputs >= kMostChannels || !shifts_right(layer)) return std::nullopt;
  if (!is_worth_its_bytes(layer, block, target.optimize)) return std::nullopt;
  const Unrolling u = unrolling_of(runs, target.optimize);
  const bool least_code = target.optimize == Optimize::kSize;
  const bool ties = least_code || stage.low < stage.zero_point;
  const bool part = least_code || layer.outputs % block != 0;
  const std::vector<Operand>& old = lowered.calls[0].operands;
  const Parameters parameters{shape, zero_point, {runs.bytes, u.rounds, u.rest, layer.outputs, stage}};
  std::vector<Operand> operands{old.front(), Operand::constant(0), old.back()};
  Lowered result;
  result.constants.push_back(Constant::of<int32_t>("weights", DType::kInt32, pack(layer, runs, block)));
  if (scratch > 0) {
    result.scratch.push_back(scratch);
    operands.insert(operands.end() - 1, Operand::scratch(0));
  }
  KernelCall call = KernelCall::make(kernel, parameters, std::move(operands));
  call.template_arguments = fmt::format("<{}, {}, {}, {}, {}>", u.runs, u.steps, u.tail, ties, part);
  result.calls.push_back(std::move(call));
  return result;
}

std::optional<Lowered> as_matrix(const Lowered& lowered, const Int8Layer& layer, int32_t batches,
                                 const rt::OutputStage& stage, const Target& target) {
  constexpr int32_t kFour = 9, kEight = 17;  // instructions of a step
  const bool four = (layer.outputs + 3) / 4 * kFour < (layer.outputs + 7) / 8 * kEight;
  return vector_call<rt::VectorMatrix>(lowered, layer, four ? kFullyConnected4 : kFullyConnected8,
                                       rt::MatrixShape{batches, layer.depth, layer.outputs}, 0, stage, {1, layer.depth},
                                       four ? 4 : 8, 0, target);
}

/// How windows become runs, and about how many instructions a line of outputs takes.
struct Way {
  const Kernel* kernel;
  Runs runs;
  size_t scratch;
  int64_t cost;
};

/// Windows are read where they lie, copied, or made from strips.
Way way_of(const rt::ConvShape& shape, Optimize optimize) {
  constexpr int32_t kInstructionsOfAStep = 14, kInstructionsOfACopiedRow = 60, kInstructionsOfAStripsRow = 40;
  constexpr int32_t kMostPlace = 255, kInstructionsOfSpreading = 5;
  const int32_t rows = shape.rows.kernel, run = shape.columns.kernel * shape.input_channels;
  const int64_t pairs = (int64_t{shape.columns.output} + 1) / 2, blocks = (int64_t{shape.output_channels} + 3) / 4;
  const auto way = [&](const Kernel& kernel, const Runs& runs, size_t scratch, int64_t more) {
    return Way{&kernel, runs, scratch, pairs * blocks * kInstructionsOfAStep * runs.all_steps() + more};
  };
  const Runs one{1, rows * run};
  const auto copies = static_cast<size_t>(rt::vector_conv2d_scratch_bytes(shape));
  Way best = way(kConv2dCopied, one, copies, pairs * rows * kInstructionsOfACopiedRow);
  const auto offer = [&](const Way& other) {
    if (other.cost <= best.cost) best = other;
  };
  if (rows <= rt::VectorPanel::kMostRuns && (shape.columns.kernel == 1 || shape.columns.dilation == 1))
    offer(way(kConv2d, {rows, run}, copies, 0));
  if (optimize == Optimize::kSpeed && shape.columns.dilation == 1 && shape.input_channels <= kStep &&
      rt::strips::place(shape, kStep - 1) <= kMostPlace &&
      int64_t{shape.columns.output} * shape.output_channels < kMostChannels) {
    const int64_t steps = shape.columns.input / rt::strips::columns_at_a_time(shape) + 1;
    offer(way(kConv2dStrips, one, static_cast<size_t>(rt::strips::scratch_bytes(shape)),
              rows * (kInstructionsOfAStripsRow + steps * kInstructionsOfSpreading)));
  }
  return best;
}

/// Of a filter whose inputs lie row by row: which stands where if they lie column by column.
std::vector<int32_t> column_by_column(const rt::ConvShape& shape) {
  std::vector<int32_t> order;
  for (int32_t column = 0; column < shape.columns.kernel; ++column)
    for (int32_t row = 0; row < shape.rows.kernel; ++row)
      for (int32_t channel = 0; channel < shape.input_channels; ++channel)
        order.push_back((row * shape.columns.kernel + column) * shape.input_channels + channel);
  return order;
}

}  // namespace

std::optional<Lowered> vector_conv2d(const Lowered& lowered, const Target& target) {
  if (target.instruction_set != InstructionSet::kHelium) return std::nullopt;
  auto layer = layer_of<rt::Conv2dInteger>(lowered, "conv2d_s8");
  if (!layer) return std::nullopt;
  const auto& p = *static_cast<const rt::Conv2dInteger*>(lowered.calls[0].parameters.get());
  const rt::ConvShape& shape = p.shape;
  if (shape.filter_channels != shape.input_channels) return std::nullopt;
  if (is_one_window(shape)) return as_matrix(lowered, *layer, shape.batches, p.end.stage, target);
  if (has_windows_of_a_pixel(shape)) {
    const rt::MatrixShape pixels{shape.batches * shape.rows.output * shape.columns.output, shape.input_channels,
                                 shape.output_channels};
    return vector_call<rt::VectorMatrix>(lowered, *layer, kPointwise, pixels, 0, p.end.stage, {1, layer->depth}, 4, 0,
                                         target);
  }
  const Way way = way_of(shape, target.optimize);
  if (way.kernel == &kConv2dStrips) layer->order = column_by_column(shape);
  return vector_call<rt::VectorConv2d>(lowered, *layer, *way.kernel, shape, p.input_zero_point, p.end.stage, way.runs,
                                       4, way.scratch, target);
}

std::optional<Lowered> vector_fully_connected(const Lowered& lowered, const Target& target) {
  if (target.instruction_set != InstructionSet::kHelium) return std::nullopt;
  const auto layer = layer_of<rt::FullyConnectedInteger>(lowered, "fully_connected_s8");
  if (!layer) return std::nullopt;
  const auto& p = *static_cast<const rt::FullyConnectedInteger*>(lowered.calls[0].parameters.get());
  return as_matrix(lowered, *layer, p.shape.batches, p.end.stage, target);
}

}  // namespace mote
