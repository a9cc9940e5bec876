#include "target/pair_row.h"

#include <fmt/format.h>

#include "mote/rt/pair_row.h"
#include "target/int8_layer.h"
#include "target/narrow_requantization.h"
#include "target/walks.h"

namespace mote {

namespace {

constexpr Access kRowAccess{[](const void* parameters, size_t, const StepVisitor& visit) {
  const rt::MatrixShape& shape = static_cast<const rt::PairRow*>(parameters)->shape;
  walks::rows_together(shape.batches, 1, shape.depth, shape.outputs, visit);
}};
constexpr Kernel kFullyConnected[2] = {
    walking(describe_kernel<&rt::fully_connected_pairs<false>>("fully_connected_pairs", "PairRow", "pair_row"),
            kRowAccess),
    walking(describe_kernel<&rt::fully_connected_pairs<true>>("fully_connected_pairs", "PairRow", "pair_row"),
            kRowAccess)};

/// Elsewhere the portable text is compiled: a long multiplication does better with few products, as does MLA.
bool runs_pairs(const Target& target, int64_t products) {
  constexpr int64_t kLeastProducts = 64;
  return target.optimize == Optimize::kSpeed &&
         (target.instruction_set == InstructionSet::kArmv6M ||
          (target.instruction_set == InstructionSet::kRv32 && products >= kLeastProducts));
}

/// What a layer's weights may take more than a byte each.
constexpr int64_t kMostMoreBytes = 400;

/// The stream that mote/rt/pair_row.h describes. None if two weights' products do not fit 16 bits.
class PairStream {
 public:
  PairStream(const Int8Layer& layer, const NarrowForms& forms) : layer_(layer), forms_(forms) {}

  std::optional<std::vector<int32_t>> words() {
    for (int32_t first = 0; first < layer_.outputs; first += 2) {
      for (const int32_t o : {first, first + 1}) words_.push_back(start(o));
      for (int32_t k = 0; k < layer_.depth; k += 4)
        for (const int32_t o : {first, first + 1})
          if (!append_pair(o, k) || !append_pair(o, k + 1)) return std::nullopt;
      for (int32_t o = first; o < std::min(first + 2, layer_.outputs); ++o) append_numbers(o);
    }
    return std::move(words_);
  }

 private:
  [[nodiscard]] const NarrowChannel& channel(int32_t output) const {
    return forms_.channels[static_cast<size_t>(output)];
  }
  [[nodiscard]] int32_t start(int32_t output) const {
    if (output >= layer_.outputs) return 0;
    return layer_.bias[static_cast<size_t>(output)] + channel(output).offset;
  }
  [[nodiscard]] int32_t weight(int32_t output, int32_t k) const {
    return output < layer_.outputs && k < layer_.depth ? layer_.filter(output)[static_cast<size_t>(k)] : 0;
  }
  /// The weights of inputs k and k + 2.
  bool append_pair(int32_t output, int32_t k) {
    const int32_t w0 = weight(output, k), w1 = weight(output, k + 2);
    words_.push_back(w1 + 65536 * w0);
    return w0 != -128 || w1 != -128;
  }
  void append_numbers(int32_t output) {
    const rt::NarrowForm& form = channel(output).form;
    for (const uint32_t number : {form.addend, form.limit, form.low, form.high})
      words_.push_back(static_cast<int32_t>(number));
    if (!forms_.stepped) return;
    for (const uint32_t number : {form.pivot, form.step}) words_.push_back(static_cast<int32_t>(number));
  }

  const Int8Layer& layer_;
  const NarrowForms& forms_;
  std::vector<int32_t> words_;
};

}  // namespace

std::optional<Lowered> pair_fully_connected(const Lowered& lowered, const Target& target) {
  const auto layer = layer_of<rt::FullyConnectedInteger>(lowered, "fully_connected_s8");
  if (!layer) return std::nullopt;
  const auto& p = *static_cast<const rt::FullyConnectedInteger*>(lowered.calls[0].parameters.get());
  if (!runs_pairs(target, int64_t{p.shape.batches} * layer->outputs * layer->depth)) return std::nullopt;
  if (p.shape.batches > 1 && p.shape.depth % 4 != 0) return std::nullopt;
  const int64_t column_bytes = int64_t{4} * rt::pair_row_words(p.shape);
  if (layer->outputs * (column_bytes - layer->depth) > kMostMoreBytes) return std::nullopt;
  std::vector<RequantizedChannel> channels;
  for (int32_t o = 0; o < layer->outputs; ++o) channels.push_back(channel_of(*layer, o));
  const auto forms = narrow_forms(channels, layer->output_zero_point, rt::kPairRowShift);
  if (!forms || forms->shift != rt::kPairRowShift) return std::nullopt;
  const auto words = PairStream(*layer, *forms).words();
  if (!words) return std::nullopt;
  Lowered result;
  result.constants.push_back(Constant::of<int32_t>("weights", DType::kInt32, *words));
  result.scratch.push_back(static_cast<size_t>(column_bytes));
  const std::vector<Operand>& old = lowered.calls[0].operands;
  KernelCall call =
      KernelCall::make(kFullyConnected[forms->stepped ? 1 : 0], rt::PairRow{p.shape, p.end.stage.low, p.end.stage.high},
                       {old.front(), Operand::constant(0), Operand::scratch(0), old.back()});
  call.template_arguments = fmt::format("<{}>", forms->stepped);
  result.calls.push_back(std::move(call));
  return result;
}

}  // namespace mote
