#include "target/narrow_requantization.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>

#include "target/thresholds.h"

namespace mote {

namespace {

/// The output is the top byte of 32 bits.
constexpr int32_t kFractionBits = 24;
/// Around the factor itself.
constexpr int64_t kFactorsTried = 400;

/// The addends for which all thresholds of a part of the outputs coincide: [low, high).
struct Window {
  int64_t low = std::numeric_limits<int64_t>::min(), high = std::numeric_limits<int64_t>::max();

  [[nodiscard]] bool empty() const { return low >= high; }
  /// Any of them. A side that nothing binds leaves the other.
  [[nodiscard]] int64_t any() const {
    if (low != std::numeric_limits<int64_t>::min()) return low;
    return high != std::numeric_limits<int64_t>::max() ? high - 1 : 0;
  }
};
Window both(const Window& a, const Window& b) {
  return {std::max(a.low, b.low), std::min(a.high, b.high)};
}

/// What one channel asks for before there is a factor.
struct Places {
  Thresholds thresholds{};  ///< of accumulators
  int64_t first = 0;        ///< the accumulator of place 0
  int64_t limit = 0;        ///< places from here on give 127, or are not reached
  int64_t pivot = 0;        ///< the place of the first output above the zero point
};

Places places_of(const RequantizedChannel& channel, int32_t zero_point) {
  Places places;
  places.thresholds = thresholds_of(channel, zero_point);
  places.first = places.thresholds.front();
  places.limit = places.thresholds.back() - places.first;
  const int32_t above = std::clamp(zero_point + 1, kLeastOutput + 1, kMostOutput);
  places.pivot = places.thresholds[static_cast<size_t>(above - kLeastOutput - 1)] - places.first;
  return places;
}

class NarrowSearch {
 public:
  NarrowSearch(const RequantizedChannel& channel, const Places& places, int32_t shift)
      : channel_(channel), places_(places), shift_(shift) {}

  [[nodiscard]] std::optional<NarrowChannel> run() const {
    // multiplier * 2^(shift - 31) in units of 2^-(fraction + shift)
    const int32_t left = channel_.factor.shift - 31 + kFractionBits + shift_;
    const int64_t multiplier = channel_.factor.multiplier;
    const int64_t nearest = left >= 0 ? multiplier << left : (multiplier + (int64_t{1} << (-left - 1))) >> -left;
    for (int64_t i = 0; i < kFactorsTried; ++i) {
      const int64_t factor = nearest + (i % 2 != 0 ? (i + 1) / 2 : -(i / 2));
      if (factor <= 0 || factor >> shift_ > INT32_MAX) continue;
      if (const auto found = with_factor(factor)) return found;
    }
    return std::nullopt;
  }

 private:
  [[nodiscard]] std::optional<NarrowChannel> with_factor(int64_t factor) const {
    const auto low_factor = static_cast<uint32_t>(factor & ((int64_t{1} << shift_) - 1));
    const auto high_factor = static_cast<uint32_t>(factor >> shift_);
    if (places_.limit * low_factor > int64_t{1} << 32) return std::nullopt;
    Window below, above;  // the pivot
    for (int32_t k = kLeastOutput + 1; k <= kMostOutput; ++k) {
      const int64_t first = places_.thresholds[static_cast<size_t>(k - kLeastOutput - 1)] - places_.first;
      const int64_t level = int64_t{k} * (int64_t{1} << kFractionBits);
      if (first <= channel_.high - places_.first && k != kMostOutput) {
        Window& window = first < places_.pivot ? below : above;
        window.low = std::max(window.low, level - product(first, factor));
      }
      if (first > 0) {
        Window& window = first - 1 < places_.pivot ? below : above;
        window.high = std::min(window.high, level - product(first - 1, factor));
      }
    }
    const Window one = both(below, above);
    if (below.empty() || above.empty()) return std::nullopt;
    const int64_t addend = one.empty() ? above.any() : one.any();
    const int64_t step = one.empty() ? below.any() - addend : 0;
    return NarrowChannel{static_cast<int32_t>(-places_.first),
                         {static_cast<uint32_t>(addend), static_cast<uint32_t>(places_.limit), low_factor, high_factor,
                          step != 0 ? static_cast<uint32_t>(places_.pivot) : 0, static_cast<uint32_t>(step)}};
  }

  [[nodiscard]] int64_t product(int64_t place, int64_t factor) const { return (place * factor) >> shift_; }

  const RequantizedChannel& channel_;
  const Places& places_;
  const int32_t shift_;
};

/// Whether rule Q4 is monotone over the range, and places fit 32 bits.
bool is_searchable(const RequantizedChannel& channel) {
  return channel.factor.multiplier > 0 && channel.factor.shift <= 0 && channel.low <= channel.high &&
         channel.low > INT32_MIN && channel.high < INT32_MAX && channel.high - channel.low < INT32_MAX;
}

/// The same output for all.
NarrowChannel constant_form(const RequantizedChannel& channel, int32_t output) {
  return {static_cast<int32_t>(-channel.low),
          {static_cast<uint32_t>(output) << kFractionBits, std::numeric_limits<uint32_t>::max(), 0, 0, 0, 0}};
}

}  // namespace

std::optional<NarrowForms> narrow_forms(std::span<const RequantizedChannel> channels, int32_t zero_point,
                                        int32_t most_shift) {
  std::vector<Places> places(channels.size());
  uint64_t most_places = 1;
  for (size_t c = 0; c < channels.size(); ++c) {
    if (constant_output(channels[c], zero_point)) continue;
    if (!is_searchable(channels[c])) return std::nullopt;
    places[c] = places_of(channels[c], zero_point);
    most_places = std::max(most_places, static_cast<uint64_t>(places[c].limit));
  }
  NarrowForms result;
  result.shift = std::min(most_shift, 32 - static_cast<int32_t>(std::bit_width(most_places - 1)));
  for (size_t c = 0; c < channels.size(); ++c) {
    if (const auto output = constant_output(channels[c], zero_point)) {
      result.channels.push_back(constant_form(channels[c], *output));
      continue;
    }
    const auto found = NarrowSearch(channels[c], places[c], result.shift).run();
    if (!found) return std::nullopt;
    result.stepped = result.stepped || found->form.step != 0;
    result.channels.push_back(*found);
  }
  return result;
}

}  // namespace mote
