#include "target/lanes_weights.h"

#include <algorithm>
#include <cstring>

#include "mote/rt/lanes.h"

namespace mote {

namespace {

using rt::lanes::kBlock;
using rt::lanes::kFinishBytes;
using rt::lanes::kPlaces;
using rt::lanes::kQuad;

/// What the bytes of inputs are too large by once their highest bit is turned.
constexpr int32_t kTurned = 128;

/// A zero point shifted so far and an accumulator of 2^30 stay within 32 bits.
constexpr int32_t kMostShift = 22;

/// What a kernel reads of a channel, in its order: the shift is to the right, half what that shifts out, with the
/// zero point in front.
struct Finish {
  int32_t bias = 0, multiplier = 0, shift = 1, half = 1;
};

/// Where the weights of a channel stand.
struct Filter {
  size_t first, step, count;
};
Filter dense_filter(const LanesLayer& layer, size_t channel) {
  const size_t depth = layer.weights.size() / layer.bias.size();
  return {channel * depth, 1, depth};
}
Filter depthwise_filter(const LanesLayer& layer, size_t channel) {
  return {channel, layer.bias.size(), layer.weights.size() / layer.bias.size()};
}

/// A channel whose output does not depend on the input gets weights of 0: a number that the factor 1/4 makes of four
/// times it. Others get the bias for turned inputs; sums are taken modulo 2^32.
std::optional<Finish> finish_channel(LanesLayer& layer, size_t channel, const Filter& filter) {
  const size_t factor = channel * static_cast<size_t>(layer.factor_stride);
  const int32_t multiplier = layer.factors[factor], right = -layer.factors[factor + 1];
  int64_t low = layer.bias[channel], high = low, turned = low;
  for (size_t i = 0; i < filter.count; ++i) {
    const int32_t weight = layer.weights[filter.first + i * filter.step];
    turned -= kTurned * weight;
    low += weight > 0 ? -128 * weight : 127 * weight;
    high += weight > 0 ? 127 * weight : -128 * weight;
  }
  const auto half = [&](int32_t shift) { return (1 << (shift - 1)) + layer.stage.zero_point * (1 << shift); };
  if (right > 0 && right <= kMostShift && std::max(-low, high) <= INT32_MAX / 2)
    return Finish{static_cast<int32_t>(turned), multiplier, right, half(right)};
  if (right < 0 || low < -INT32_MAX || high > INT32_MAX) return std::nullopt;
  const auto output = [&](int64_t sum) {
    return rt::requantize(static_cast<int32_t>(sum), multiplier, -right, layer.stage);
  };
  if (output(low) != output(high)) return std::nullopt;
  for (size_t i = 0; i < filter.count; ++i) layer.weights[filter.first + i * filter.step] = 0;
  return Finish{4 * (output(low) - layer.stage.zero_point), int32_t{1} << 30, 1, half(1)};
}

/// All channels of a layer.
std::optional<std::vector<Finish>> finish_channels(LanesLayer& layer,
                                                   Filter (*filter)(const LanesLayer& layer, size_t channel)) {
  std::vector<Finish> finishes;
  for (size_t c = 0; c < layer.bias.size(); ++c) {
    const auto finish = finish_channel(layer, c, filter(layer, c));
    if (!finish) return std::nullopt;
    finishes.push_back(*finish);
  }
  return finishes;
}

/// Blocks of channels, each followed by its quads.
class Stream {
 public:
  std::vector<int8_t> bytes;

  /// Room for `count` channels.
  void begin_block(int32_t count) {
    count_ = static_cast<size_t>(count);
    finish_ = bytes.size();
    bytes.resize(bytes.size() + static_cast<size_t>(count) * kFinishBytes);
    for (int32_t i = 0; i < count; ++i) set(i, {});
  }
  void set(int32_t index, const Finish& finish) {
    const int32_t words[] = {finish.bias, finish.multiplier, finish.shift, finish.half};
    for (size_t i = 0; i < std::size(words); ++i)
      std::memcpy(bytes.data() + finish_ + (i * count_ + static_cast<size_t>(index)) * sizeof(int32_t), &words[i],
                  sizeof(int32_t));
  }

 private:
  size_t count_ = 0, finish_ = 0;
};

}  // namespace

std::optional<std::vector<int8_t>> pack_dense_lanes(LanesLayer layer, const std::vector<int32_t>& order) {
  const auto finishes = finish_channels(layer, dense_filter);
  if (!finishes) return std::nullopt;
  const auto channels = static_cast<int32_t>(layer.bias.size());
  const size_t depth = layer.weights.size() / layer.bias.size();
  const auto weight = [&](int32_t channel, size_t place) -> int8_t {
    if (channel >= channels || order[place] < 0) return 0;
    return layer.weights[static_cast<size_t>(channel) * depth + static_cast<size_t>(order[place])];
  };
  Stream stream;
  for (int32_t first = 0; first < channels; first += kBlock) {
    stream.begin_block(kBlock);
    for (int32_t c = first; c < std::min(first + kBlock, channels); ++c)
      stream.set(c - first, (*finishes)[static_cast<size_t>(c)]);
    for (size_t place = 0; place < order.size(); place += kQuad)
      for (int32_t c = first; c < first + kBlock; ++c)
        for (size_t i = 0; i < kQuad; ++i) stream.bytes.push_back(weight(c, place + i));
  }
  return std::move(stream.bytes);
}

std::optional<std::vector<int8_t>> pack_depthwise_lanes(LanesLayer layer, int32_t rows, int32_t columns,
                                                        int32_t blocks) {
  const auto finishes = finish_channels(layer, depthwise_filter);
  if (!finishes) return std::nullopt;
  const size_t channels = layer.bias.size();
  Stream stream;
  for (int32_t block = 0; block < blocks; ++block) {
    // The channel of each number, in the order of the stream.
    std::vector<size_t> channel_of;
    for (int32_t j = 0; j < 4; ++j)
      for (int32_t lane = 0; lane < 4; ++lane)
        for (int32_t i = 0; i < 4; ++i)
          channel_of.push_back(static_cast<size_t>(block * kPlaces + 16 * lane + 4 * j + i) % channels);
    stream.begin_block(kPlaces);
    for (int32_t n = 0; n < kPlaces; ++n) stream.set(n, (*finishes)[channel_of[static_cast<size_t>(n)]]);
    for (int32_t row = 0; row < rows; row += kQuad)
      for (int32_t column = 0; column < columns; ++column)
        for (const size_t channel : channel_of)
          for (int32_t i = row; i < row + kQuad; ++i)
            stream.bytes.push_back(
                i < rows ? layer.weights[static_cast<size_t>(i * columns + column) * channels + channel] : int8_t{0});
  }
  return std::move(stream.bytes);
}

}  // namespace mote
