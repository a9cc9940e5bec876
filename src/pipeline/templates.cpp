#include "pipeline/templates.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numbers>

#include "base/files.h"
#include "base/rng.h"
#include "data/synth.h"
#include "template_text.h"

namespace mote {

namespace fs = std::filesystem;

namespace {

/// x evenly spread over one period in random order, y = sin x with Gaussian noise of deviation 0.05.
Result<> write_sine(const fs::path& folder) {
  constexpr size_t kPoints = 1000;
  Rng rng(1);
  std::vector<double> xs(kPoints);
  for (size_t i = 0; i < kPoints; ++i)
    xs[i] = 2 * std::numbers::pi * (static_cast<double>(i) + rng.uniform()) / kPoints;
  rng.shuffle(std::span(xs));
  std::string csv = "x,y\n";
  for (const double x : xs)
    fmt::format_to(std::back_inserter(csv), "{:.5f},{:.5f}\n", x, std::sin(x) + 0.05 * rng.normal());
  return write_text(folder / "sine.csv", csv);
}

/// Long recordings of what people keep doing.
Result<> write_activity(const fs::path& folder) {
  SynthConfig config;
  config.gestures = {"idle", "tilt", "circle", "shake"};
  config.subjects = 8;
  config.recordings = 2;
  config.seconds = 12;
  MOTE_TRY(write_synth(config, folder));
  return {};
}

/// Short recordings of one gesture each.
Result<> write_gesture(const fs::path& folder) {
  SynthConfig config;
  config.gestures = {"shake", "tap", "tilt", "circle", "wave"};
  config.subjects = 8;
  config.recordings = 6;
  config.seconds = 2;
  MOTE_TRY(write_synth(config, folder));
  return {};
}

struct Template {
  std::string_view name;
  Result<> (*write_data)(const fs::path& folder);
};

constexpr Template kTemplates[] = {{"activity", write_activity}, {"gesture", write_gesture}, {"sine", write_sine}};

Result<> write_embedded(std::string_view name, const fs::path& to) {
  for (const template_text::EmbeddedFile& file : template_text::files())
    if (file.name == name) return write_text(to, file.content);
  return fail(ErrorCode::kInternal, "the program was built without the template file {}", name);
}

Result<> write_project(const Template& chosen, const fs::path& dir) {
  MOTE_TRY(chosen.write_data(dir / "data"));
  MOTE_TRY(write_embedded(fmt::format("{}.README.md", chosen.name), dir / "README.md"));
  return write_embedded(fmt::format("{}.mote.toml", chosen.name), dir / "mote.toml");
}

/// Whether `dir` exists; an error if it may not be filled.
Result<bool> exists_and_is_free(const fs::path& dir) {
  std::error_code error;
  const fs::file_status status = fs::status(dir, error);
  if (status.type() == fs::file_type::not_found) return false;
  if (error) return fail(ErrorCode::kIo, "{} cannot be looked at: {}", dir.string(), error.message());
  if (!fs::is_directory(status))
    return fail(ErrorCode::kBadInput, "{} is a file; name a folder that does not exist yet", dir.string());
  const bool empty = fs::is_empty(dir, error);
  if (error) return fail(ErrorCode::kIo, "{} cannot be listed: {}", dir.string(), error.message());
  if (!empty)
    return fail(ErrorCode::kBadInput,
                "{} is not empty, and a new project would mix with what it holds; name an empty folder or a new one",
                dir.string());
  return true;
}

}  // namespace

const std::vector<std::string_view>& template_names() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> result;
    for (const Template& one : kTemplates) result.push_back(one.name);
    return result;
  }();
  return names;
}

Result<> new_project(const fs::path& dir, std::string_view template_name) {
  const auto* chosen = std::find_if(std::begin(kTemplates), std::end(kTemplates),
                                    [&](const Template& one) { return one.name == template_name; });
  if (chosen == std::end(kTemplates))
    return fail(ErrorCode::kBadInput, "there is no template \"{}\"; there are {}", template_name,
                fmt::join(template_names(), ", "));
  MOTE_TRY_ASSIGN(const bool existed, exists_and_is_free(dir));
  auto done = write_project(*chosen, dir);
  if (done) return {};
  // The folder was empty, so all that it holds now was written here.
  std::error_code ignored;
  for (const char* made : {"data", "README.md", "mote.toml"}) fs::remove_all(dir / made, ignored);
  if (!existed) fs::remove(dir, ignored);
  return fail(std::move(done).error());
}

}  // namespace mote
