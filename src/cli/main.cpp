#include <algorithm>
#include <cstdio>
#include <exception>

#include "cli/console.h"
#include "cli/verbs.h"
#include "data/toml_reader.h"

namespace {

constexpr int kWrongUsage = 2;

constexpr const char* kAbout =
    "Mote turns sensor recordings, or a finished model, and a board's limits into firmware that is proven to fit.";

constexpr const char* kFooter = R"(
A first project:
  mote new gesture --template activity
  mote build gesture/mote.toml -o gesture/out
  mote measure gesture/out/model.tflite --board nano33ble

Exit codes: 0 done; 1 bad input or failed work; 2 wrong usage; 3 the answer is no (does not fit, not equal).)";

/// Whether the first word is neither an option nor a verb; then says so on stderr, with the verb that it resembles.
bool say_unknown_verb(const CLI::App& program, const std::string& word) {
  std::vector<std::string> verbs;
  for (const CLI::App* verb : program.get_subcommands(nullptr)) verbs.push_back(verb->get_name());
  if (word.starts_with('-') || std::find(verbs.begin(), verbs.end(), word) != verbs.end()) return false;
  const auto near = mote::nearest_name(word, verbs);
  fmt::print(stderr, "mote: there is no verb \"{}\"; {}\n", word,
             near ? fmt::format("did you mean {}?", *near) : fmt::format("there are {}", fmt::join(verbs, ", ")));
  return true;
}

}  // namespace

int main(int argc, char** argv) try {
  using namespace mote;
  cli::Console console;
  cli::Work work;
  CLI::App program(kAbout, "mote");
  program.footer(kFooter);
  program.require_subcommand(1);
  program.fallthrough();
  program.set_version_flag("--version", "mote 0.1.0");
  program.add_flag("--json", console.json, "print one JSON object on stdout and nothing else there");
  program.add_flag("-q,--quiet", console.quiet, "no progress, no remarks; warnings stay");
  for (const auto add :
       {cli::add_new, cli::add_data, cli::add_train, cli::add_quantize, cli::add_build, cli::add_check, cli::add_run,
        cli::add_eval, cli::add_measure, cli::add_verify, cli::add_export, cli::add_boards})
    add(program, work);
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (say_unknown_verb(program, argc > 1 ? argv[1] : "-")) return kWrongUsage;
    return program.exit(error) == 0 ? 0 : kWrongUsage;
  }
  Result<int> result = work(console);
  if (!result) console.failure(result.error());
  if (const auto written = console.finish(); !written && result) {
    console.failure(written.error());
    return cli::exit_code(written.error());
  }
  return result ? *result : cli::exit_code(result.error());
} catch (const std::exception& error) {  // out of memory and the like: Mote's own code returns its errors
  std::fprintf(stderr, "mote: %s\n", error.what());
  return 1;
}
