#include "formats/npz.h"

#include <zip.h>

#include <memory>

#include "formats/npy.h"

namespace mote {

namespace {

constexpr uint64_t kMostBytes = uint64_t{1} << 30;
constexpr zip_int64_t kMostMembers = 100'000;
constexpr std::string_view kEnding = ".npy";

struct CloseArchive {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct CloseMember {
  void operator()(zip_file_t* member) const { zip_fclose(member); }
};
using Archive = std::unique_ptr<zip_t, CloseArchive>;

std::string said(zip_error_t& error) {
  std::string text = zip_error_strerror(&error);
  zip_error_fini(&error);
  return text;
}

/// The file stays in place: the archive only looks at it.
Result<Archive> open_archive(std::span<const uint8_t> file) {
  if (file.empty()) return fail(ErrorCode::kBadInput, "this is no .npz file, it is empty; write it with numpy.savez");
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(file.data(), file.size(), 0, &error);
  if (source == nullptr) return fail(ErrorCode::kInternal, "cannot open the archive: {}", said(error));
  Archive archive(zip_open_from_source(source, ZIP_RDONLY, &error));
  if (archive) return archive;
  zip_source_free(source);
  return fail(ErrorCode::kBadInput, "this is no .npz file ({}); write it with numpy.savez", said(error));
}

Result<Bytes> unpack(zip_t* archive, zip_uint64_t index, uint64_t size) {
  const std::unique_ptr<zip_file_t, CloseMember> member(zip_fopen_index(archive, index, 0));
  if (!member) return fail(ErrorCode::kBadInput, "cannot be unpacked: {}", zip_strerror(archive));
  Bytes content(size);
  if (zip_fread(member.get(), content.data(), size) != static_cast<zip_int64_t>(size))
    return fail(ErrorCode::kBadInput, "is damaged: it does not unpack to the {} bytes that it promises", size);
  return content;
}

}  // namespace

Result<std::vector<std::pair<std::string, Tensor>>> read_npz(std::span<const uint8_t> file) {
  MOTE_TRY_ASSIGN(const Archive archive, open_archive(file));
  const zip_int64_t members = zip_get_num_entries(archive.get(), 0);
  if (members > kMostMembers)
    return fail(ErrorCode::kUnsupported, "the archive holds {} arrays, at most {} are read", members, kMostMembers);
  std::vector<std::pair<std::string, Tensor>> arrays;
  uint64_t total = 0;
  for (zip_uint64_t i = 0; i < static_cast<zip_uint64_t>(members); ++i) {
    zip_stat_t facts;
    zip_stat_init(&facts);
    if (zip_stat_index(archive.get(), i, 0, &facts) != 0 || (facts.valid & ZIP_STAT_SIZE) == 0 || facts.name == nullptr)
      return fail(ErrorCode::kBadInput, "member {} of the archive is damaged: {}", i, zip_strerror(archive.get()));
    std::string name = facts.name;
    if (!name.ends_with(kEnding)) continue;
    if (facts.size > kMostBytes || (total += facts.size) > kMostBytes)
      return fail(ErrorCode::kUnsupported, "the arrays take more than 1 GiB; save fewer tensors");
    auto content = unpack(archive.get(), i, facts.size);
    if (!content) return fail(std::move(content).error().in(name));
    auto tensor = read_npy(*content);
    if (!tensor) return fail(std::move(tensor).error().in(name));
    name.resize(name.size() - kEnding.size());
    arrays.emplace_back(std::move(name), std::move(*tensor));
  }
  return arrays;
}

}  // namespace mote
