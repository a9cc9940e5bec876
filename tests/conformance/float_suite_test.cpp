/// Every op that computes in float on the device: its kernel agrees with forward and stays inside its operands.
#include <gtest/gtest.h>

#include <cmath>

#include "example.h"
#include "guarded_run.h"
#include "test_support.h"

namespace mote {
namespace {

/// Ops whose task is to change the number format, and ops that are folded into others before a model is compiled.
bool has_float_kernel(const Op& op) {
  const std::string_view own = name(op);
  return own != "quantize" && own != "affine_quantize" && own != "dequantize" && own != "batch_norm";
}

TEST(FloatSuite, KernelsAgreeWithForward) {
  for (const testing::Example& example : testing::all_examples()) {
    if (!has_float_kernel(example.op)) continue;
    const auto arguments = example.arguments();
    MOTE_ASSERT_ASSIGN(const auto types, infer(example.op, arguments));
    std::vector<Argument> outputs;
    for (const TensorType& type : types) outputs.push_back({type, nullptr});
    MOTE_ASSERT_ASSIGN(const Lowered lowered, lower(example.op, arguments, outputs));
    const testing::GuardedRun run = testing::run_guarded(lowered, example.operands, types);
    EXPECT_THAT(run.violations, ::testing::IsEmpty()) << example.name;
    const std::vector<Tensor> expected = testing::run_forward(example);
    for (size_t i = 0; i < expected.size(); ++i) {
      const std::vector<float> got = as_floats(run.outputs[i]);
      ASSERT_EQ(got.size(), expected[i].as<float>().size()) << example.name;
      for (size_t j = 0; j < got.size(); ++j) {
        const float wanted = expected[i].as<float>()[j];
        EXPECT_NEAR(got[j], wanted, 2e-6f * (4 + std::abs(wanted)))
            << example.name << " output " << i << " element " << j;
      }
    }
    testing::note_passed(name(example.op), "float32");
  }
}

}  // namespace
}  // namespace mote
