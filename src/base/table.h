#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mote {

/// Columns padded to their widest cell; columns of numbers (cells that begin with a digit or a sign) to the right. The
/// first row is the heading.
[[nodiscard]] std::string table(const std::vector<std::vector<std::string>>& rows);

/// 12345678 -> "12,345,678"
[[nodiscard]] std::string grouped(int64_t number);

}  // namespace mote
