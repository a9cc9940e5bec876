#include "formats/tensor_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "base/files.h"
#include "formats/npy.h"
#include "test_support.h"

namespace mote {
namespace {

using mote::testing::FailsWith;
using mote::testing::Succeeds;
using ::testing::AllOf;
using ::testing::HasSubstr;

Bytes npy(const std::string& header, const std::vector<uint8_t>& content) {
  std::string file("\x93NUMPY\x01\x00", 8);
  file += static_cast<char>(header.size());
  file += '\0';
  file += header;
  file.append(content.begin(), content.end());
  return {file.begin(), file.end()};
}

TEST(Npy, WhatIsWrittenIsRead) {
  for (const DType dtype :
       {DType::kFloat32, DType::kInt8, DType::kUint8, DType::kInt16, DType::kInt32, DType::kInt64, DType::kBool})
    for (const Shape& shape : {Shape{}, Shape{5}, Shape{2, 3}, Shape{1, 2, 3, 4}}) {
      Tensor tensor(TensorType{dtype, shape, {}});
      for (size_t i = 0; i < tensor.data.size(); ++i) tensor.data[i] = static_cast<uint8_t>(i % 2);
      MOTE_ASSERT_ASSIGN(const Bytes file, write_npy(tensor));
      EXPECT_EQ((file.size() - tensor.data.size()) % 64, 0u);
      MOTE_ASSERT_ASSIGN(const Tensor read, read_npy(file));
      EXPECT_EQ(read.type, tensor.type);
      EXPECT_EQ(read.data, tensor.data);
    }
}

TEST(Npy, WideFloatsAreNarrowed) {
  std::vector<uint8_t> content(16);
  const double values[] = {0.1, -3};
  std::memcpy(content.data(), values, 16);
  MOTE_ASSERT_ASSIGN(const Tensor read,
                     read_npy(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }", content)));
  EXPECT_EQ(read.as<float>()[0], 0.1f);
  EXPECT_EQ(read.as<float>()[1], -3.0f);
}

TEST(Npy, WhatIsWrongIsSaid) {
  EXPECT_THAT(read_npy({}), FailsWith(ErrorCode::kBadInput, HasSubstr("no .npy file")));
  EXPECT_THAT(read_npy(npy("{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }", {0, 0, 0, 0})),
              FailsWith(ErrorCode::kUnsupported, HasSubstr("'>f4'")));
  EXPECT_THAT(read_npy(npy("{'descr': '|i1', 'fortran_order': True, 'shape': (2, 2), }", {0, 0, 0, 0})),
              FailsWith(ErrorCode::kUnsupported, HasSubstr("Fortran")));
  EXPECT_THAT(read_npy(npy("{'descr': '|i1', 'fortran_order': False, 'shape': (3,), }", {0, 0})),
              FailsWith(ErrorCode::kBadInput, HasSubstr("holds 2 bytes")));
  EXPECT_THAT(read_npy(npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (3,), }", {})),
              FailsWith(ErrorCode::kUnsupported, HasSubstr("several fields")));
  EXPECT_THAT(read_npy(npy("{'descr': '|i1', 'shape': (1,), }", {0})),
              FailsWith(ErrorCode::kBadInput, HasSubstr("lacks")));
  EXPECT_THAT(read_npy(npy("{'descr': '|i1', 'fortran_order': False, 'shape': (99999, 99999), }", {0})),
              FailsWith(ErrorCode::kBadInput, HasSubstr("2^31")));
}

TEST(Npy, EveryTruncationIsRefused) {
  const Bytes file = write_npy(Tensor(TensorType{DType::kInt16, {3, 4}, {}})).value();
  for (size_t length = 0; length < file.size(); ++length)
    EXPECT_FALSE(read_npy(std::span<const uint8_t>(file).first(length)).has_value()) << length;
}

TEST(Npy, NumpysOwnFilesAreRead) {
  MOTE_SKIP_WITHOUT_SHARED();
  MOTE_ASSERT_ASSIGN(const Bytes file,
                     read_file(mote::testing::shared_path("data/models_mlperf_tiny/labels/perf_samples_idxs.npy")));
  MOTE_ASSERT_ASSIGN(const Tensor tensor, read_npy(file));
  EXPECT_GT(count(tensor.type.shape), 10);
}

class TensorFile : public ::testing::Test {
 protected:
  void SetUp() override {
    auto made = TemporaryFolder::make();
    ASSERT_TRUE(made.has_value());
    folder_.emplace(std::move(*made));
  }
  [[nodiscard]] std::filesystem::path path(std::string_view file) const { return folder_->path() / file; }
  std::optional<TemporaryFolder> folder_;
};

TEST_F(TensorFile, EveryFormKeepsTheElements) {
  Tensor tensor(TensorType{DType::kInt8, {2, 3}, {{0.5f}, {1}, 0}}, {0, 127, 128, 255, 5, 6});
  Tensor floats = float_tensor({1, 2}, std::vector<float>{0.1f, -1e-20f});
  for (const std::string_view file : {"a.bin", "a.npy", "a.csv"})
    for (const Tensor& t : {tensor, floats}) {
      ASSERT_THAT(write_tensor_file(path(file), t), Succeeds());
      MOTE_ASSERT_ASSIGN(const Tensor read, read_tensor_file(path(file), t.type));
      EXPECT_EQ(read.data, t.data) << file;
      EXPECT_EQ(read.type, t.type) << file;
    }
}

TEST_F(TensorFile, CsvErrorsHaveAPlace) {
  const TensorType type{DType::kInt8, {4}, {}};
  const auto read = [&](std::string_view content) {
    EXPECT_THAT(write_text(path("x.csv"), content), Succeeds());
    return read_tensor_file(path("x.csv"), type);
  };
  EXPECT_THAT(read("# four\n1, 2\n+3;-4\n"), Succeeds());
  EXPECT_THAT(read("1,2\n3,x\n"), FailsWith(ErrorCode::kBadInput, AllOf(HasSubstr("x.csv: line 2, column 3: 'x'"))));
  EXPECT_THAT(read("1,2\n3,200\n"),
              FailsWith(ErrorCode::kBadInput, HasSubstr("'200' is not a whole number in the range")));
  EXPECT_THAT(read("1,2\n3\n"), FailsWith(ErrorCode::kBadInput, HasSubstr("there are 3 numbers, 4 are expected")));
  EXPECT_THAT(read("1,2,3,4,5"),
              FailsWith(ErrorCode::kBadInput, HasSubstr("line 1, column 9: there are more numbers")));
}

TEST_F(TensorFile, FloatArraysAreQuantized) {
  const TensorType type{DType::kInt8, {1, 4}, {{0.5f}, {-1}, 0}};
  const Tensor floats = float_tensor({4}, std::vector<float>{0.0f, 0.75f, -1000.0f, 1000.0f});
  ASSERT_THAT(write_tensor_file(path("x.npy"), floats), Succeeds());
  MOTE_ASSERT_ASSIGN(const Tensor read, read_tensor_file(path("x.npy"), type));
  const auto stored = read.as<int8_t>();
  EXPECT_EQ((std::vector<int8_t>(stored.begin(), stored.end())), (std::vector<int8_t>{-1, 1, -128, 127}));
}

TEST_F(TensorFile, WrongSizesAndTypes) {
  const TensorType type{DType::kInt8, {1, 4}, {}};
  ASSERT_THAT(write_text(path("x.bin"), "abc"), Succeeds());
  EXPECT_THAT(read_tensor_file(path("x.bin"), type),
              FailsWith(ErrorCode::kBadInput, AllOf(HasSubstr("x.bin"), HasSubstr("3 bytes"))));
  ASSERT_THAT(write_tensor_file(path("x.npy"), Tensor(TensorType{DType::kInt32, {4}, {}})), Succeeds());
  EXPECT_THAT(read_tensor_file(path("x.npy"), type), FailsWith(ErrorCode::kBadInput, HasSubstr(".astype(numpy.int8)")));
  ASSERT_THAT(write_tensor_file(path("x.npy"), Tensor(TensorType{DType::kInt8, {5}, {}})), Succeeds());
  EXPECT_THAT(read_tensor_file(path("x.npy"), type),
              FailsWith(ErrorCode::kBadInput, HasSubstr("has the shape 5, 1x4")));
}

}  // namespace
}  // namespace mote
