#include "target/short_requantization.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>
#include <utility>

#include "target/thresholds.h"

namespace mote {

namespace {

constexpr int32_t kAddendsTried = 1 << 16;
/// Around the multiplier that the factor itself gives.
constexpr std::array kMultipliersTried = {0, 1, -1, 2, -2, 3, -3, 5, -5, 7, -7, 11, -11, 15, -15, 31, -31};

int64_t positive_modulo(int64_t x, int64_t divisor) {
  const int64_t rest = x % divisor;
  return rest < 0 ? rest + divisor : rest;
}

bool fits_int32(int64_t x) {
  return x >= INT32_MIN && x <= INT32_MAX;
}

/// One channel's search at one shift.
class Search {
 public:
  Search(const RequantizedChannel& channel, const Thresholds& thresholds, int32_t zero_point, int32_t shift,
         ShortKind kind)
      : channel_(channel),
        thresholds_(thresholds),
        zero_point_(zero_point),
        shift_(shift),
        step_(kind == ShortKind::kPlain ? 0 : shift + channel.factor.shift),
        stepped_(kind == ShortKind::kStepped) {}

  [[nodiscard]] std::optional<ShortForm> run() const {
    const int32_t right = -channel_.factor.shift + channel_.scale_bits - 1 - shift_;  // of the factor, to become ours
    if (right < 0 || right > 30 || step_ < 0) return std::nullopt;
    const int64_t rounding = right > 0 ? int64_t{1} << (right - 1) : 0;
    const int64_t nearest = (channel_.factor.multiplier + rounding) >> right;
    for (const int32_t distance : kMultipliersTried) {
      const int64_t multiplier = nearest + distance;
      if (multiplier <= 0 || multiplier > INT32_MAX) continue;
      if (const auto form = with_multiplier(multiplier)) return form;
    }
    return std::nullopt;
  }

 private:
  [[nodiscard]] int64_t scaled(int64_t accumulator) const { return accumulator * (int64_t{1} << channel_.scale_bits); }
  [[nodiscard]] int32_t step() const { return stepped_ ? 1 << step_ : 0; }

  /// The sums `bias * multiplier + addend * 2^32` for which all thresholds coincide: [low, high).
  struct Window {
    int64_t low = std::numeric_limits<int64_t>::min();
    int64_t high = std::numeric_limits<int64_t>::max();
  };
  [[nodiscard]] Window window_of(int64_t multiplier) const {
    Window window;
    for (size_t i = 0; i < thresholds_.size(); ++i) {
      const int64_t k = kLeastOutput + 1 + static_cast<int64_t>(i);
      const int64_t place = k * (int64_t{1} << (32 + shift_)) + (k <= zero_point_ ? step() * (int64_t{1} << 32) : 0);
      const int64_t first = thresholds_[i];
      if (first <= channel_.high) window.low = std::max(window.low, place - scaled(first) * multiplier);
      if (first > channel_.low) window.high = std::min(window.high, place - scaled(first - 1) * multiplier);
    }
    if (window.low == std::numeric_limits<int64_t>::min()) window.low = window.high - multiplier;
    if (window.high == std::numeric_limits<int64_t>::max()) window.high = window.low + multiplier;
    return window;
  }

  /// The bias and addend nearest to the addend that the zero point itself asks for.
  [[nodiscard]] std::optional<ShortForm> with_multiplier(int64_t multiplier) const {
    const Window window = window_of(multiplier);
    if (window.low >= window.high) return std::nullopt;
    const int64_t width = window.high - window.low;
    const int64_t first = static_cast<int64_t>(zero_point_) * (int64_t{1} << shift_);
    const int64_t turn = (int64_t{1} << 32) % multiplier;
    // How far the next multiple of the multiplier lies above window.low - addend * 2^32.
    int64_t up = positive_modulo(
        positive_modulo(-window.low, multiplier) + positive_modulo(first * (int64_t{1} << 32), multiplier), multiplier);
    int64_t down = up;
    const auto [least_bias, bias_end] = stepping_biases();
    const auto admits = [&, low = least_bias, high = bias_end](const std::optional<ShortForm>& form) {
      return form && form->bias >= low && form->bias < high;
    };
    // Biases pay for what addends are away from the zero point's: beyond this no bias that may be is left.
    const int64_t reach = (std::max(std::abs(least_bias), std::abs(bias_end)) * multiplier >> 32) + (2 << step_);
    for (int64_t i = 0; i < std::min<int64_t>(kAddendsTried, reach); ++i) {
      if (up < width)
        if (const auto form = with_addend(window, multiplier, first + i, up); admits(form)) return form;
      if (down < width)
        if (const auto form = with_addend(window, multiplier, first - i, down); admits(form)) return form;
      up = (up + turn) % multiplier;
      down = positive_modulo(down - turn, multiplier);
    }
    return std::nullopt;
  }

