#pragma once

#include <gtest/gtest.h>
#include <zip.h>

#include <filesystem>

#include "base/files.h"
#include "formats/npy.h"

namespace mote::testing {

/// A .npz file as numpy writes it.
inline Bytes npz_file(const std::vector<std::pair<std::string, Tensor>>& arrays, bool deflated = true) {
  const auto folder = TemporaryFolder::make();
  EXPECT_TRUE(folder);
  const std::filesystem::path path = folder->path() / "arrays.npz";
  std::vector<Bytes> contents;  // must outlive the archive
  for (const auto& [name, tensor] : arrays) contents.push_back(write_npy(tensor).value());
  zip_t* archive = zip_open(path.c_str(), ZIP_CREATE, nullptr);
  for (size_t i = 0; i < arrays.size(); ++i) {
    zip_source_t* source = zip_source_buffer(archive, contents[i].data(), contents[i].size(), 0);
    const zip_int64_t at = zip_file_add(archive, (arrays[i].first + ".npy").c_str(), source, ZIP_FL_ENC_UTF_8);
    zip_set_file_compression(archive, static_cast<zip_uint64_t>(at), deflated ? ZIP_CM_DEFLATE : ZIP_CM_STORE, 0);
  }
  EXPECT_EQ(zip_close(archive), 0);
  return read_file(path).value();
}

}  // namespace mote::testing
