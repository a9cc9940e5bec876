#include "data/split.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <optional>
#include <set>

#include "base/rng.h"
#include "data/toml_reader.h"

namespace mote {

namespace {

using By = SplitConfig::By;
using Rule = SplitConfig::Rule;

std::vector<size_t> shuffled(size_t count, Rng& rng) {
  std::vector<size_t> order(count);
  std::iota(order.begin(), order.end(), size_t{0});
  rng.shuffle(std::span(order));
  return order;
}

/// What is never cut: the unit (subject, recording or window) of every window, numbered without holes.
struct Units {
  std::vector<size_t> of_window;
  std::vector<int> label;     ///< of each unit's first window; 0 for regression
  std::vector<size_t> first;  ///< its first window
};

Units find_units(const Dataset& d, By by) {
  Units units;
  std::map<int, size_t> seen;
  for (size_t i = 0; i < d.size(); ++i) {
    const int name = by == By::kSubject     ? d.subject_ids[i]
                     : by == By::kRecording ? d.recording_ids[i]
                                            : static_cast<int>(i);
    const auto [at, fresh] = seen.emplace(name, units.first.size());
    if (fresh) {
      units.first.push_back(i);
      units.label.push_back(d.labels.empty() ? 0 : d.labels[i]);
    }
    units.of_window.push_back(at->second);
  }
  return units;
}

const char* plural(By by) {
  return by == By::kSubject ? "subjects" : by == By::kRecording ? "recordings" : "windows";
}

Result<> refuse_single_classes(const Dataset& d, By by) {
  for (size_t c = 0; c < d.classes.size() && !d.labels.empty(); ++c) {
    std::set<size_t> places;
    size_t last = 0;
    for (size_t i = 0; i < d.size(); ++i)
      if (d.labels[i] == static_cast<int>(c)) {
        places.insert(by == By::kRows ? i : static_cast<size_t>(d.recording_ids[i]));
        last = i;
      }
    if (places.size() == 1)
      return fail(
          ErrorCode::kBadInput,
          "{}: the label \"{}\" is seen once only, so it cannot be both trained and tested; record it again or add "
          "it to [data] ignore_labels",
          d.recordings[static_cast<size_t>(d.recording_ids[last])], d.classes[c]);
  }
  return {};
}

Result<size_t> subject_named(const Dataset& d, const Units& units, const std::string& name) {
  for (size_t u = 0; u < units.first.size(); ++u)
    if (d.subjects[static_cast<size_t>(d.subject_ids[units.first[u]])] == name) return u;
  std::string known;
  for (const std::string& s : d.subjects) known += (known.empty() ? "" : ", ") + s;
  const auto near = nearest_name(name, d.subjects);
  return fail(ErrorCode::kBadInput, "[split] names the subject \"{}\", which has no windows; {}there are {}", name,
              near ? fmt::format("did you mean \"{}\"? ", *near) : "", known);
}

/// The first whole number in a name ("s07" -> 7).
std::optional<size_t> number_in(const std::string& name) {
  const size_t begin = name.find_first_of("0123456789");
  if (begin == std::string::npos) return std::nullopt;
  size_t number = 0;
  for (size_t i = begin; i < name.size() && name[i] >= '0' && name[i] <= '9' && number < 1000000; ++i)
    number = number * 10 + static_cast<size_t>(name[i] - '0');
  return number;
}

/// Deals units to `folds` in turn, class after class, so that every fold gets its share of every class.
std::vector<size_t> deal(const Units& units, size_t folds, uint64_t seed, bool stratified) {
  Rng rng = Rng::stream(seed, 0x5B117);
  std::vector<size_t> order = shuffled(units.first.size(), rng);
  if (stratified)
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return units.label[a] < units.label[b]; });
  std::vector<size_t> fold(order.size());
  for (size_t i = 0; i < order.size(); ++i) fold[order[i]] = i % folds;
  return fold;
}

/// About `fraction` of `candidates`, at least one and never all of them.
std::vector<size_t> draw(const Units& units, const std::vector<size_t>& candidates, double fraction, uint64_t seed,
                         bool stratified) {
  Rng rng = Rng::stream(seed, 0xA11D);
  std::vector<size_t> order;
  for (const size_t i : shuffled(candidates.size(), rng)) order.push_back(candidates[i]);
  if (stratified)
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return units.label[a] < units.label[b]; });
  const auto n = static_cast<double>(order.size());
  const auto count = static_cast<size_t>(std::clamp(std::round(n * fraction), 1.0, n - 1));
  std::vector<size_t> drawn;
  for (size_t k = 0; k < count; ++k) drawn.push_back(order[(2 * k + 1) * order.size() / (2 * count)]);
  return drawn;
}

