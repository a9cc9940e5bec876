#include <gtest/gtest.h>

#include "base/rng.h"
#include "onnx_fields.h"
#include "onnx_reader_check.h"

namespace mote {
namespace {

TEST(OnnxReaderSmoke, EverySeedIsAccepted) {
  for (const Bytes& file : fuzz::onnx_seeds()) {
    const auto model = read_onnx(file);
    EXPECT_TRUE(model.has_value()) << (model ? "" : model.error().text());
    EXPECT_EQ(fuzz::check_onnx_reader(file), "");
  }
}

TEST(OnnxReaderSmoke, EveryTruncationIsRefusedOrHolds) {
  for (const Bytes& file : fuzz::onnx_seeds())
    for (size_t length = 0; length < file.size(); ++length)
      EXPECT_EQ(fuzz::check_onnx_reader({file.data(), length}), "") << length;
}

TEST(OnnxReaderSmoke, RandomChangesOfBytes) {
  const std::vector<Bytes> files = fuzz::onnx_seeds();
  Rng rng(21);
  size_t accepted = 0;
  constexpr int kRounds = 4000;
  for (int round = 0; round < kRounds; ++round) {
    Bytes file = files[rng.below(files.size())];
    for (uint64_t changes = 1 + rng.below(4); changes > 0; --changes)
      file[rng.below(file.size())] = static_cast<uint8_t>(rng.below(256));
    ASSERT_EQ(fuzz::check_onnx_reader(file), "") << "round " << round;
    accepted += read_onnx(file).has_value();
  }
  EXPECT_GT(accepted, 0u);
  EXPECT_LT(accepted, static_cast<size_t>(kRounds));
}

TEST(OnnxReaderSmoke, RandomChangesOfNodes) {
  Rng rng(22);
  for (int round = 0; round < 4000; ++round) {
    fuzz::OnnxSeed seed = rng.below(2) == 0 ? fuzz::network_seed() : fuzz::shapes_seed();
    fuzz::OnnxMutator mutator(rng);
    for (uint64_t changes = 1 + rng.below(6); changes > 0; --changes) mutator.change(seed.model());
    ASSERT_EQ(fuzz::check_onnx_reader(seed.bytes()), "") << "round " << round;
  }
}

}  // namespace
}  // namespace mote
