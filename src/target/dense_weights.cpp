#include "target/dense_weights.h"

namespace mote {

namespace {

/// Bits that an odd channel's sum stands higher than an even one's.
constexpr int32_t kOddBits = 8;
/// Shifts that layers take where they can, so that those of one shape have the same code.
constexpr int32_t kLeastShift = 1, kShiftGrid = 3;

RequantizedChannel channel_of(const Int8Layer& layer, int32_t output, bool stepped) {
  RequantizedChannel channel = channel_of(layer, output);
  channel.scale_bits = stepped || output % 2 != 0 ? kOddBits : 0;
  return channel;
}

std::optional<ShortForms> forms_of(const Int8Layer& layer, bool stepped) {
  std::vector<RequantizedChannel> channels;
  for (int32_t o = 0; o < layer.outputs; ++o) channels.push_back(channel_of(layer, o, stepped));
  const ShortKind kind = stepped ? ShortKind::kStepped : ShortKind::kPlain;
  std::optional<ShortForms> largest = short_forms(channels, layer.output_zero_point, kind);
  if (!largest || largest->shift < kLeastShift) return largest;
  const int32_t common = largest->shift - (largest->shift - kLeastShift) % kShiftGrid;
  std::optional<ShortForms> shared = short_forms(channels, layer.output_zero_point, kind, common);
  return shared && shared->shift == common ? shared : largest;
}

/// Writes one layer's stream, block by block. Where there is no channel or input stands 0.
class Packer {
 public:
  Packer(const Int8Layer& layer, const ShortForms& forms, bool stepped)
      : layer_(layer), forms_(forms), stepped_(stepped) {}

  void block(int32_t first, int32_t channels, int32_t groups) {
    for (int32_t c = first; c < first + channels; c += 2) starts(c);
    for (int32_t group = 0; group < groups; ++group)
      for (int32_t c = first; c < first + channels; c += 2)
        for (int32_t half = 0; half < 2; ++half)
          word(pair(c, 4 * group + half) | static_cast<uint32_t>(pair(c, 4 * group + half + 2)) << 16);
    for (int32_t c = first; c < first + channels; c += 2) ends(c);
  }

  std::vector<int32_t> words;

 private:
  void word(uint32_t value) { words.push_back(static_cast<int32_t>(value)); }

  [[nodiscard]] int32_t weight(int32_t output, int32_t place) const {
    const auto at = static_cast<size_t>(place);
    if (output >= layer_.outputs || at >= layer_.order.size() || layer_.order[at] < 0) return 0;
    return layer_.filter(output)[static_cast<size_t>(layer_.order[at])];
  }
  [[nodiscard]] uint16_t pair(int32_t even, int32_t place) const {
    return static_cast<uint16_t>(256 * weight(even + 1, place) + weight(even, place));
  }
  [[nodiscard]] uint32_t bias(int32_t output) const {
    return output < layer_.outputs ? static_cast<uint32_t>(layer_.bias[static_cast<size_t>(output)]) : 0;
  }
  [[nodiscard]] ShortForm form(int32_t output) const {
    return output < layer_.outputs ? forms_.channels[static_cast<size_t>(output)] : ShortForm{};
  }

  /// A stepped even channel gets its form's bias, which is in 256ths, at the end.
  void starts(int32_t even) {
    const uint32_t start = bias(even) + (stepped_ ? 0 : static_cast<uint32_t>(form(even).bias));
    word(start);
    word((bias(even + 1) << kOddBits) + static_cast<uint32_t>(form(even + 1).bias) + start);
  }
  void ends(int32_t even) {
    if (stepped_) words.push_back(form(even).bias);
    for (const int32_t c : {even, even + 1}) {
      words.push_back(form(c).multiplier);
      words.push_back(form(c).addend);
      if (stepped_) words.push_back(form(c).step);
    }
  }

  const Int8Layer& layer_;
  const ShortForms& forms_;
  const bool stepped_;
};

/// Whether 256 * odd + even is an int16 for all weights.
bool pairs_fit(const Int8Layer& layer) {
  for (int32_t o = 1; o < layer.outputs; o += 2) {
    const auto even = layer.filter(o - 1), odd = layer.filter(o);
    for (size_t i = 0; i < odd.size(); ++i)
      if (odd[i] == -128 && even[i] < 0) return false;
  }
  return true;
}

}  // namespace

std::optional<DenseStream> pack_dense(const Int8Layer& layer, int32_t block, int32_t groups) {
  if (!pairs_fit(layer)) return std::nullopt;
  DenseStream stream;
  std::optional<ShortForms> forms = forms_of(layer, false);
  stream.stepped = !forms;
  if (!forms) forms = forms_of(layer, true);
  if (!forms) return std::nullopt;
  stream.shift = forms->shift;
  Packer packer(layer, *forms, stream.stepped);
  for (int32_t first = 0; first < layer.outputs; first += block) packer.block(first, block, groups);
  const auto blocks = static_cast<size_t>((layer.outputs + block - 1) / block);
  stream.block_words = static_cast<int32_t>(packer.words.size() / blocks);
  stream.words = std::move(packer.words);
  return stream;
}

}  // namespace mote
