#include "target/int8_layer.h"

namespace mote {

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
