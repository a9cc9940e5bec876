#include <cstdio>
#include <exception>

#include "cli/console.h"
#include "cli/verbs.h"

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
