#include "data/synth.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <numbers>

#include "base/files.h"
#include "base/rng.h"
#include "data/toml_reader.h"

namespace mote {

namespace {

constexpr double kTurn = 2 * std::numbers::pi;

/// How one person moves.
struct Style {
  double tempo, vigour, roll, pitch, lead;
};

Style style_of(uint64_t seed, size_t subject) {
  Rng rng = Rng::stream(seed ^ 0x57714E, subject);
  return {.tempo = rng.uniform(0.75, 1.3),
          .vigour = rng.uniform(0.7, 1.4),
          .roll = rng.normal() * 0.2,
          .pitch = rng.normal() * 0.2,
          .lead = rng.uniform(0, 0.3)};
}

/// Motion at one moment: acceleration without gravity (g), turn of the hand from rest (rad), angular rate (deg/s).
struct Motion {
  std::array<double, 3> acceleration{};
  double roll = 0, pitch = 0;
  std::array<double, 3> rate{};
};

/// A smooth bump of the given width around 0.
double bump(double t, double width) {
  return std::exp(-(t / width) * (t / width));
}

/// `phase` runs once around per cycle, at `speed` rad/s; `t` in seconds; `v` is the vigour.
Motion motion_of(const std::string& gesture, double t, double phase, double speed, double v) {
  constexpr double kDegrees = 360 / kTurn;
  Motion m;
  const double s = std::sin(phase), c = std::cos(phase);
  if (gesture == "shake") {
    const double fast = std::sin(4 * phase);
    m.acceleration = {1.6 * v * fast, 0.3 * v * std::sin(8 * phase), 0.1 * v * fast};
    m.rate = {20 * v * fast, 15 * v * s, 40 * v * std::cos(4 * phase)};
  } else if (gesture == "tap") {
    const double since = std::fmod(phase / kTurn, 1.0) - 0.4;
    const double hit = bump(since, 0.03), back = bump(since - 0.08, 0.05);
    m.acceleration = {0.1 * v * hit, 0, v * (2.4 * hit - 0.9 * back)};
    m.rate = {0, 60 * v * (hit - back), 0};
  } else if (gesture == "tilt") {
    m.roll = 0.6 * v * s;
    m.rate = {0.6 * v * c * speed * kDegrees, 0, 0};
  } else if (gesture == "circle") {
    m.acceleration = {0.7 * v * c, 0.7 * v * s, 0};
    m.rate = {12 * v * s, 12 * v * c, 25 * v};
  } else if (gesture == "wave") {
    m.pitch = 0.35 * v * std::sin(2 * phase);
    m.acceleration = {0.2 * v * s, 0.5 * v * std::sin(2 * phase), 0};
    m.rate = {0, 0.7 * v * std::cos(2 * phase) * speed * kDegrees, 110 * v * std::sin(2 * phase)};
  } else {  // idle: breathing
    m.pitch = 0.02 * v * std::sin(1.6 * t);
  }
  return m;
}

}  // namespace

const std::vector<std::string>& synth_gestures() {
  static const std::vector<std::string> names = {"idle", "shake", "tap", "tilt", "circle", "wave"};
  return names;
}

Result<std::string> synth_recording(const SynthConfig& c, const std::string& gesture, size_t subject,
                                    size_t recording) {
  const auto& known = synth_gestures();
  const auto at = std::find(known.begin(), known.end(), gesture);
  if (at == known.end())
    return fail(ErrorCode::kBadInput, "there is no synthetic gesture \"{}\"; choose among {}", gesture,
                fmt::join(known, ", "));
  if (!(c.seconds > 0 && c.seconds <= 3600) || !(c.rate_hz > 0 && c.rate_hz <= 10000) || !(c.noise >= 0) ||
      !(c.jitter >= 0))
    return fail(ErrorCode::kBadInput,
                "synthetic gestures need 0 to 3600 seconds, a rate up to 10000 Hz, and noise and jitter of 0 or more");
  const Style style = style_of(c.seed, subject);
  const auto kind = static_cast<uint64_t>(at - known.begin());
  Rng rng = Rng::stream(c.seed, (subject * known.size() + kind) * 100003 + recording);
  const double cycles_hz = 0.9 * style.tempo * rng.uniform(0.9, 1.1);
  const double vigour = style.vigour * rng.uniform(0.85, 1.15);
  const double start = kTurn * (style.lead + rng.uniform(0, 0.5));
  const double roll0 = style.roll + 0.05 * rng.normal(), pitch0 = style.pitch + 0.05 * rng.normal();

  std::string csv = "time_ms,ax,ay,az,gx,gy,gz\n";
  const auto count = static_cast<size_t>(std::llround(c.seconds * c.rate_hz));
  double last_ms = -1;
  for (size_t i = 0; i < std::max<size_t>(count, 1); ++i) {
    const double t =
        std::max(0.0, (static_cast<double>(i) + c.jitter * std::clamp(rng.normal(), -3.0, 3.0)) / c.rate_hz);
    const double ms = std::max(last_ms, std::round(t * 1e5) / 100);  // time stamps never run backwards
    last_ms = ms;
    const double speed = kTurn * cycles_hz;
    const Motion m = motion_of(gesture, t, start + speed * t, speed, vigour);
    const double roll = roll0 + m.roll, pitch = pitch0 + m.pitch;
    const std::array<double, 3> gravity = {-std::sin(pitch), std::sin(roll) * std::cos(pitch),
                                           std::cos(roll) * std::cos(pitch)};
    fmt::format_to(std::back_inserter(csv), "{:.2f}", ms);
    for (size_t a = 0; a < 3; ++a)
      fmt::format_to(std::back_inserter(csv), ",{:.4f}",
                     gravity[a] + m.acceleration[a] + 0.03 * c.noise * rng.normal());
    for (size_t a = 0; a < 3; ++a)
      fmt::format_to(std::back_inserter(csv), ",{:.2f}", m.rate[a] + 3 * c.noise * rng.normal());
    csv += '\n';
  }
  return csv;
}

Result<size_t> write_synth(const SynthConfig& c, const std::filesystem::path& folder) {
  size_t written = 0;
  for (const std::string& gesture : c.gestures)
    for (size_t s = 0; s < c.subjects; ++s)
      for (size_t r = 0; r < c.recordings; ++r) {
        MOTE_TRY_ASSIGN(const std::string csv, synth_recording(c, gesture, s, r));
        MOTE_TRY(write_text(folder / gesture / fmt::format("p{:02}_{:02}.csv", s + 1, r + 1), csv));
        ++written;
      }
  return written;
}

}  // namespace mote
