#include <memory>

#include "base/table.h"
#include "cli/verbs.h"
#include "data/resample.h"
#include "data/summary.h"
#include "data/synth.h"
#include "pipeline/project.h"

namespace mote::cli {

namespace {

std::string groups(std::string_view heading, const std::vector<DataSummary::Group>& list) {
  std::vector<std::vector<std::string>> rows{{std::string(heading), "recordings", "windows", "seconds"}};
  for (const auto& group : list)
    rows.push_back({group.name, grouped(static_cast<int64_t>(group.recordings)),
                    grouped(static_cast<int64_t>(group.windows)), fmt::format("{:.1f}", group.seconds)});
  return table(rows) + "\n";
}

std::string text(const DataSummary& s) {
  std::string result = fmt::format("{} recordings, {:.1f} s at {:g} Hz, {} windows of {} samples\n\n", s.recordings,
                                   s.seconds, s.rate_hz, s.windows, s.window_length);
  if (!s.classes.empty()) result += groups("class", s.classes);
  if (!s.subjects.empty()) result += groups("subject", s.subjects);
  std::vector<std::vector<std::string>> rows{{"channel", "low", "high", "mean", "deviation"}};
  for (const auto& c : s.channels)
    rows.push_back({c.name, fmt::format("{:.4g}", c.low), fmt::format("{:.4g}", c.high), fmt::format("{:.4g}", c.mean),
                    fmt::format("{:.4g}", c.deviation)});
  return result + table(rows);
}

void add_summary(CLI::App& data, Work& work) {
  auto project = std::make_shared<std::filesystem::path>();
  CLI::App* verb = data.add_subcommand("summary", "counts, rates and ranges of a project's recordings");
  verb->add_option("project", *project, "a mote.toml")->required();
  verb->footer("Example: mote data summary examples/shoulder/mote.toml");
  verb->callback([project, &work] {
    work = [project](const Console& console) -> Result<int> {
      MOTE_TRY_ASSIGN(const Project p, load_project(*project));
      const Log log = console.log();
      MOTE_TRY_ASSIGN(RecordingSet set, load_recordings(p.data, p.folder(), log));
      MOTE_TRY_ASSIGN(set, resample(std::move(set), p.data, log));
      MOTE_TRY_ASSIGN(const Dataset windows, make_dataset(set, p.window, log));
      const DataSummary summary = summarize(set, windows);
      console.result(text(summary), to_json(summary));
      return 0;
    };
  });
}

void add_synth(CLI::App& data, Work& work) {
  struct Options {
    SynthConfig config;
    std::filesystem::path folder;
  };
  auto options = std::make_shared<Options>();
  CLI::App* verb = data.add_subcommand("synth", "make synthetic gestures, to try things before anything is recorded");
  verb->add_option("folder", options->folder, "where the recordings go")->required();
  verb->add_option("--gestures", options->config.gestures, fmt::format("of: {}", fmt::join(synth_gestures(), ", ")));
  verb->add_option("--subjects", options->config.subjects, "made-up people");
  verb->add_option("--recordings", options->config.recordings, "of each gesture by each");
  verb->add_option("--seconds", options->config.seconds, "length of a recording");
  verb->add_option("--rate", options->config.rate_hz, "samples a second");
  verb->add_option("--noise", options->config.noise, "0 clean, 1 like a cheap sensor");
  verb->add_option("--seed", options->config.seed, "the same seed makes the same files");
  verb->footer("Example: mote data synth recordings --subjects 8");
  verb->callback([options, &work] {
    work = [options](const Console& console) -> Result<int> {
      MOTE_TRY_ASSIGN(const size_t files, write_synth(options->config, options->folder));
      console.result(fmt::format("{} recordings below {}\n", files, options->folder.string()),
                     {{"schema_version", 1}, {"files", files}});
      return 0;
    };
  });
}

}  // namespace

void add_data(CLI::App& program, Work& work) {
  CLI::App* data = program.add_subcommand("data", "look at recordings, or make some");
  data->require_subcommand(1);
  add_summary(*data, work);
  add_synth(*data, work);
}

}  // namespace mote::cli
