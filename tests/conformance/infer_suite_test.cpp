/// Every op: shapes follow from its cases, and wrong numbers of operands are refused with a message.
#include <gtest/gtest.h>

#include "example.h"
#include "test_support.h"

namespace mote {
namespace {

TEST(InferSuite, EveryCaseHasAShape) {
  for (const testing::Example& example : testing::all_examples()) {
    const auto types = infer(example.op, example.arguments());
    ASSERT_THAT(types, testing::Succeeds()) << example.name;
    ASSERT_TRUE(!types->empty() || name(example.op) == "assign_variable") << example.name;
    for (const TensorType& type : *types)
      EXPECT_THAT(checked_count(type.shape), testing::Succeeds()) << example.name << " " << text(type);
  }
}

TEST(InferSuite, TooFewAndTooManyOperandsAreRefused) {
  for (const testing::Example& example : testing::all_examples()) {
    auto arguments = example.arguments();
    EXPECT_THAT(infer(example.op, {}), testing::FailsWith(ErrorCode::kBadInput, ::testing::HasSubstr("got 0")))
        << example.name;
    if (name(example.op) == "concatenation") continue;  // takes any number
    for (int i = 0; i < 32; ++i) arguments.push_back(arguments[0]);
    EXPECT_THAT(infer(example.op, arguments), testing::FailsWith(ErrorCode::kBadInput, ::testing::HasSubstr("got")))
        << example.name;
  }
}

TEST(InferSuite, InteractsWithEveryOpOfTheList) {
  size_t ops = 0;
  for_each_op([&]<class T>() {
    ++ops;
    EXPECT_FALSE(T::cases().empty()) << T::kName << " has no cases: the suites would pass it unseen";
  });
  EXPECT_GE(ops, 2u);
}

}  // namespace
}  // namespace mote
