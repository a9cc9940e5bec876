#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace mote {

using Bytes = std::vector<uint8_t>;

/// The whole file. Refuses folders and files over `limit` bytes by name.
[[nodiscard]] Result<Bytes> read_file(const std::filesystem::path& path, uint64_t limit = uint64_t{1} << 32);
[[nodiscard]] Result<std::string> read_text(const std::filesystem::path& path);

/// Writes beside `path` and renames over it: after a crash or a full disk the old file, or none, is there, never half.
/// Makes missing parent folders.
[[nodiscard]] Result<> write_file(const std::filesystem::path& path, std::span<const uint8_t> content);
[[nodiscard]] Result<> write_text(const std::filesystem::path& path, std::string_view content);

/// All regular files below `folder` whose name ends in `extension` (".csv"), sorted by path: the order is the same on
/// every machine.
[[nodiscard]] Result<std::vector<std::filesystem::path>> list_files(const std::filesystem::path& folder,
                                                                    std::string_view extension);

/// A folder of its own below the system's temporary folder, removed with all it holds at the end of its life.
class TemporaryFolder {
 public:
  [[nodiscard]] static Result<TemporaryFolder> make(std::string_view prefix = "mote");
  TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TemporaryFolder& operator=(TemporaryFolder&& other) noexcept {
    std::swap(path_, other.path_);
    return *this;
  }
  ~TemporaryFolder();
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  explicit TemporaryFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

}  // namespace mote
