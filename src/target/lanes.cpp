#include "target/lanes.h"

#include <algorithm>

#include "mote/rt/arch/avx2.h"
#include "mote/rt/arch/avx512_unweighted.h"
#include "target/lanes_weights.h"

namespace mote {

#if defined(__x86_64__) && defined(__GNUC__)

namespace {

/// The same kernels for every instruction set that has lanes.
struct Kernels {
  std::string_view core;
  Kernel conv2d, fully_connected, depthwise;
  Kernel linear_pair, average_pool, max_pool;
};

template <class Core, class Unweighted>
constexpr Kernels kernels(std::string_view core) {
  return {
      core,
      describe_kernel<&rt::conv2d_lanes<Core>>("conv2d_lanes", "Conv2dInteger", "lanes"),
      describe_kernel<&rt::fully_connected_lanes<Core>>("fully_connected_lanes", "FullyConnectedInteger", "lanes"),
      describe_kernel<&rt::depthwise_lanes<Core>>("depthwise_lanes", "DepthwiseConv2dInteger", "lanes"),
      describe_kernel<&rt::linear_pair_lanes<Unweighted>>("linear_pair_lanes", "LinearPair", "lanes_unweighted"),
      describe_kernel<&rt::average_pool2d_lanes<Unweighted>>("average_pool2d_lanes", "Pool2dS8", "lanes_unweighted"),
      describe_kernel<&rt::max_pool2d_lanes<Unweighted>>("max_pool2d_lanes", "Pool2dS8", "lanes_unweighted")};
}
constexpr Kernels kAvx2 = kernels<rt::Avx2, rt::Avx2>("<Avx2>"),
                  kAvx512 = kernels<rt::Avx512, rt::Avx512Unweighted>("<Avx512>");

/// Null: the target has none.
const Kernels* kernels_of(const Target& target) {
  if (target.instruction_set == InstructionSet::kAvx2) return &kAvx2;
  return target.instruction_set == InstructionSet::kAvx512 ? &kAvx512 : nullptr;
}

template <class Parameters>
const Parameters* parameters_of(const Lowered& lowered, std::string_view kernel) {
  if (lowered.calls.size() != 1 || lowered.calls[0].kernel->name != kernel) return nullptr;
  return static_cast<const Parameters*>(lowered.calls[0].parameters.get());
}

/// The layer with the call's constants; none if the weights, bias or factors are not constant.
std::optional<LanesLayer> layer_of(const Lowered& lowered, const rt::IntegerStage& end) {
  const std::vector<Operand>& operands = lowered.calls[0].operands;
  const auto is_constant = [](const Operand& operand) { return operand.kind == Operand::Kind::kConstant; };
  if (!std::all_of(operands.begin() + 1, operands.begin() + 4, is_constant)) return std::nullopt;
  const auto weights = elements<int8_t>(lowered, operands[1]);
  const auto bias = elements<int32_t>(lowered, operands[2]);
  return LanesLayer{{weights.begin(), weights.end()},
                    {bias.begin(), bias.end()},
                    elements<int32_t>(lowered, operands[3]),
                    end.factor_stride,
                    end.stage};
}

template <class Parameters>
Lowered weighted(const Lowered& lowered, std::string_view core, const Kernel& kernel, const Parameters& parameters,
                 const std::vector<int8_t>& stream, int32_t scratch) {
  const std::vector<Operand>& old = lowered.calls[0].operands;
  Lowered result;
  result.constants.push_back(Constant::of<int8_t>("weights", DType::kInt8, stream));
  if (scratch > 0) result.scratch.push_back(static_cast<size_t>(scratch));
  result.calls.push_back(
      KernelCall::make(kernel, parameters,
                       {old.front(), Operand::constant(0), scratch > 0 ? Operand::scratch(0) : Operand{}, old.back()}));
  result.calls[0].template_arguments = core;
  return result;
}

template <class Parameters>
Lowered unweighted(const Lowered& lowered, std::string_view core, const Kernel& kernel, const Parameters& parameters) {
  Lowered result = lowered;
  result.calls[0] = KernelCall::make(kernel, parameters, lowered.calls[0].operands);
  result.calls[0].template_arguments = core;
  return result;
}

/// Where the weights of a filter stand in runs that are filled up to quads; -1: nowhere.
std::vector<int32_t> runs_of(int32_t runs, int32_t run_bytes) {
  std::vector<int32_t> order;
  for (int32_t run = 0; run < runs; ++run)
    for (int32_t i = 0; i < rt::lanes::round_up(run_bytes, rt::lanes::kQuad); ++i)
      order.push_back(i < run_bytes ? run * run_bytes + i : -1);
  return order;
}

std::optional<Lowered> conv2d(const Lowered& lowered, const Kernels& kernels, const rt::Conv2dInteger& p,
                              const LanesLayer& layer) {
  const int32_t runs = p.shape.rows.kernel * rt::lanes::runs_in_row(p.shape);
  const auto stream = pack_dense_lanes(layer, runs_of(runs, rt::lanes::run_bytes(p.shape)));
  if (!stream) return std::nullopt;
  return weighted(lowered, kernels.core, kernels.conv2d, p, *stream, rt::lanes::conv2d_scratch_bytes(p.shape));
}

bool is_side_by_side(const rt::Broadcast& walk) {
  const auto outer = std::span(walk.extents).first(4);
  return std::all_of(outer.begin(), outer.end(), [](int32_t extent) { return extent == 1; }) && walk.a_steps[4] == 1 &&
         walk.b_steps[4] == 1 && walk.extents[4] >= rt::lanes::kLeastLanes;
}

bool has_lanes(const rt::Pool2dS8& p) {
  return p.channels >= rt::lanes::kLeastLanes && p.rows.kernel <= rt::lanes::kMostTaps / p.columns.kernel;
}

}  // namespace

std::optional<Lowered> lanes_conv2d(const Lowered& lowered, const Target& target) {
  const Kernels* kernels = kernels_of(target);
  const auto* p = parameters_of<rt::Conv2dInteger>(lowered, "conv2d_s8");
  if (kernels == nullptr || p == nullptr || p->shape.filter_channels != p->shape.input_channels) return std::nullopt;
  const auto layer = layer_of(lowered, p->end);
  return layer ? conv2d(lowered, *kernels, *p, *layer) : std::nullopt;
}

std::optional<Lowered> lanes_fully_connected(const Lowered& lowered, const Target& target) {
  const Kernels* kernels = kernels_of(target);
  const auto* p = parameters_of<rt::FullyConnectedInteger>(lowered, "fully_connected_s8");
  if (kernels == nullptr || p == nullptr) return std::nullopt;
  const auto layer = layer_of(lowered, p->end);
  if (!layer) return std::nullopt;
  if (p->shape.batches > 1) {
    const rt::WindowAxis one{1, 1, 1, 1, 1, 0}, rows{p->shape.batches, p->shape.batches, 1, 1, 1, 0};
    const rt::ConvShape shape{1, one, rows, p->shape.depth, p->shape.depth, p->shape.outputs};
    return conv2d(lowered, *kernels, {shape, p->input_zero_point, p->end}, *layer);
  }
  const auto stream = pack_dense_lanes(*layer, runs_of(1, p->shape.depth));
  if (!stream) return std::nullopt;
  return weighted(lowered, kernels->core, kernels->fully_connected, *p, *stream,
                  rt::lanes::fully_connected_scratch_bytes(p->shape));
}

std::optional<Lowered> lanes_depthwise(const Lowered& lowered, const Target& target) {
  const Kernels* kernels = kernels_of(target);
  const auto* p = parameters_of<rt::DepthwiseConv2dInteger>(lowered, "depthwise_conv2d_s8");
  if (kernels == nullptr || p == nullptr || p->shape.columns.kernel > rt::lanes::kMostColumns) return std::nullopt;
  if (p->shape.input_channels == 1) return std::nullopt;  // runs as a convolution
  auto layer = layer_of(lowered, p->end);
  if (!layer) return std::nullopt;
  for (size_t i = 0; i < layer->weights.size(); ++i)
    layer->bias[i % layer->bias.size()] -= p->input_zero_point * layer->weights[i];
  const auto stream = pack_depthwise_lanes(*layer, p->shape.rows.kernel, p->shape.columns.kernel,
                                           rt::lanes::depthwise_blocks(p->shape));
  if (!stream) return std::nullopt;
  return weighted(lowered, kernels->core, kernels->depthwise, *p, *stream,
                  rt::lanes::depthwise_image(p->shape).bytes());
}

std::optional<Lowered> lanes_unweighted(const Lowered& lowered, const Target& target) {
  const Kernels* kernels = kernels_of(target);
  if (kernels == nullptr) return std::nullopt;
  if (const auto* p = parameters_of<rt::LinearPair>(lowered, "linear_pair_range_s8");
      p != nullptr && is_side_by_side(p->walk))
    return unweighted(lowered, kernels->core, kernels->linear_pair, *p);
  if (const auto* p = parameters_of<rt::LinearPair>(lowered, "linear_pair_s8");
      p != nullptr && is_side_by_side(p->walk)) {
    rt::LinearPair whole = *p;
    whole.low = -128;
    whole.high = 127;
    return unweighted(lowered, kernels->core, kernels->linear_pair, whole);
  }
  if (const auto* p = parameters_of<rt::Pool2dS8>(lowered, "average_pool2d_s8"); p != nullptr && has_lanes(*p))
    return unweighted(lowered, kernels->core, kernels->average_pool, *p);
  if (const auto* p = parameters_of<rt::Pool2dS8>(lowered, "max_pool2d_s8"); p != nullptr && has_lanes(*p))
    return unweighted(lowered, kernels->core, kernels->max_pool, *p);
  return std::nullopt;
}

#else

std::optional<Lowered> lanes_conv2d(const Lowered&, const Target&) {
  return std::nullopt;
}
std::optional<Lowered> lanes_fully_connected(const Lowered&, const Target&) {
  return std::nullopt;
}
std::optional<Lowered> lanes_depthwise(const Lowered&, const Target&) {
  return std::nullopt;
}
std::optional<Lowered> lanes_unweighted(const Lowered&, const Target&) {
  return std::nullopt;
}

#endif

}  // namespace mote
