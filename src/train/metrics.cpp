#include "train/metrics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace mote {

namespace {
double ratio(int64_t part, int64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

int64_t truths(const Confusion& confusion, size_t label) {
  int64_t sum = 0;
  for (size_t p = 0; p < confusion.classes; ++p) sum += confusion.at(label, p);
  return sum;
}

int64_t guesses(const Confusion& confusion, size_t label) {
  int64_t sum = 0;
  for (size_t t = 0; t < confusion.classes; ++t) sum += confusion.at(t, label);
  return sum;
}
}  // namespace

int64_t Confusion::total() const {
  return std::accumulate(counts.begin(), counts.end(), int64_t{0});
}

int64_t Confusion::correct() const {
  int64_t sum = 0;
  for (size_t c = 0; c < classes; ++c) sum += at(c, c);
  return sum;
}

std::vector<int> predictions(std::span<const float> scores, size_t classes) {
  std::vector<int> result;
  result.reserve(scores.size() / classes);
  for (size_t at = 0; at + classes <= scores.size(); at += classes) {
    const auto row = scores.subspan(at, classes);
    result.push_back(static_cast<int>(std::max_element(row.begin(), row.end()) - row.begin()));
  }
  return result;
}

Confusion confusion(std::span<const int> truth, std::span<const int> predicted, size_t classes) {
  Confusion result{classes, std::vector<int64_t>(classes * classes)};
  for (size_t i = 0; i < truth.size(); ++i)
    ++result.counts[static_cast<size_t>(truth[i]) * classes + static_cast<size_t>(predicted[i])];
  return result;
}

double accuracy(const Confusion& confusion) {
  return ratio(confusion.correct(), confusion.total());
}
double recall(const Confusion& confusion, size_t label) {
  return ratio(confusion.at(label, label), truths(confusion, label));
}
double precision(const Confusion& confusion, size_t label) {
  return ratio(confusion.at(label, label), guesses(confusion, label));
}
double f1(const Confusion& confusion, size_t label) {
  return ratio(2 * confusion.at(label, label), truths(confusion, label) + guesses(confusion, label));
}

double macro_f1(const Confusion& confusion) {
  double sum = 0;
  int64_t seen = 0;
  for (size_t c = 0; c < confusion.classes; ++c) {
    if (truths(confusion, c) + guesses(confusion, c) == 0) continue;
    sum += f1(confusion, c);
    ++seen;
  }
  return seen == 0 ? 0 : sum / static_cast<double>(seen);
}

double GroupAccuracy::accuracy(size_t group) const {
  return ratio(correct[group], samples[group]);
}

GroupAccuracy group_accuracy(std::span<const int> truth, std::span<const int> predicted, std::span<const int> groups,
                             size_t subjects) {
  GroupAccuracy result{std::vector<int64_t>(subjects), std::vector<int64_t>(subjects)};
  for (size_t i = 0; i < truth.size(); ++i) {
    const auto group = static_cast<size_t>(groups[i]);
    ++result.samples[group];
    if (truth[i] == predicted[i]) ++result.correct[group];
  }
  return result;
}

double area_under_curve(std::span<const float> scores, std::span<const uint8_t> positive) {
  std::vector<size_t> order(scores.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return scores[a] < scores[b]; });
  double rank_sum = 0, positives = 0;
  for (size_t begin = 0; begin < order.size();) {
    size_t end = begin + 1;
    while (end < order.size() && scores[order[end]] == scores[order[begin]]) ++end;
    const double rank = static_cast<double>(begin + 1 + end) / 2;  // equal scores share the mean of their ranks
    for (size_t i = begin; i < end; ++i)
      if (positive[order[i]] != 0) {
        rank_sum += rank;
        ++positives;
      }
    begin = end;
  }
  const double negatives = static_cast<double>(scores.size()) - positives;
  if (positives == 0 || negatives == 0) return 0.5;
  return (rank_sum - positives * (positives + 1) / 2) / (positives * negatives);
}

RegressionError regression_error(std::span<const float> outputs, std::span<const float> targets) {
  RegressionError result;
  if (outputs.empty()) return result;
  const auto n = static_cast<double>(outputs.size());
  double absolute = 0, squared = 0, sum = 0, sum_of_squares = 0;
  for (size_t i = 0; i < outputs.size(); ++i) {
    const auto target = static_cast<double>(targets[i]);
    const double difference = static_cast<double>(outputs[i]) - target;
    absolute += std::abs(difference);
    squared += difference * difference;
    sum += target;
  }
  for (const float target : targets) sum_of_squares += std::pow(static_cast<double>(target) - sum / n, 2);
  result.mean_absolute = absolute / n;
  result.root_mean_square = std::sqrt(squared / n);
  result.r2 = sum_of_squares > 0 ? 1 - squared / sum_of_squares : 0;
  return result;
}

nlohmann::json to_json(const Confusion& confusion, std::span<const std::string> classes) {
  nlohmann::json rows = nlohmann::json::array();
  for (size_t t = 0; t < confusion.classes; ++t) {
    nlohmann::json row = nlohmann::json::array();
    for (size_t p = 0; p < confusion.classes; ++p) row.push_back(confusion.at(t, p));
    rows.push_back(std::move(row));
  }
  return {{"n", confusion.total()},
          {"accuracy", accuracy(confusion)},
          {"macro_f1", macro_f1(confusion)},
          {"classes", std::vector<std::string>(classes.begin(), classes.end())},
          {"confusion", std::move(rows)}};
}

}  // namespace mote
