#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/log.h"
#include "data/config.h"

namespace mote::test {

/// A folder to write recordings into, gone with the test.
class DataFolder {
 public:
  DataFolder() : folder_(*TemporaryFolder::make("mote-data-test")) {}
  [[nodiscard]] const std::filesystem::path& path() const { return folder_.path(); }
  void write(const std::string& name, std::string_view text) const {
    const auto written = write_text(path() / name, text);
    ASSERT_TRUE(written) << written.error().text();
  }

 private:
  TemporaryFolder folder_;
};

/// A log whose lines can be looked at.
struct Collected {
  std::vector<std::string> warnings;
  Log log{[this](Log::Level level, const std::string& line) {
    if (level == Log::Level::kWarning) warnings.push_back(line);
  }};
};

/// A section of a project file from TOML text.
template <class Config>
Result<Config> parse(Result<Config> (*read)(const toml::table&, std::string_view), std::string_view text) {
  return parse_toml(text, "mote.toml").and_then([&](const toml::table& table) { return read(table, "mote.toml"); });
}

template <class T>
std::string error_text(const Result<T>& result) {
  return result ? "no error" : result.error().text();
}

}  // namespace mote::test
