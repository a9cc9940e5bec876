#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "cli/console.h"

namespace mote::cli {

/// Each verb adds itself to the program. Its callback runs only if the verb was chosen, and stores what to do next:
/// parsing is over before any work begins.
using Work = std::function<Result<int>(const Console&)>;

void add_new(CLI::App& program, Work& work);
void add_data(CLI::App& program, Work& work);
void add_train(CLI::App& program, Work& work);
void add_quantize(CLI::App& program, Work& work);
void add_build(CLI::App& program, Work& work);
void add_check(CLI::App& program, Work& work);
void add_run(CLI::App& program, Work& work);
void add_eval(CLI::App& program, Work& work);
void add_measure(CLI::App& program, Work& work);
void add_verify(CLI::App& program, Work& work);
void add_export(CLI::App& program, Work& work);
void add_boards(CLI::App& program, Work& work);

}  // namespace mote::cli
