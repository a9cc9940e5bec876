#include "data/names.h"

#include <regex>

namespace mote {

namespace fs = std::filesystem;

namespace {

Result<std::string> match(const std::string& pattern, const std::string& name, const fs::path& file, const char* what) {
  std::smatch groups;
  try {
    if (std::regex_search(name, groups, std::regex(pattern)) && groups.size() > 1 && groups[1].length() > 0)
      return groups[1].str();
  } catch (const std::regex_error& error) {
    return fail(ErrorCode::kBadInput, "\"{}\" is no regular expression: {}", pattern, error.what());
  }
  return fail(ErrorCode::kBadInput,
              "{}: the {} pattern \"{}\" finds no name in \"{}\"; rename the file or change [data] {}", file.string(),
              what, pattern, name, what);
}

}  // namespace

Result<std::string> name_from_path(const NameRule& rule, const fs::path& file, const fs::path& root, const char* what) {
  switch (rule.from) {
    case NameRule::From::kNone:
    case NameRule::From::kColumn:
      return std::string();
    case NameRule::From::kFolder: {
      fs::path folder = fs::weakly_canonical(file);
      for (int i = 0; i < rule.level; ++i) folder = folder.parent_path();
      if (const std::string name = folder.filename().string(); !name.empty()) return name;
      return fail(ErrorCode::kBadInput, "{}: there is no folder {} steps up to take the {} from", file.string(),
                  rule.level, what);
    }
    case NameRule::From::kFile: {
      const std::string name = file.filename().string();
      if (!rule.pattern.empty()) return match(rule.pattern, name, file, what);
      if (const std::string first = name.substr(0, name.find('.')); !first.empty()) return first;
      return fail(ErrorCode::kBadInput,
                  "{}: the file name holds no {} before its first dot; rename it to {}.NUMBER.csv", file.string(), what,
                  what);
    }
    case NameRule::From::kPath:
      return match(rule.pattern, file.lexically_relative(root).generic_string(), file, what);
  }
  return fail(ErrorCode::kInternal, "unknown rule for the {}", what);
}

}  // namespace mote
