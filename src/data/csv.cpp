#include "data/csv.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "base/files.h"
#include "data/toml_reader.h"

namespace mote {

namespace {

/// The number a cell holds, blanks around it and a leading plus sign allowed. Infinities and NaN count as numbers here.
std::optional<double> as_number(std::string_view cell) {
  while (!cell.empty() && (cell.front() == ' ' || cell.front() == '\t')) cell.remove_prefix(1);
  while (!cell.empty() && (cell.back() == ' ' || cell.back() == '\t')) cell.remove_suffix(1);
  if (cell.size() > 1 && cell.front() == '+' && cell[1] != '-') cell.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (error != std::errc{} || end != cell.data() + cell.size() || cell.empty()) return std::nullopt;
  return value;
}

}  // namespace

Result<CsvTable> CsvTable::read(const std::filesystem::path& path) {
  MOTE_TRY_ASSIGN(std::string text, read_text(path));
  return parse(std::move(text), path.string());
}

Result<CsvTable> CsvTable::parse(std::string text, std::string file) {
  CsvTable table;
  table.text_ = std::move(text);
  table.file_ = std::move(file);
  MOTE_TRY(table.scan());
  return table;
}

Result<> CsvTable::scan() {
  const std::string& t = text_;
  size_t at = t.starts_with("\xEF\xBB\xBF") ? 3 : 0;
  if (t.find_first_not_of(" \t\r\n", at) == std::string::npos)
    return fail(ErrorCode::kBadInput, "{}:1:1: the file is empty; a CSV file starts with a line of column names",
                file_);
  size_t cells_in_row = 0, row_begin = at;
  bool in_header = true;
  const auto end_row = [&](size_t end) -> Result<> {
    if (in_header) {
      for (size_t i = 0; i < cells_.size(); ++i) {
        const std::string name(t.substr(cells_[i].begin, cells_[i].size));
        if (name.empty())
          return fail(ErrorCode::kBadInput, "{}: column {} has no name; name every column in the first line",
                      place_at(cells_[i].begin), i + 1);
        if (std::find(header_.begin(), header_.end(), name) != header_.end())
          return fail(ErrorCode::kBadInput, "{}: the column \"{}\" is there twice; give every column a name of its own",
                      place_at(cells_[i].begin), name);
        header_.push_back(name);
      }
      cells_.clear();
      in_header = false;
    } else if (cells_in_row != header_.size()) {
      return fail(ErrorCode::kBadInput, "{}: the row has {} cells, the header has {}; repair or remove the row",
                  place_at(std::min(end, t.size() - 1)), cells_in_row, header_.size());
    } else {
      ++rows_;
    }
    return {};
  };
  while (at < t.size()) {
    Cell cell;
    if (t[at] == '"') {
      const size_t open = at++;
      cell.begin = at;
      for (;; ++at) {
        if (at >= t.size())
          return fail(ErrorCode::kBadInput, "{}: a quote is opened and never closed; add the closing quote",
                      place_at(open));
        if (t[at] != '"') continue;
        if (at + 1 >= t.size() || t[at + 1] != '"') break;
        cell.escaped = 1;
        ++at;
      }
      cell.size = (at++ - cell.begin) & (~size_t{0} >> 1);
      if (at < t.size() && t[at] != ',' && t[at] != '\n' && t[at] != '\r')
        return fail(ErrorCode::kBadInput, "{}: text after a closing quote; double the quotes inside a quoted cell",
                    place_at(at));
    } else {
      cell.begin = at;
      while (at < t.size() && t[at] != ',' && t[at] != '\n' && t[at] != '\r') ++at;
      cell.size = (at - cell.begin) & (~size_t{0} >> 1);
    }
    cells_.push_back(cell);
    ++cells_in_row;
    if (at < t.size() && t[at] == ',') {
      ++at;
      if (at < t.size()) continue;
      cells_.push_back({at, 0, 0});  // a comma as the very last byte: one more, empty cell
      ++cells_in_row;
    }
    const size_t row_end = at;
    if (at < t.size() && t[at] == '\r') ++at;
    if (at < t.size() && t[at] == '\n') ++at;
    const bool blank = cells_in_row == 1 && row_end == row_begin;
    if (blank) {
      if (t.find_first_not_of("\r\n", at) != std::string::npos)
        return fail(ErrorCode::kBadInput, "{}: an empty line between rows; remove it", place_at(row_begin));
      cells_.pop_back();
      break;
    }
    MOTE_TRY(end_row(row_end));
    cells_in_row = 0;
    row_begin = at;
  }
  if (rows_ == 0)
    return fail(ErrorCode::kBadInput, "{}:1:1: there is a header and no row below it; record again or remove the file",
                file_);
  return {};
}

std::string CsvTable::place_at(size_t offset) const {
  size_t line = 1, begin = text_.starts_with("\xEF\xBB\xBF") ? 3 : 0;
  for (size_t i = 0; i < offset && i < text_.size(); ++i)
    if (text_[i] == '\n' || (text_[i] == '\r' && i + 1 < text_.size() && text_[i + 1] != '\n')) {
      ++line;
      begin = i + 1;
    }
  return fmt::format("{}:{}:{}", file_, line, offset - begin + 1);
}

std::string_view CsvTable::raw(size_t row, size_t column) const {
  const Cell& cell = cells_[row * header_.size() + column];
  return std::string_view(text_).substr(cell.begin, cell.size);
}

std::string CsvTable::place(size_t row, size_t column) const {
  return place_at(cells_[row * header_.size() + column].begin);
}

Result<size_t> CsvTable::column(std::string_view name) const {
  for (size_t i = 0; i < header_.size(); ++i)
    if (header_[i] == name) return i;
  std::string known;
  for (const std::string& h : header_) known += (known.empty() ? "" : ", ") + h;
  const auto near = nearest_name(name, header_);
  return fail(ErrorCode::kBadInput, "{}:1:1: there is no column \"{}\"; {}the columns are {}", file_, name,
              near ? fmt::format("did you mean \"{}\"? ", *near) : "", known);
}

std::string CsvTable::text(size_t row, size_t column) const {
  std::string cell(raw(row, column));
  if (cells_[row * header_.size() + column].escaped)
    for (size_t at = 0; (at = cell.find("\"\"", at)) != std::string::npos; ++at) cell.erase(at, 1);
  return cell;
}

bool CsvTable::is_number(size_t row, size_t column) const {
  const auto value = as_number(raw(row, column));
  return value && std::isfinite(*value);
}

Result<std::vector<double>> CsvTable::numbers(size_t column) const {
  std::vector<double> values(rows_);
  for (size_t row = 0; row < rows_; ++row) {
    const std::string_view cell = raw(row, column);
    const auto value = as_number(cell);
    const auto refuse = [&](std::string_view what) {
      return fail(ErrorCode::kBadInput, "{}: column \"{}\" {}; correct the cell or remove the row", place(row, column),
                  header_[column], what);
    };
    if (cell.empty()) return refuse("is empty here, a number was expected");
    if (!value) return refuse(fmt::format("holds \"{}\", a number was expected", cell.substr(0, 40)));
    if (!std::isfinite(*value)) return refuse(fmt::format("holds {}, which is no measurement", cell));
    values[row] = *value;
  }
  return values;
}

}  // namespace mote
