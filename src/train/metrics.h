#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

namespace mote {

/// counts[truth * classes + predicted]
struct Confusion {
  size_t classes = 0;
  std::vector<int64_t> counts;

  [[nodiscard]] int64_t at(size_t truth, size_t predicted) const { return counts[truth * classes + predicted]; }
  [[nodiscard]] int64_t total() const;
  [[nodiscard]] int64_t correct() const;
};

/// Index of the largest of each row of `classes` scores; the lowest index on a tie.
[[nodiscard]] std::vector<int> predictions(std::span<const float> scores, size_t classes);

/// truth, predicted: indices below `classes`, of equal number.
[[nodiscard]] Confusion confusion(std::span<const int> truth, std::span<const int> predicted, size_t classes);

/// Share of right answers; 0 of none.
[[nodiscard]] double accuracy(const Confusion& confusion);
/// Share of the class's samples that were recognised; 0 if there are none.
[[nodiscard]] double recall(const Confusion& confusion, size_t label);
[[nodiscard]] double precision(const Confusion& confusion, size_t label);
[[nodiscard]] double f1(const Confusion& confusion, size_t label);
/// Mean F1 over the classes that occur in truth or prediction.
[[nodiscard]] double macro_f1(const Confusion& confusion);

/// Share of right answers of each subject; groups: index of each sample's subject, below `subjects`. A subject without
/// samples has 0 in `samples`.
struct GroupAccuracy {
  std::vector<int64_t> samples, correct;  ///< [subjects]
  [[nodiscard]] double accuracy(size_t group) const;
};
[[nodiscard]] GroupAccuracy group_accuracy(std::span<const int> truth, std::span<const int> predicted,
                                           std::span<const int> groups, size_t subjects);

/// Area under the receiver operating characteristic: the chance that a positive scores higher than a negative, ties
/// counting half (Mann-Whitney). 0.5 if either kind is missing. positive: 0 or 1 each.
[[nodiscard]] double area_under_curve(std::span<const float> scores, std::span<const uint8_t> positive);

struct RegressionError {
  double mean_absolute = 0;
  double root_mean_square = 0;
  double r2 = 0;  ///< 1 - residual / total variation; 0 if the targets do not vary
};
[[nodiscard]] RegressionError regression_error(std::span<const float> outputs, std::span<const float> targets);

/// Keys as `mote eval --json` prints them: n, accuracy, macro_f1, classes, confusion.
[[nodiscard]] nlohmann::json to_json(const Confusion& confusion, std::span<const std::string> classes);

}  // namespace mote
