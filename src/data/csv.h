#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace mote {

/// A comma-separated file with a header line. Strict: every row has as many cells as the header. Quoted cells, CRLF
/// line ends, a byte order mark and a missing last line end are understood.
class CsvTable {
 public:
  /// kBadInput with file, line and column for an empty file, a ragged row, an open quote or a repeated column name.
  [[nodiscard]] static Result<CsvTable> read(const std::filesystem::path& path);
  [[nodiscard]] static Result<CsvTable> parse(std::string text, std::string file);

  [[nodiscard]] size_t rows() const { return rows_; }
  [[nodiscard]] const std::vector<std::string>& header() const { return header_; }
  [[nodiscard]] const std::string& file() const { return file_; }
  /// Index of the column `name`; the error lists the columns there are and the nearest name.
  [[nodiscard]] Result<size_t> column(std::string_view name) const;

  [[nodiscard]] std::string text(size_t row, size_t column) const;
  /// True if the cell reads as a finite number.
  [[nodiscard]] bool is_number(size_t row, size_t column) const;
  /// All values of a column. Text, empty cells, NaN and infinities are refused with their place.
  [[nodiscard]] Result<std::vector<double>> numbers(size_t column) const;
  /// "file:line:column" of a cell, counted from 1.
  [[nodiscard]] std::string place(size_t row, size_t column) const;

 private:
  /// A cell without its quotes, as a stretch of the text; `escaped` if doubled quotes are left inside.
  struct Cell {
    size_t begin = 0;
    size_t size : 63 = 0;
    size_t escaped : 1 = 0;
  };

  [[nodiscard]] Result<> scan();
  [[nodiscard]] std::string_view raw(size_t row, size_t column) const;
  [[nodiscard]] std::string place_at(size_t offset) const;

  std::string file_;
  std::string text_;
  std::vector<std::string> header_;
  std::vector<Cell> cells_;  ///< [rows][columns]
  size_t rows_ = 0;
};

}  // namespace mote