  [[nodiscard]] std::optional<ShortForm> with_addend(const Window& window, int64_t multiplier, int64_t addend,
                                                     int64_t above) const {
    const int64_t bias = (window.low - addend * (int64_t{1} << 32) + above) / multiplier;
    if (!fits_int32(bias) || !fits_int32(addend)) return std::nullopt;
    const ShortForm form{static_cast<int32_t>(bias), static_cast<int32_t>(multiplier), static_cast<int32_t>(addend),
                         step()};
    return stays_within_words(form) ? std::optional(form) : std::nullopt;
  }

  /// Whether accumulators stay within 32 bits. Then products' high words stay within 31, and with them sums with the
  /// addend and the step, which are of 30 and 23.
  [[nodiscard]] bool stays_within_words(const ShortForm& form) const {
    return fits_int32(scaled(channel_.low) + form.bias) && fits_int32(scaled(channel_.high) + form.bias);
  }

  /// The biases with which the accumulator's sign is that of the rounded number wherever an output begins: [low, high).
  [[nodiscard]] std::pair<int64_t, int64_t> stepping_biases() const {
    int64_t low = INT32_MIN, high = INT32_MAX;
    for (size_t i = 0; i < thresholds_.size() && stepped_; ++i) {
      const bool below = kLeastOutput + 1 + static_cast<int32_t>(i) <= zero_point_;
      const int64_t first = thresholds_[i];
      if (below && first > channel_.low) high = std::min(high, -scaled(first - 1));
      if (!below && first <= channel_.high) low = std::max(low, -scaled(first));
    }
    return {low, high};
  }

  const RequantizedChannel& channel_;
  const Thresholds& thresholds_;
  const int32_t zero_point_, shift_, step_;
  const bool stepped_;
};

/// Whether rule Q4 itself is monotone over the range, and the search's numbers keep within 64 bits.
bool is_searchable(const RequantizedChannel& channel, int32_t shift) {
  const int64_t scale = int64_t{1} << channel.scale_bits;
  return channel.factor.multiplier > 0 && channel.factor.shift <= 0 && channel.low <= channel.high &&
         fits_int32(channel.low * scale) && fits_int32(channel.high * scale) && shift >= 0 && shift <= kLargestShift;
}

}  // namespace

std::optional<ShortForm> short_form(const RequantizedChannel& channel, int32_t zero_point, int32_t shift,
                                    ShortKind kind) {
  if (const auto output = constant_output(channel, zero_point))
    return ShortForm{0, 0, *output * (int32_t{1} << shift), 0};
  if (!is_searchable(channel, shift)) return std::nullopt;
  return Search(channel, thresholds_of(channel, zero_point), zero_point, shift, kind).run();
}

std::optional<ShortForms> short_forms(std::span<const RequantizedChannel> channels, int32_t zero_point, ShortKind kind,
                                      int32_t most) {
  int32_t shift = std::min(most, kLargestShift);
  for (const RequantizedChannel& channel : channels) {
    shift = std::min(shift, kLargestShift - channel.scale_bits);
    if (constant_output(channel, zero_point)) continue;
    if (!is_searchable(channel, channel.scale_bits)) return std::nullopt;
    shift = std::min(shift, -channel.factor.shift - 1);
  }
  for (; shift >= 0; --shift) {
    ShortForms result{shift, {}};
    for (const RequantizedChannel& channel : channels) {
      const auto form = short_form(channel, zero_point, shift + channel.scale_bits, kind);
      if (!form) break;
      result.channels.push_back(*form);
    }
    if (result.channels.size() == channels.size()) return result;
  }
  return std::nullopt;
}

}  // namespace mote
