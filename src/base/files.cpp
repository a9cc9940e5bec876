#include "base/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace mote {

namespace fs = std::filesystem;

namespace {

/// The system's words for `errno`, with the remedy where there is one.
tl::unexpected<Error> system_error(std::string_view doing, const fs::path& path, int number) {
  const char* remedy = number == ENOSPC   ? "; the disk is full: free some space and run it again"
                       : number == EACCES ? "; check the permissions"
                                          : "";
  return fail(ErrorCode::kIo, "cannot {} {}: {}{}", doing, path.string(), std::strerror(number), remedy);
}

/// Owns a file descriptor.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }
  /// Closes now, so that an error of the last write is seen. 0 or errno.
  int close() { return ::close(std::exchange(fd_, -1)) == 0 ? 0 : errno; }

 private:
  int fd_;
};

}  // namespace

Result<Bytes> read_file(const fs::path& path, uint64_t limit) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return system_error("read", path, errno);
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return system_error("read", path, errno);
  if (S_ISDIR(info.st_mode)) return fail(ErrorCode::kBadInput, "{} is a folder, a file was expected", path.string());
  if (static_cast<uint64_t>(info.st_size) > limit)
    return fail(ErrorCode::kBadInput, "{} has {} bytes, at most {} are read here", path.string(), info.st_size, limit);
  Bytes content(static_cast<size_t>(info.st_size));
  size_t done = 0;
  while (done < content.size()) {
    const ssize_t n = ::read(file.get(), content.data() + done, content.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error("read", path, errno);
    if (n == 0) break;
    done += static_cast<size_t>(n);
  }
  content.resize(done);
  return content;
}

Result<std::string> read_text(const fs::path& path) {
  return read_file(path).map([](const Bytes& b) { return std::string(b.begin(), b.end()); });
}

Result<> write_file(const fs::path& path, std::span<const uint8_t> content) {
  std::error_code ec;
  if (path.has_parent_path()) {
    fs::create_directories(path.parent_path(), ec);
    if (ec) return system_error("make the folder", path.parent_path(), ec.value());
  }
  std::string temporary = path.string() + ".XXXXXX";
  Descriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
  if (file.get() < 0) return system_error("write", path, errno);
  const auto give_up = [&](int number) {
    ::unlink(temporary.c_str());
    return system_error("write", path, number);
  };
  size_t done = 0;
  while (done < content.size()) {
    const ssize_t n = ::write(file.get(), content.data() + done, content.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return give_up(errno);
    done += static_cast<size_t>(n);
  }
  if (::fchmod(file.get(), 0644) != 0) return give_up(errno);
  if (const int number = file.close(); number != 0) return give_up(number);
  if (::rename(temporary.c_str(), path.c_str()) != 0) return give_up(errno);
  return {};
}

Result<> write_text(const fs::path& path, std::string_view content) {
  return write_file(path, {reinterpret_cast<const uint8_t*>(content.data()), content.size()});
}

Result<std::vector<fs::path>> list_files(const fs::path& folder, std::string_view extension) {
  std::error_code ec;
  if (!fs::is_directory(folder, ec)) return fail(ErrorCode::kBadInput, "{} is not a folder", folder.string());
  std::vector<fs::path> found;
  for (fs::recursive_directory_iterator it(folder, ec), end; !ec && it != end; it.increment(ec))
    if (it->is_regular_file(ec) && it->path().string().ends_with(extension)) found.push_back(it->path());
  if (ec) return fail(ErrorCode::kIo, "cannot list {}: {}", folder.string(), ec.message());
  std::sort(found.begin(), found.end());
  return found;
}

Result<TemporaryFolder> TemporaryFolder::make(std::string_view prefix) {
  std::error_code ec;
  std::string name = (fs::temp_directory_path(ec) / fmt::format("{}-XXXXXX", prefix)).string();
  if (ec) return fail(ErrorCode::kIo, "no temporary folder: {}; set TMPDIR to one that exists", ec.message());
  if (::mkdtemp(name.data()) == nullptr) return system_error("make a temporary folder", name, errno);
  return TemporaryFolder(name);
}

TemporaryFolder::~TemporaryFolder() {
  if (path_.empty()) return;
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace mote
