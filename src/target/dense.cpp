#include "target/dense.h"

#include <fmt/format.h>

#include "mote/rt/dense.h"
#include "target/conv_shapes.h"
#include "target/dense_weights.h"
#include "target/walks.h"

namespace mote {

namespace {

/// Pixels and channels that a panel takes at a time.
struct Tile {
  int32_t pixels, channels;
};
constexpr Tile kPairs{2, 2}, kTriples{3, 2}, kRow{1, 4};
/// Below so many products a layer's own instructions outweigh what a panel saves.
constexpr int64_t kLeastProducts = 16;
/// Bytes of weights with what padding adds, in hundredths; and what it may add to whole blocks of any layer.
constexpr int64_t kMostWeightPct = 130, kLittlePadding = 48;
constexpr int32_t kShiftIsArgument = -1;
/// What a shift that is an argument costs a block, and how many instructions must be saved for a layer to get code of
/// its own; up to so many groups its code is short, and two layers seldom share it.
constexpr int64_t kShiftCost = 6, kOwnCode = 4096;
constexpr int32_t kShortColumn = 4;

/// A pair of pixels, or one row of a matrix, is read before its outputs are written.
template <int32_t kTogether>
void matrix_steps(const void* parameters, size_t, const StepVisitor& visit) {
  const rt::MatrixShape& shape = static_cast<const rt::DenseFullyConnected*>(parameters)->shape;
  walks::rows_together(shape.batches, kTogether, shape.depth, shape.outputs, visit);
}
template <auto Walk>
void window_steps(const void* parameters, size_t, const StepVisitor& visit) {
  Walk(walks::windows_of(static_cast<const rt::DenseConv2d*>(parameters)->shape), visit);
}

constexpr Access kPairsAccess{window_steps<&walks::window_pairs>, &kWindowRows<rt::DenseConv2d>};
constexpr Access kRowsAccess{window_steps<&walks::rows_once>, &kWindowRows<rt::DenseConv2d>};
constexpr Access kPointwiseAccess{matrix_steps<2>, &kPixelRows<rt::DenseFullyConnected>};
constexpr Access kPointwise3Access{matrix_steps<3>, &kPixelRows<rt::DenseFullyConnected>};
constexpr Access kMatrixAccess{matrix_steps<1>};

/// The host runs one twin of each kind for all unrollings and shifts: its walk does not depend on them.
template <auto Function>
constexpr Kernel twin(std::string_view name, std::string_view parameters, const Access& access) {
  return walking(describe_kernel<Function>(name, parameters, "dense"), access);
}
constexpr Kernel kConv2d[2] = {
    twin<&rt::conv2d_dense<1, true, kShiftIsArgument, false>>("conv2d_dense", "DenseConv2d", kPairsAccess),
    twin<&rt::conv2d_dense<1, true, kShiftIsArgument, true>>("conv2d_dense", "DenseConv2d", kPairsAccess)};
constexpr Kernel kConv2dRows[2] = {
    twin<&rt::conv2d_rows_dense<1, true, kShiftIsArgument, false>>("conv2d_rows_dense", "DenseConv2d", kRowsAccess),
    twin<&rt::conv2d_rows_dense<1, true, kShiftIsArgument, true>>("conv2d_rows_dense", "DenseConv2d", kRowsAccess)};
constexpr Kernel kPointwise[2] = {twin<&rt::pointwise_dense<1, true, kShiftIsArgument, false>>(
                                      "pointwise_dense", "DenseFullyConnected", kPointwiseAccess),
                                  twin<&rt::pointwise_dense<1, true, kShiftIsArgument, true>>(
                                      "pointwise_dense", "DenseFullyConnected", kPointwiseAccess)};
constexpr Kernel kPointwise3[2] = {twin<&rt::pointwise_dense_3<1, true, kShiftIsArgument, false>>(
                                       "pointwise_dense_3", "DenseFullyConnected", kPointwise3Access),
                                   twin<&rt::pointwise_dense_3<1, true, kShiftIsArgument, true>>(
                                       "pointwise_dense_3", "DenseFullyConnected", kPointwise3Access)};
constexpr Kernel kFullyConnected[2] = {twin<&rt::fully_connected_dense<1, true, kShiftIsArgument, false>>(
                                           "fully_connected_dense", "DenseFullyConnected", kMatrixAccess),
                                       twin<&rt::fully_connected_dense<1, true, kShiftIsArgument, true>>(
                                           "fully_connected_dense", "DenseFullyConnected", kMatrixAccess)};

/// How many groups of a column a round of the loop takes.
struct Unrolling {
  int32_t groups = 1;  ///< of the column, a multiple of `unroll`
  int32_t unroll = 1;
};

/// Instructions of a block, by the panels' text: its loop over a column, and its start and end.
int64_t block_cost(const Unrolling& u, const Tile& tile) {
  constexpr int64_t kThreeGroups = 35, kOneGroup = 12, kOneGroupOfTriples = 17, kRound = 3;
  const int64_t rounds = u.groups / u.unroll;
  const int64_t round =
      tile.pixels == 3 ? u.unroll * kOneGroupOfTriples : u.unroll / 3 * kThreeGroups + u.unroll % 3 * kOneGroup;
  return rounds * (round + (rounds > 1 ? kRound : 0)) + (tile.pixels == 3 ? 28 : 22);
}

/// The most groups a round may have. Code spent on few products saves little; blocks of four are twice as long.
int32_t most_unrolled(int64_t products, const Tile& tile, Optimize optimize) {
  constexpr int64_t kFewProducts = 8192;
  if (optimize == Optimize::kSize) return 1;
  if (optimize == Optimize::kBalanced || tile.channels == 4) return 8;
  return products < kFewProducts ? 2 : 18;
}

Unrolling unrolling_of(int32_t groups, int64_t products, const Tile& tile, Optimize optimize) {
  Unrolling best{groups, 1};
  for (int32_t unroll = 2; unroll <= most_unrolled(products, tile, optimize); ++unroll) {
    const Unrolling tried{(groups + unroll - 1) / unroll * unroll, unroll};
    if (optimize == Optimize::kBalanced && tried.groups != groups) continue;
    if (block_cost(tried, tile) < block_cost(best, tile)) best = tried;
  }
  return best;
}

bool runs_dense(const Target& target) {
  return target.instruction_set == InstructionSet::kArmv7EM;
}

/// What a panel for this layer is made of: its weights packed, and how its loop is unrolled.
struct Panel {
  int64_t instructions;  ///< of all its blocks
  DenseStream stream;
  rt::DenseWeights weights;
  std::string template_arguments;
};

std::optional<Panel> panel_of(const Int8Layer& layer, int32_t pixels, const Tile& tile, const rt::OutputStage& stage,
                              const Target& target) {
  const int32_t block = tile.channels;
  const int64_t products = int64_t{pixels} * layer.outputs * layer.depth;
  const Unrolling u = unrolling_of(static_cast<int32_t>((layer.order.size() + 3) / 4), products, tile, target.optimize);
  const int64_t padded = int64_t{4} * u.groups * ((layer.outputs + block - 1) / block * block);
  const int64_t plain = int64_t{layer.outputs} * layer.depth;
  const bool little = target.optimize == Optimize::kSpeed && layer.outputs % block == 0;
  if (padded * 100 > kMostWeightPct * plain && (!little || padded - plain > kLittlePadding)) return std::nullopt;
  auto stream = pack_dense(layer, block, u.groups);
  if (!stream) return std::nullopt;
  const bool own_shift =
      target.optimize == Optimize::kSpeed &&
      ((pixels == 1 && u.groups <= kShortColumn) || products * kShiftCost > kOwnCode * block * layer.depth);
  const int32_t shift = own_shift ? stream->shift : kShiftIsArgument;
  const bool rounds = !own_shift || u.groups != u.unroll;  // code that layers share asks
  const int64_t blocks = int64_t{(pixels + tile.pixels - 1) / tile.pixels} * ((layer.outputs + block - 1) / block);
  return Panel{blocks * block_cost(u, tile),
               *std::move(stream),
               {u.groups, stream->block_words, stream->shift, stage.low, stage.high},
               fmt::format("<{}, {}, {}, {}>", u.unroll, rounds, shift, stream->stepped)};
}

template <class Parameters>
Lowered dense_call(const Lowered& lowered, const Kernel* kernels, const Parameters& parameters, Panel panel,
                   size_t scratch) {
  const std::vector<Operand>& old = lowered.calls[0].operands;
  Lowered result;
  result.constants.push_back(Constant::of<int32_t>("weights", DType::kInt32, panel.stream.words));
  result.scratch.push_back(scratch);
  KernelCall call = KernelCall::make(kernels[panel.stream.stepped ? 1 : 0], parameters,
                                     {old.front(), Operand::constant(0), Operand::scratch(0), old.back()});
  call.template_arguments = std::move(panel.template_arguments);
  result.calls.push_back(std::move(call));
  return result;
}

std::optional<Lowered> as_matrix(const Lowered& lowered, const Int8Layer& layer, int32_t batches,
                                 const rt::OutputStage& stage, const Target& target) {
  if (int64_t{batches} * layer.outputs * layer.depth < kLeastProducts) return std::nullopt;
  auto panel = panel_of(layer, batches, kRow, stage, target);
  if (!panel) return std::nullopt;
  const rt::DenseFullyConnected parameters{{batches, layer.depth, layer.outputs}, 0, panel->weights};
  const auto groups = static_cast<size_t>(panel->weights.groups);
  const size_t scratch = 8 * groups + (layer.depth % 4 != 0 ? 4 * groups : 0);
  return dense_call(lowered, kFullyConnected, parameters, *std::move(panel), scratch);
}

/// Whether a ring of widened rows pays: rows are used more than once, pairs waste few pixels, and it takes no more
/// than the input.
bool prefers_rows(const rt::ConvShape& shape, const Target& target) {
  constexpr int32_t kWideRow = 16;
  const bool pairs = shape.columns.output % 2 == 0 || shape.columns.output >= kWideRow;
  return target.optimize != Optimize::kSize && !target.little_scratch && shape.rows.kernel > 1 &&
         shape.columns.dilation == 1 && shape.input_channels % 4 == 0 && pairs &&
         int64_t{4} * rt::DenseRing(shape).words() <=
             int64_t{shape.rows.input} * shape.columns.input * shape.input_channels;
}

/// The inputs of a window in the order of rt::DenseRuns.
std::vector<int32_t> column_order(const rt::ConvShape& shape) {
  const rt::DenseRuns runs(shape);
  const int32_t bytes = 4 * runs.fours + runs.rest, count = shape.rows.kernel * runs.in_row;
  std::vector<int32_t> order;
  for (int32_t run = 0; run < count; ++run)
    for (int32_t i = 0; i < 4 * runs.fours; ++i) order.push_back(run * bytes + i);
  for (int32_t run = 0; run < count; ++run)
    for (int32_t i = 4 * runs.fours; i < bytes; ++i) order.push_back(run * bytes + i);
  return order;
}

}  // namespace

std::optional<Lowered> dense_conv2d(const Lowered& lowered, const Target& target) {
  if (!runs_dense(target)) return std::nullopt;
  auto layer = layer_of<rt::Conv2dInteger>(lowered, "conv2d_s8");
  if (!layer) return std::nullopt;
  const auto& p = *static_cast<const rt::Conv2dInteger*>(lowered.calls[0].parameters.get());
  if (p.shape.filter_channels != p.shape.input_channels) return std::nullopt;
  if (is_one_window(p.shape)) return as_matrix(lowered, *layer, p.shape.batches, p.end.stage, target);
  layer->order = column_order(p.shape);
  const int32_t pixels = p.shape.batches * p.shape.rows.output * p.shape.columns.output;
  auto panel = panel_of(*layer, pixels, kPairs, p.end.stage, target);
  if (!panel) return std::nullopt;
  if (has_windows_of_a_pixel(p.shape) && p.shape.input_channels % 4 == 0) {
    const bool may_take_triples = target.optimize == Optimize::kSpeed && !target.little_scratch;
    auto triples = may_take_triples ? panel_of(*layer, pixels, kTriples, p.end.stage, target) : std::nullopt;
    const bool takes_triples = triples && triples->instructions < panel->instructions;
    if (takes_triples) panel = std::move(triples);
    const rt::DenseFullyConnected parameters{
        {pixels, p.shape.input_channels, p.shape.output_channels}, 0, panel->weights};
    const size_t scratch = (takes_triples ? 24 : 16) * static_cast<size_t>(panel->weights.groups);
    return dense_call(lowered, takes_triples ? kPointwise3 : kPointwise, parameters, *std::move(panel), scratch);
  }
  if (prefers_rows(p.shape, target)) {
    const auto scratch = static_cast<size_t>(16 * panel->weights.groups + 4 * rt::DenseRing(p.shape).words());
    const rt::DenseConv2d parameters{p.shape, p.input_zero_point, panel->weights};
    return dense_call(lowered, kConv2dRows, parameters, *std::move(panel), scratch);
  }
  const auto scratch = static_cast<size_t>(rt::conv2d_dense_scratch_bytes(p.shape, panel->weights.groups));
  const rt::DenseConv2d parameters{p.shape, p.input_zero_point, panel->weights};
  return dense_call(lowered, kConv2d, parameters, *std::move(panel), scratch);
}

std::optional<Lowered> dense_fully_connected(const Lowered& lowered, const Target& target) {
  if (!runs_dense(target)) return std::nullopt;
  const auto layer = layer_of<rt::FullyConnectedInteger>(lowered, "fully_connected_s8");
  if (!layer) return std::nullopt;
  const auto& p = *static_cast<const rt::FullyConnectedInteger*>(lowered.calls[0].parameters.get());
  return as_matrix(lowered, *layer, p.shape.batches, p.end.stage, target);
}

}  // namespace mote
