#include <gtest/gtest.h>

#include "tflite_reader_check.h"

namespace mote {
namespace {

TEST(TfliteReaderSmoke, EverySeedIsAccepted) {
  const std::vector<Bytes> files = fuzz::seeds();
  EXPECT_GT(files.size(), 5u);
  for (const Bytes& file : files) {
    const auto model = read_tflite(file);
    EXPECT_TRUE(model) << (model ? "" : model.error().text());
    EXPECT_EQ(fuzz::check_reader(file), "");
  }
}

TEST(TfliteReaderSmoke, EveryTruncationIsRefused) {
  const Bytes file = write_tflite(samples::classifier_with_front_end()).value();
  for (size_t length = 0; length < file.size(); ++length) {
    const Bytes cut(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(length));
    const auto model = read_tflite(cut);
    // The bytes that may be lost are padding at the end.
    EXPECT_EQ(fuzz::check_reader(cut), "") << length;
    EXPECT_TRUE(!model || length + 16 >= file.size()) << length << " of " << file.size();
  }
}

TEST(TfliteReaderSmoke, RandomChangesOfBytes) {
  const std::vector<Bytes> files = fuzz::seeds();
  Rng rng(11);
  size_t accepted = 0;
  for (int round = 0; round < 20000; ++round) {
    Bytes file = files[rng.below(files.size())];
    for (uint64_t changes = 1 + rng.below(4); changes > 0; --changes)
      file[rng.below(file.size())] = static_cast<uint8_t>(rng.below(256));
    const std::string wrong = fuzz::check_reader(file);
    ASSERT_EQ(wrong, "") << "round " << round;
    accepted += wrong.empty() && read_tflite(file).has_value();
  }
  EXPECT_GT(accepted, 0u) << "changes of names or paddings are harmless";
  EXPECT_LT(accepted, 20000u);
}

TEST(TfliteReaderSmoke, RandomChangesOfWords) {
  const std::vector<Bytes> files = fuzz::seeds();
  Rng rng(12);
  for (int round = 0; round < 10000; ++round) {
    Bytes file = files[rng.below(files.size())];
    for (uint64_t changes = 1 + rng.below(2); changes > 0; --changes) {
      const size_t place = rng.below(file.size() / 4) * 4;
      const size_t other = rng.below(file.size() / 4) * 4;
      const auto value = static_cast<uint32_t>(rng.below(2) == 0 ? rng.next() : rng.below(64));
      if (rng.below(2) == 0)
        std::memcpy(&file[place], &value, 4);
      else
        std::memcpy(&file[place], &file[other], 4);
    }
    ASSERT_EQ(fuzz::check_reader(file), "") << "round " << round;
  }
}

}  // namespace
}  // namespace mote
