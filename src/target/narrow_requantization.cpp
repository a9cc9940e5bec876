#include "target/narrow_requantization.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>

#include "target/places.h"

namespace mote {

namespace {

/// The output is the top byte of 32 bits.
constexpr int32_t kFractionBits = 24;
/// Around the factor itself.
constexpr int64_t kFactorsTried = 400;

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
    const auto addends =
        addends_for(places_, kFractionBits, false, [&](int64_t place) { return (place * factor) >> shift_; });
    if (!addends) return std::nullopt;
    const int64_t addend = addends->above, step = addends->below - addends->above;
    return NarrowChannel{static_cast<int32_t>(-places_.first),
                         {static_cast<uint32_t>(addend), static_cast<uint32_t>(places_.limit), low_factor, high_factor,
                          step != 0 ? static_cast<uint32_t>(places_.pivot) : 0, static_cast<uint32_t>(step)}};
  }

  const RequantizedChannel& channel_;
  const Places& places_;
  const int32_t shift_;
};

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
    if (!has_places(channels[c])) return std::nullopt;
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

void append_numbers(const NarrowForms& forms, size_t channel, int32_t bias, std::vector<int32_t>& words) {
  const auto& [offset, form] = forms.channels[channel];
  for (const uint32_t number :
       {static_cast<uint32_t>(bias) + static_cast<uint32_t>(offset), form.addend, form.limit, form.low, form.high})
    words.push_back(static_cast<int32_t>(number));
  if (!forms.stepped) return;
  for (const uint32_t number : {form.pivot, form.step}) words.push_back(static_cast<int32_t>(number));
}

}  // namespace mote
