#include "data/recording.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "base/files.h"
#include "data/csv.h"
#include "data/names.h"
#include "data/toml_reader.h"

namespace mote {

namespace fs = std::filesystem;

namespace {

double seconds_per(const std::string& unit) {
  return unit == "ms" ? 1e-3 : unit == "us" ? 1e-6 : unit == "ns" ? 1e-9 : 1.0;
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// A table row by row under names, before names become indices.
struct RawFile {
  std::vector<double> times;
  std::vector<float> samples, targets;
  std::vector<std::string> labels, subjects;  ///< one for the whole file, or one a row
};

/// Collects files into one set; names become indices at the end, when all of them are known.
class Loader {
 public:
  Loader(const DataConfig& config, const Log& log) : config_(config), log_(log) {}

  Result<> add_folder(const fs::path& path) {
    std::error_code ec;
    if (!fs::exists(path, ec))
      return fail(ErrorCode::kBadInput, "{} does not exist; correct [data] path or put recordings there",
                  path.string());
    std::vector<fs::path> files = {path};
    fs::path root = path.parent_path();
    if (fs::is_directory(path, ec)) {
      MOTE_TRY_ASSIGN(files, list_files(path, "." + config_.format));
      root = path;
    }
    if (files.empty())
      return fail(ErrorCode::kBadInput, "{} holds no .{} files; record some data or correct [data] path", path.string(),
                  config_.format);
    for (const fs::path& file : files) MOTE_TRY(add_file(file, root));
    return {};
  }

  Result<RecordingSet> finish();

 private:
  Result<> add_file(const fs::path& file, const fs::path& root);
  Result<> choose_channels(const CsvTable& table);
  Result<std::vector<float>> matrix(const CsvTable& table, const std::vector<std::string>& names) const;
  Result<std::vector<std::string>> names(const CsvTable& table, const NameRule& rule, const fs::path& file,
                                         const fs::path& root, const char* what) const;
  Result<std::vector<double>> times(const CsvTable& table) const;
  Result<> sort_by_time(const CsvTable& table, std::vector<double>& times, std::vector<size_t>& order) const;
  void add_part(const fs::path& file, const RawFile& raw, std::span<const size_t> rows, const std::string& subject);

  const DataConfig& config_;
  const Log& log_;
  RecordingSet set_;
  std::vector<std::vector<std::string>> labels_;  ///< per recording: one name, or one a sample
  std::vector<std::string> subjects_;             ///< per recording
};

Result<> Loader::choose_channels(const CsvTable& table) {
  if (!set_.channels.empty()) return {};
  set_.targets = config_.targets;
  set_.channels = config_.columns;
  if (set_.channels.empty())
    for (size_t i = 0; i < table.header().size(); ++i) {
      const std::string& name = table.header()[i];
      const bool other_role = name == config_.time || contains(config_.targets, name) ||
                              (config_.label.from == NameRule::From::kColumn && name == config_.label.column) ||
                              (config_.subject.from == NameRule::From::kColumn && name == config_.subject.column);
      if (!other_role && table.is_number(0, i)) set_.channels.push_back(name);
    }
  if (set_.channels.empty())
    return fail(ErrorCode::kBadInput, "{}:1:1: no column holds sensor readings; name them in [data] columns",
                table.file());
  return {};
}

Result<std::vector<float>> Loader::matrix(const CsvTable& table, const std::vector<std::string>& columns) const {
  std::vector<float> values(table.rows() * columns.size());
  for (size_t c = 0; c < columns.size(); ++c) {
    MOTE_TRY_ASSIGN(const size_t index, table.column(columns[c]));
    MOTE_TRY_ASSIGN(const std::vector<double> column, table.numbers(index));
    for (size_t row = 0; row < column.size(); ++row) values[row * columns.size() + c] = static_cast<float>(column[row]);
  }
  return values;
}

Result<std::vector<std::string>> Loader::names(const CsvTable& table, const NameRule& rule, const fs::path& file,
                                               const fs::path& root, const char* what) const {
  std::vector<std::string> found;
  if (rule.from != NameRule::From::kColumn) {
    MOTE_TRY_ASSIGN(found.emplace_back(), name_from_path(rule, file, root, what));
    return found;
  }
  MOTE_TRY_ASSIGN(const size_t column, table.column(rule.column));
  for (size_t row = 0; row < table.rows(); ++row) {
    found.push_back(table.text(row, column));
    if (found.back().empty())
      return fail(ErrorCode::kBadInput, "{}: the {} is missing; fill the cell or remove the row",
                  table.place(row, column), what);
  }
  return found;
}

Result<std::vector<double>> Loader::times(const CsvTable& table) const {
  if (config_.time.empty()) return std::vector<double>{};
  MOTE_TRY_ASSIGN(const size_t column, table.column(config_.time));
  MOTE_TRY_ASSIGN(std::vector<double> times, table.numbers(column));
  const double first = times.front(), unit = seconds_per(config_.time_unit);
  for (double& t : times) t = (t - first) * unit;
  return times;
}

/// Leaves `order` as the identity when the times ascend.
Result<> Loader::sort_by_time(const CsvTable& table, std::vector<double>& times, std::vector<size_t>& order) const {
  const auto back = std::is_sorted_until(times.begin(), times.end());
  if (back == times.end()) return {};
  const size_t row = static_cast<size_t>(back - times.begin());
  MOTE_TRY_ASSIGN(const size_t column, table.column(config_.time));
  if (!config_.sort_times)
    return fail(ErrorCode::kBadInput,
                "{}: time runs backwards here ({} after {}); sort the rows or set [data] sort_times = true",
                table.place(row, column), table.text(row, column), table.text(row - 1, column));
  log_.warning("{}: time runs backwards here; the rows were sorted", table.place(row, column));
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return times[a] < times[b]; });
  return {};
}

Result<> Loader::add_file(const fs::path& file, const fs::path& root) {
  MOTE_TRY_ASSIGN(const CsvTable table, CsvTable::read(file));
  MOTE_TRY(choose_channels(table));
  RawFile raw;
  MOTE_TRY_ASSIGN(raw.samples, matrix(table, set_.channels));
  MOTE_TRY_ASSIGN(raw.targets, matrix(table, set_.targets));
  MOTE_TRY_ASSIGN(raw.labels, names(table, config_.label, file, root, "label"));
  MOTE_TRY_ASSIGN(raw.subjects, names(table, config_.subject, file, root, "subject"));
  MOTE_TRY_ASSIGN(raw.times, times(table));
  std::vector<size_t> order(table.rows());
  std::iota(order.begin(), order.end(), size_t{0});
  if (raw.subjects.size() == 1) {
    MOTE_TRY(sort_by_time(table, raw.times, order));
    add_part(file, raw, order, raw.subjects[0]);
    return {};
  }
  for (size_t begin = 0; begin < order.size();) {
    size_t end = begin + 1;
    while (end < order.size() && raw.subjects[end] == raw.subjects[begin]) ++end;
    const std::span<const size_t> part(order.data() + begin, end - begin);
    for (size_t i = begin + 1; i < end && !raw.times.empty(); ++i)
      if (raw.times[i] < raw.times[i - 1])
        return fail(ErrorCode::kBadInput, "{}: time runs backwards within one subject; sort the rows",
                    table.place(i, table.column(config_.time).value_or(0)));
    add_part(file, raw, part, raw.subjects[begin]);
    begin = end;
  }
  return {};
}

void Loader::add_part(const fs::path& file, const RawFile& raw, std::span<const size_t> rows,
                      const std::string& subject) {
  const size_t channels = set_.channels.size(), targets = set_.targets.size();
  Recording r;
  r.path = file.string();
  r.samples.reserve(rows.size() * channels);
  std::vector<std::string> labels;
  for (const size_t row : rows) {
    const auto copy = [row](const std::vector<float>& from, size_t width, std::vector<float>& to) {
      for (size_t i = 0; i < width; ++i) to.push_back(from[row * width + i]);
    };
    copy(raw.samples, channels, r.samples);
    copy(raw.targets, targets, r.targets);
    if (!raw.times.empty()) r.times.push_back(raw.times[row] - raw.times[rows.front()]);
    if (raw.labels.size() > 1) labels.push_back(raw.labels[row]);
  }
  if (labels.empty()) labels = {raw.labels.size() > 1 ? raw.labels[rows.front()] : raw.labels.front()};
  if (r.times.empty()) r.rate_hz = config_.source_rate_hz > 0 ? config_.source_rate_hz : config_.rate_hz;
  set_.recordings.push_back(std::move(r));
  labels_.push_back(std::move(labels));
  subjects_.push_back(subject.empty() ? "all" : subject);
}

Result<RecordingSet> Loader::finish() {
  const bool labelled = config_.targets.empty() && config_.label.from != NameRule::From::kNone;
  std::set<std::string> found_classes, found_subjects(subjects_.begin(), subjects_.end());
  for (const auto& labels : labels_) found_classes.insert(labels.begin(), labels.end());
  for (const std::string& ignored : config_.ignore_labels) found_classes.erase(ignored);
  set_.subjects.assign(found_subjects.begin(), found_subjects.end());
  std::map<std::string, int> class_index, subject_index;
  if (labelled) {
    set_.classes = config_.classes;
    if (set_.classes.empty()) set_.classes.assign(found_classes.begin(), found_classes.end());
    if (set_.classes.empty())
      return fail(ErrorCode::kBadInput, "every label is in [data] ignore_labels; nothing is left to learn");
    for (const std::string& name : set_.classes) class_index.emplace(name, static_cast<int>(class_index.size()));
  }
  for (const std::string& name : set_.subjects) subject_index.emplace(name, static_cast<int>(subject_index.size()));
  for (size_t i = 0; i < set_.recordings.size(); ++i) {
    Recording& r = set_.recordings[i];
    r.subject = subject_index[subjects_[i]];
    if (!labelled) continue;
    std::vector<int> indices;
    for (const std::string& name : labels_[i]) {
      const auto at = class_index.find(name);
      if (at == class_index.end() && !contains(config_.ignore_labels, name)) {
        const auto near = nearest_name(name, set_.classes);
        return fail(ErrorCode::kBadInput,
                    "{}: the label \"{}\" is not in [data] classes; {}add it there or to ignore_labels", r.path, name,
                    near ? fmt::format("did you mean \"{}\"? Or ", *near) : "");
      }
      indices.push_back(at == class_index.end() ? -1 : at->second);
    }
    if (indices.size() == 1) indices.resize(r.size(set_.channels.size()), indices[0]);
    r.labels = std::move(indices);
  }
  const double rate = set_.recordings.front().rate_hz;
  const bool one_rate = std::all_of(set_.recordings.begin(), set_.recordings.end(),
                                    [&](const Recording& r) { return r.rate_hz == rate; });
  set_.rate_hz = one_rate ? rate : 0;
  return std::move(set_);
}

}  // namespace

Result<RecordingSet> load_recordings(const DataConfig& config, const fs::path& folder, const Log& log) {
  Loader loader(config, log);
  for (const std::string& path : config.paths) MOTE_TRY(loader.add_folder(folder / path));
  return loader.finish();
}

Result<RecordingSet> load_recordings_in(const DataConfig& config, const fs::path& folder, const Log& log) {
  Loader loader(config, log);
  MOTE_TRY(loader.add_folder(folder));
  return loader.finish();
}

}  // namespace mote
