#pragma once

#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "data/config.h"
#include "data/dataset.h"

namespace mote {

/// Indices of windows, each ascending. No window stands in two of them; split by subject (recording), no subject
/// (recording) does.
struct Split {
  std::vector<size_t> train, validation, test;
};

/// One split, or one per fold: every window is tested in exactly one fold.
///
/// By recording, folds are stratified: every class is spread evenly over them. "modulo" puts the subject whose name
/// holds the number k into fold (k - 1) mod folds. "groups" lists the subjects of each fold.
///
/// kBadInput, each with what to do: a class seen in one recording (window) only, fewer subjects than sides, names that
/// are no subjects. By rows a warning is logged: neighbouring windows are nearly the same, so the result flatters.
[[nodiscard]] Result<std::vector<Split>> make_splits(const Dataset& dataset, const SplitConfig& config,
                                                     const Log& log = {});

}  // namespace mote
