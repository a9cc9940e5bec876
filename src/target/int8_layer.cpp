#include "target/int8_layer.h"

namespace mote {

Filters filters_of(const Int8Layer& depthwise, int32_t input_zero_point) {
  Filters result{{}, {depthwise.bias.begin(), depthwise.bias.end()}};
  const size_t channels = result.bias.size();
  for (size_t c = 0; c < channels; ++c)
    for (size_t at = c; at < depthwise.weights.size(); at += channels) {
      result.weights.push_back(depthwise.weights[at]);
      result.bias[c] -= input_zero_point * depthwise.weights[at];
    }
  return result;
}

RequantizedChannel channel_of(const Int8Layer& layer, int32_t output) {
  const auto o = static_cast<size_t>(output);
  const size_t factor = o * static_cast<size_t>(layer.factor_stride);
  RequantizedChannel channel{{layer.factors[factor], layer.factors[factor + 1]}, layer.bias[o], layer.bias[o], 0};
  for (const int32_t weight : layer.filter(output)) {
    channel.low += weight > 0 ? -128 * weight : 127 * weight;
    channel.high += weight > 0 ? 127 * weight : -128 * weight;
  }
  return channel;
}

}  // namespace mote
