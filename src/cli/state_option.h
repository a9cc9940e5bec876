#pragma once

#include <CLI/CLI.hpp>

#include "cli/console.h"
#include "pipeline/run_model.h"

namespace mote::cli {

/// `--keep-state`: what a model carries over goes from one `item` to the next. Without it, each one starts afresh.
inline void add_keep_state(CLI::App& verb, bool& keep_state, std::string_view item) {
  verb.add_flag("--keep-state", keep_state,
                fmt::format("a stateful model goes on from one {} to the next; by default each starts afresh", item));
}

[[nodiscard]] inline StateUse state_use(bool keep_state) {
  return keep_state ? StateUse::kKeep : StateUse::kReset;
}

/// Says which of the two a stateful model is in for, where it makes a difference.
inline void remark_on_state(const Plan& plan, bool keep_state, size_t items, std::string_view item,
                            const Console& console) {
  if (plan.states.empty()) {
    if (keep_state) console.log().info("the model carries no state: --keep-state changes nothing");
    return;
  }
  if (keep_state)
    console.log().info("the model's {} bytes of state go on from one {} to the next", plan.state_bytes, item);
  else if (items > 1)
    console.log().info("the model carries {} bytes of state, which is reset before each {}; --keep-state lets it go on",
                       plan.state_bytes, item);
}

}  // namespace mote::cli
