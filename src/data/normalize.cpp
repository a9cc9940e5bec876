#include "data/normalize.h"

#include <algorithm>
#include <cmath>

namespace mote {

Result<Normalization> fit_normalization(const Dataset& d, std::span<const size_t> of) {
  if (of.empty()) return fail(ErrorCode::kBadInput, "there are no training windows to take mean and deviation from");
  const double n = static_cast<double>(of.size() * d.length);
  Normalization result{std::vector<float>(d.channels), std::vector<float>(d.channels, 1.0f)};
  for (size_t c = 0; c < d.channels; ++c) {
    double sum = 0, squares = 0;
    for (const size_t i : of)
      for (size_t t = 0; t < d.length; ++t) sum += static_cast<double>(d.window(i)[t * d.channels + c]);
    const double mean = sum / n;
    for (const size_t i : of)
      for (size_t t = 0; t < d.length; ++t) {
        const double away = static_cast<double>(d.window(i)[t * d.channels + c]) - mean;
        squares += away * away;
      }
    const double deviation = std::sqrt(squares / n);
    result.mean[c] = static_cast<float>(mean);
    // Below the resolution of a float at this mean there is only rounding noise.
    if (deviation > 1e-6 * std::max(1e-6, std::abs(mean))) result.deviation[c] = static_cast<float>(deviation);
  }
  return result;
}

void normalize(const Normalization& n, std::span<float> samples) {
  const size_t channels = n.mean.size();
  for (size_t i = 0; i < samples.size(); ++i)
    samples[i] = (samples[i] - n.mean[i % channels]) / n.deviation[i % channels];
}

nlohmann::json to_json(const Normalization& n) {
  return {{"mean", n.mean}, {"deviation", n.deviation}};
}

Result<Normalization> normalization(const nlohmann::json& j, std::string_view where) {
  Normalization n;
  for (const auto& [key, values] :
       {std::pair<const char*, std::vector<float>*>{"mean", &n.mean}, {"deviation", &n.deviation}}) {
    if (!j.is_object() || !j.contains(key) || !j[key].is_array())
      return fail(ErrorCode::kBadInput, "{}: the normalisation needs a list \"{}\"", where, key);
    for (const auto& value : j[key]) {
      if (!value.is_number())
        return fail(ErrorCode::kBadInput, "{}: \"{}\" holds something that is no number", where, key);
      values->push_back(value.get<float>());
    }
  }
  if (n.mean.size() != n.deviation.size() ||
      std::any_of(n.deviation.begin(), n.deviation.end(), [](float v) { return !(v > 0); }))
    return fail(ErrorCode::kBadInput, "{}: the normalisation needs as many means as deviations, and deviations above 0",
                where);
  return n;
}

}  // namespace mote
