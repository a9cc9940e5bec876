#include "pipeline/project.h"

#include <algorithm>
#include <array>

#include "data/toml_reader.h"

namespace mote {

namespace {

void optional_number(TomlReader& reader, std::string_view key, double unit, std::optional<double>& value) {
  double number = -1;
  reader.number(key, number, 0);
  if (number >= 0) value = number * unit;
}

Result<Limits> limits(const toml::table& section, std::string_view file) {
  Limits result;
  TomlReader reader(section, "limits", file);
  optional_number(reader, "flash_kb", 1024, result.flash_bytes);
  optional_number(reader, "ram_kb", 1024, result.ram_bytes);
  optional_number(reader, "latency_ms", 1, result.latency_ms);
  optional_number(reader, "energy_uj", 1, result.energy_uj);
  optional_number(reader, "macro_f1", 1, result.macro_f1);
  MOTE_TRY(reader.finish());
  return result;
}

Result<std::vector<std::string>> boards(const toml::table& section, std::string_view file) {
  std::vector<std::string> result;
  TomlReader reader(section, "board", file);
  reader.texts("name", result);
  MOTE_TRY(reader.finish());
  return result;
}

constexpr std::array<std::string_view, 9> kSections{"data",  "window",   "split", "augment", "model",
                                                    "train", "quantize", "board", "limits"};

Result<> check_sections(const toml::table& root, std::string_view file) {
  const std::vector<std::string> known(kSections.begin(), kSections.end());
  for (const auto& [key, node] : root) {
    const std::string name(key.str());
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      const auto near = nearest_name(name, known);
      return fail(
          ErrorCode::kBadInput, "{}: there is no section [{}]{}", place(file, node), name,
          near ? fmt::format("; did you mean [{}]?", *near) : fmt::format("; known are {}", fmt::join(known, ", ")));
    }
    if (!node.is_table())
      return fail(ErrorCode::kBadInput, "{}: {} must be a section, written [{}]", place(file, node), name, name);
  }
  return {};
}

}  // namespace

Result<Project> load_project(const std::filesystem::path& file) {
  MOTE_TRY_ASSIGN(const toml::table root, read_toml(file));
  const std::string where = file.string();
  MOTE_TRY(check_sections(root, where));
  for (const char* needed : {"data", "window", "model"})
    if (!root.contains(needed))
      return fail(ErrorCode::kBadInput, "{}: the section [{}] is missing; docs/project-file.md shows one", where,
                  needed);
  const toml::table none;
  const auto section = [&](std::string_view name) -> const toml::table& {
    const toml::table* found = root[name].as_table();
    return found != nullptr ? *found : none;
  };

  Project project;
  project.file = file;
  project.name = std::filesystem::absolute(file).parent_path().filename().string();
  MOTE_TRY_ASSIGN(project.data, data_config(section("data"), where));
  MOTE_TRY_ASSIGN(project.window, window_config(section("window"), where));
  MOTE_TRY_ASSIGN(project.split, split_config(section("split"), where));
  MOTE_TRY_ASSIGN(project.augment, augment_config(section("augment"), where));
  MOTE_TRY_ASSIGN(project.network, model_config(section("model"), where));
  MOTE_TRY_ASSIGN(project.train, train_config(section("train"), where));
  MOTE_TRY_ASSIGN(project.quantize, quantize_section(section("quantize"), where));
  MOTE_TRY_ASSIGN(project.boards, boards(section("board"), where));
  MOTE_TRY_ASSIGN(project.limits, limits(section("limits"), where));
  if (project.boards.empty()) project.boards = {"nano33ble"};
  return project;
}

}  // namespace mote
