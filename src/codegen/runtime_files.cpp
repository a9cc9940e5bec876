#include "codegen/runtime_files.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "runtime_text.h"

namespace mote {

namespace {

constexpr std::string_view kInclude = "#include \"mote/rt/";

void collect(const std::string& name, std::set<std::string>& seen) {
  if (!seen.insert(name).second) return;
  const auto files = runtime_text::files();
  const auto file = std::find_if(files.begin(), files.end(), [&](const auto& f) { return f.name == name; });
  if (file == files.end()) return;
  for (size_t at = file->content.find(kInclude); at != std::string_view::npos;
       at = file->content.find(kInclude, at + 1)) {
    const size_t begin = at + kInclude.size();
    collect(std::string(file->content.substr(begin, file->content.find('"', begin) - begin)), seen);
  }
}

}  // namespace

std::vector<SourceFile> runtime_files(const std::set<std::string>& headers) {
  std::set<std::string> needed;
  for (const std::string& header : headers) collect(header, needed);
  std::vector<SourceFile> result;
  for (const auto& file : runtime_text::files())
    if (needed.contains(std::string(file.name)))
      result.push_back({fmt::format("mote/rt/{}", file.name), std::string(file.content)});
  return result;
}

}  // namespace mote
