#include "compress/front_end.h"

#include <cmath>

namespace mote {

Result<Graph> make_front_end(std::span<const float> means, std::span<const float> deviations, const Shape& shape,
                             const std::optional<Quantization>& quantization) {
  const size_t channels = shape.empty() ? 0 : static_cast<size_t>(shape.back());
  if (channels == 0 || means.size() != channels || deviations.size() != channels)
    return fail(ErrorCode::kBadInput, "{} means and {} deviations for {} channels (input shape {})", means.size(),
                deviations.size(), channels, text(shape));
  std::vector<float> factors;
  std::vector<float> offsets;
  for (size_t c = 0; c < channels; ++c) {
    const auto factor = static_cast<float>(1 / static_cast<double>(deviations[c]));
    const auto offset = static_cast<float>(-static_cast<double>(means[c]) / static_cast<double>(deviations[c]));
    if (!(deviations[c] > 0) || !std::isfinite(factor) || !std::isfinite(offset) || factor == 0)
      return fail(ErrorCode::kBadInput,
                  "channel {} has mean {} and deviation {}; a channel that never changes needs a deviation of 1", c,
                  means[c], deviations[c]);
    factors.push_back(factor);
    offsets.push_back(offset);
  }
  const Shape row{static_cast<int32_t>(channels)};
  Graph graph;
  graph.name = "front_end";
  graph.inputs = {graph.add_value("sensor", {DType::kFloat32, shape, {}})};
  const ValueId factor = graph.add_constant("normalize_factor", float_tensor(row, factors));
  MOTE_TRY_ASSIGN(const ValueId scaled, graph.add_node(Mul{}, {graph.inputs[0], factor}, "normalize_mul"));
  const ValueId offset = graph.add_constant("normalize_offset", float_tensor(row, offsets));
  MOTE_TRY_ASSIGN(ValueId result, graph.add_node(Add{}, {scaled, offset}, "normalize"));
  if (quantization) {
    MOTE_TRY_ASSIGN(result, graph.add_node(Quantize{}, {result}, "normalize_quantize"));
    graph.value(result).type.quantization = *quantization;
  }
  graph.outputs = {result};
  MOTE_TRY(verify(graph));
  return graph;
}

}  // namespace mote
