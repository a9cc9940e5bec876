#include "formats/npz.h"

#include <gmock/gmock.h>

#include "npz_file.h"
#include "test_support.h"

namespace mote {
namespace {

using testing::FailsWith;
using ::testing::HasSubstr;

std::vector<std::pair<std::string, Tensor>> two_arrays() {
  Tensor bytes(TensorType{DType::kInt8, {2, 300}, {}});
  for (size_t i = 0; i < bytes.data.size(); ++i) bytes.data[i] = static_cast<uint8_t>(i / 7);
  return {{"model/dense;bias", bytes}, {"x", float_tensor({3}, std::vector<float>{1, -2.5f, 1e30f})}};
}

TEST(Npz, StoredAndDeflatedArraysAreReadByName) {
  const auto arrays = two_arrays();
  for (const bool deflated : {false, true}) {
    MOTE_ASSERT_ASSIGN(const auto read, read_npz(testing::npz_file(arrays, deflated)));
    ASSERT_EQ(read.size(), 2u);
    for (size_t i = 0; i < 2; ++i) {
      EXPECT_EQ(read[i].first, arrays[i].first);
      EXPECT_EQ(read[i].second.type, arrays[i].second.type);
      EXPECT_EQ(read[i].second.data, arrays[i].second.data);
    }
  }
}

TEST(Npz, WhatIsNoArchiveIsRefused) {
  EXPECT_THAT(read_npz(Bytes(100, 7)), FailsWith(ErrorCode::kBadInput, HasSubstr("no .npz file")));
  EXPECT_THAT(read_npz({}), FailsWith(ErrorCode::kBadInput, HasSubstr("no .npz file")));
}

TEST(Npz, NoChangeOfAByteGoesUnnoticedOrCrashes) {
  const auto arrays = two_arrays();
  const Bytes whole = testing::npz_file(arrays, true);
  size_t refused = 0;
  for (size_t i = 0; i < whole.size(); ++i) {
    Bytes changed = whole;
    changed[i] ^= 0x55;
    const auto read = read_npz(changed);
    refused += !read;
    EXPECT_TRUE(read || !read.error().message.empty());
  }
  EXPECT_GT(refused, whole.size() / 4);
  for (size_t length = 0; length < whole.size(); ++length) {
    const auto read = read_npz(std::span(whole).first(length));
    EXPECT_FALSE(read) << length;
  }
}

}  // namespace
}  // namespace mote
