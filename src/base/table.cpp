#include "base/table.h"

#include <algorithm>
#include <cctype>

namespace mote {

std::string table(const std::vector<std::vector<std::string>>& rows) {
  const auto length = [](const std::string& cell) {  // of UTF-8, in code points
    return static_cast<size_t>(std::count_if(cell.begin(), cell.end(), [](char c) { return (c & 0xC0) != 0x80; }));
  };
  std::vector<size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], length(row[i]));
  }
  const auto numeric = [](const std::string& cell) {
    return !cell.empty() &&
           (std::isdigit(static_cast<unsigned char>(cell[0])) != 0 || cell[0] == '-' || cell[0] == '+');
  };
  std::string text;
  for (size_t r = 0; r < rows.size(); ++r) {
    std::string line;
    for (size_t i = 0; i < rows[r].size(); ++i) {
      const std::string& cell = rows[r][i];
      const std::string gap(widths[i] - length(cell), ' ');
      const bool right = numeric(r == 0 && rows.size() > 1 && i < rows[1].size() ? rows[1][i] : cell);
      line += (i == 0 ? "" : "  ") + (right ? gap + cell : cell + gap);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
    if (r == 0) {
      size_t total = 0;
      for (const size_t w : widths) total += w + 2;
      text += std::string(total >= 2 ? total - 2 : 0, '-') + "\n";
    }
  }
  return text;
}

std::string grouped(int64_t number) {
  std::string digits = std::to_string(number < 0 ? -number : number);
  for (auto i = static_cast<int64_t>(digits.size()) - 3; i > 0; i -= 3) digits.insert(static_cast<size_t>(i), ",");
  return (number < 0 ? "-" : "") + digits;
}

}  // namespace mote
