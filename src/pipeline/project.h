#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "compress/config.h"
#include "data/config.h"
#include "train/network.h"
#include "train/train_config.h"

namespace mote {

/// What the finished firmware must stay within, section [limits]. Absent: the board's own limits only.
struct Limits {
  std::optional<double> flash_bytes;  ///< code and model
  std::optional<double> ram_bytes;    ///< static with arena, and stack
  std::optional<double> latency_ms;
  std::optional<double> energy_uj;
  std::optional<double> macro_f1;  ///< at least, int8, on unseen subjects
};

/// A project file: from recordings to firmware.
struct Project {
  std::filesystem::path file;
  std::string name;  ///< of the folder that holds the file; names the model
  DataConfig data;
  WindowConfig window;
  SplitConfig split;
  AugmentConfig augment;
  ModelConfig network;
  TrainConfig train;
  QuantizeSection quantize;
  std::vector<std::string> boards;  ///< names, or board files relative to the project
  Limits limits;

  [[nodiscard]] std::filesystem::path folder() const { return file.parent_path(); }
};

/// Reads and checks a `mote.toml`. Sections but [data], [window] and [model] may be missing; unknown sections and keys
/// are refused with line and column.
[[nodiscard]] Result<Project> load_project(const std::filesystem::path& file);

}  // namespace mote
