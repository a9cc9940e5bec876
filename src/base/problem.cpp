#include "base/problem.h"

#include <algorithm>

namespace mote {

namespace {
constexpr size_t kMostTold = 3;

std::string general_fix(ErrorCode code) {
  if (code == ErrorCode::kUnsupported) return "change the layer to what docs/operators.md lists and convert again";
  return "the file is damaged, or its converter is at fault: convert again";
}
}  // namespace

std::string shortened(const std::string& tensor_name) {
  constexpr size_t kMostShown = 60;
  return tensor_name.size() <= kMostShown ? tensor_name : tensor_name.substr(0, kMostShown) + "...";
}

Problem problem_of(std::string_view id, const Error& error) {
  const std::string said = error.text();
  const size_t cut = said.find("; ");
  Problem problem;
  problem.id = id;
  problem.code = error.code;
  problem.reason = said.substr(0, cut);
  problem.fix = cut == std::string::npos ? general_fix(error.code) : said.substr(cut + 2);
  return problem;
}

std::string place(const Problem& problem) {
  if (problem.op >= 0) {
    const bool named = !problem.tensor_name.empty();
    return fmt::format("op {} ({}{}{})", problem.op, problem.op_name, named ? " " : "", shortened(problem.tensor_name));
  }
  if (problem.tensor >= 0) return fmt::format("tensor {} ({})", problem.tensor, shortened(problem.tensor_name));
  return {};
}

std::string text(const Problem& problem) {
  const std::string where = place(problem);
  return fmt::format("{}{}{}{}{}", where, where.empty() ? "" : ": ", problem.reason, problem.fix.empty() ? "" : "; ",
                     problem.fix);
}

Error refusal(std::span<const Problem> problems) {
  Error error{ErrorCode::kUnsupported, {}, {}};
  for (const Problem& problem : problems)
    if (problem.code != ErrorCode::kUnsupported) error.code = problem.code;
  for (size_t i = 0; i < std::min(problems.size(), kMostTold); ++i)
    error.message += fmt::format("{}{}", i == 0 ? "" : "\n  ", text(problems[i]));
  if (problems.size() > kMostTold)
    error.message += fmt::format("\n  and {} more: mote check lists them all", problems.size() - kMostTold);
  return error;
}

}  // namespace mote