/// The fold that tests each unit.
Result<std::vector<size_t>> folds_of(const Dataset& d, const SplitConfig& c, const Units& units) {
  const size_t count = units.first.size();
  if (c.rule == Rule::kShuffle) return deal(units, c.folds, c.seed, c.by != By::kSubject);
  std::vector<size_t> fold(count, c.folds);
  if (c.rule == Rule::kModulo) {
    for (size_t u = 0; u < count; ++u) {
      const std::string& name = d.subjects[static_cast<size_t>(d.subject_ids[units.first[u]])];
      const auto number = number_in(name);
      if (!number || *number == 0)
        return fail(
            ErrorCode::kBadInput,
            "[split] rule \"modulo\" needs subjects numbered from 1, but one is named \"{}\"; use rule = \"shuffle\"",
            name);
      fold[u] = (*number - 1) % c.folds;
    }
    return fold;
  }
  for (size_t g = 0; g < c.groups.size(); ++g)
    for (const std::string& name : c.groups[g]) {
      MOTE_TRY_ASSIGN(const size_t unit, subject_named(d, units, name));
      if (fold[unit] != c.folds)
        return fail(ErrorCode::kBadInput, "[split] groups name the subject \"{}\" twice", name);
      fold[unit] = g;
    }
  for (size_t u = 0; u < count; ++u)
    if (fold[u] == c.folds)
      return fail(ErrorCode::kBadInput, "[split] the subject \"{}\" is in none of the groups; add it to one of them",
                  d.subjects[static_cast<size_t>(d.subject_ids[units.first[u]])]);
  return fold;
}

/// From the units to test to the windows of all three sides.
Result<Split> fill(const SplitConfig& c, const Units& units, const std::vector<bool>& tested) {
  std::vector<size_t> rest;
  for (size_t u = 0; u < tested.size(); ++u)
    if (!tested[u]) rest.push_back(u);
  if (rest.empty() || rest.size() == tested.size())
    return fail(ErrorCode::kBadInput,
                "[split] a split has nothing to {}; there are {} {}; use fewer folds or other groups",
                rest.empty() ? "train on" : "test on", tested.size(), plural(c.by));
  std::vector<bool> validates(tested.size());
  if (c.validation > 0 && rest.size() > 1)
    for (const size_t u : draw(units, rest, c.validation, c.seed, c.by != By::kSubject)) validates[u] = true;
  Split split;
  for (size_t i = 0; i < units.of_window.size(); ++i) {
    const size_t u = units.of_window[i];
    (tested[u] ? split.test : validates[u] ? split.validation : split.train).push_back(i);
  }
  return split;
}

}  // namespace

Result<std::vector<Split>> make_splits(const Dataset& d, const SplitConfig& c, const Log& log) {
  const Units units = find_units(d, c.by);
  const size_t count = units.first.size();
  if (c.by == By::kSubject && count == 1)
    return fail(
        ErrorCode::kBadInput,
        "all recordings are of one subject (\"{}\"), so nobody is left to test on; record a second person, tell them "
        "apart with [data] subject, or ask for [split] by = \"recording\" or \"rows\"",
        d.subjects[static_cast<size_t>(d.subject_ids[0])]);
  if (count < std::max<size_t>(2, c.folds))
    return fail(ErrorCode::kBadInput,
                "[split] asks for {} folds, but there are only {} {}; use fewer folds or record more",
                std::max<size_t>(2, c.folds), count, plural(c.by));
  MOTE_TRY(refuse_single_classes(d, c.by));
  if (c.by == By::kRows)
    log.warning(
        "split by rows: windows of one recording are trained and tested on, so the accuracy flatters; split by "
        "subject to know how it does on strangers");
  std::vector<Split> splits;
  if (c.folds == 0) {
    std::vector<bool> tested(count);
    std::vector<size_t> all(count);
    std::iota(all.begin(), all.end(), size_t{0});
    for (const std::string& name : c.test) {
      MOTE_TRY_ASSIGN(const size_t unit, subject_named(d, units, name));
      tested[unit] = true;
    }
    if (c.test.empty())
      for (const size_t u : draw(units, all, c.holdout, c.seed + 1, c.by != By::kSubject)) tested[u] = true;
    MOTE_TRY_ASSIGN(splits.emplace_back(), fill(c, units, tested));
    return splits;
  }
  MOTE_TRY_ASSIGN(const std::vector<size_t> fold, folds_of(d, c, units));
  for (size_t f = 0; f < c.folds; ++f) {
    std::vector<bool> tested(count);
    for (size_t u = 0; u < count; ++u) tested[u] = fold[u] == f;
    MOTE_TRY_ASSIGN(splits.emplace_back(), fill(c, units, tested));
  }
  return splits;
}

}  // namespace mote
