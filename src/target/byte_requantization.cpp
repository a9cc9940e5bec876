#include "target/byte_requantization.h"

#include "target/places.h"

namespace mote {

namespace {

/// Around the factor itself.
constexpr int64_t kFactorsTried = 400;
constexpr int64_t kPlaces = int64_t{1} << 23;     ///< on either side of 0
constexpr int64_t kMostLimit = int64_t{1} << 16;  ///< where factors are not small
constexpr int32_t kDroppedBits = 8;               ///< of a product

/// The channel as if it had accumulators that give -128, which place 0 follows: addends have no room for more than what
/// is missing to the first output.
RequantizedChannel down_to_the_lowest(RequantizedChannel channel) {
  const int64_t outputs_256 = int64_t{2 * 256} << -channel.factor.shift;  // a factor is at least 2^(shift - 1)
  channel.low = std::clamp(-outputs_256, int64_t{INT32_MIN + 1}, channel.low);
  return channel;
}

class ByteSearch {
 public:
  ByteSearch(const RequantizedChannel& channel, int32_t zero_point)
      : places_(places_of(down_to_the_lowest(channel), zero_point)),
        low_(channel.low),
        is_small_(channel.factor.shift <= -8),
        fraction_bits_(is_small_ ? 32 : 24),
        nearest_(nearest(channel.factor, fraction_bits_ + kDroppedBits)) {}

  [[nodiscard]] std::optional<ByteChannel> run() const {
    if (low_ - places_.first < -kPlaces || places_.last >= kPlaces) return std::nullopt;
    if (!is_small_ && places_.limit > kMostLimit) return std::nullopt;
    for (int64_t i = 0; i < kFactorsTried; ++i)
      if (const auto found = with_factor(nearest_ + (i % 2 != 0 ? (i + 1) / 2 : -(i / 2)))) return found;
    return std::nullopt;
  }

 private:
  /// multiplier * 2^(shift - 31) in units of 2^-bits
  static int64_t nearest(const rt::Multiplier& factor, int32_t bits) {
    const int32_t left = factor.shift - 31 + bits;
    const int64_t multiplier = factor.multiplier;
    return left >= 0 ? multiplier << left : (multiplier + (int64_t{1} << (-left - 1))) >> -left;
  }

  [[nodiscard]] std::optional<ByteChannel> with_factor(int64_t factor) const {
    if (factor <= 0 || factor > UINT32_MAX) return std::nullopt;
    const auto addends =
        addends_for(places_, fraction_bits_, true, [&](int64_t place) { return (place * factor) >> kDroppedBits; });
    if (!addends) return std::nullopt;
    const int64_t addend = addends->below + (int64_t{127} << fraction_bits_);
    const int64_t step = addends->above - addends->below;
    if (addend < 0 || addend > UINT32_MAX || step < 0 || step > UINT32_MAX) return std::nullopt;
    return ByteChannel{static_cast<int32_t>(-places_.first),
                       false,
                       {static_cast<uint32_t>(factor), static_cast<uint32_t>(addend), is_small_, step != 0,
                        step != 0 ? static_cast<uint32_t>(places_.pivot) : 0, static_cast<uint32_t>(step)}};
  }

  const Places places_;
  const int64_t low_;
  const bool is_small_;
  const int32_t fraction_bits_;
  const int64_t nearest_;
};

/// The same output for all: places below 0 give -128, and n * (2^32 - 1) >> 32 is n - 1.
ByteChannel constant_form(int32_t output) {
  return {output > kLeastOutput ? output + 128 : -1, true, {UINT32_MAX, 0, false, false, 0, 0}};
}

}  // namespace

std::optional<std::vector<ByteChannel>> byte_forms(std::span<const RequantizedChannel> channels, int32_t zero_point) {
  std::vector<ByteChannel> result;
  for (const RequantizedChannel& channel : channels) {
    if (const auto output = constant_output(channel, zero_point)) {
      result.push_back(constant_form(*output));
      continue;
    }
    if (!has_places(channel)) return std::nullopt;
    const auto found = ByteSearch(channel, zero_point).run();
    if (!found) return std::nullopt;
    result.push_back(*found);
  }
  return result;
}

}  // namespace mote
