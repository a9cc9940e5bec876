/// Every op: its int8 kernel agrees with float on the values that its operands stand for, and stays inside its
/// operands, which lie at odd addresses.
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "example.h"
#include "guarded_run.h"
#include "test_support.h"

namespace mote {
namespace {

constexpr float kSteps = 2;  // of the output's scale
/// Of the truth values of a comparison: operands that are equal up to their steps may count as equal or not.
constexpr double kLeastAgreement = 0.8;

/// Ops that no kernel computes in int8, one a line.
// clang-format off
const std::set<std::string_view> kNoInt8Form = {
    "ceil",
    "cos",
    "floor",
    "floor_div",
    "floor_mod",
    "neg",
    "pow",
    "round",
    "sin",
    "square",
};
// clang-format on

TEST(Int8Suite, WhatHasNoFormRefusesByName) {
  std::set<std::string_view> refused;
  for (const testing::Example& example : testing::all_examples()) {
    if (!kNoInt8Form.contains(name(example.op)) || !example.has_forms()) continue;
    MOTE_ASSERT_ASSIGN(const testing::QuantizedExample quantized, testing::quantize(example));
    std::vector<Argument> outputs;
    for (const TensorType& type : quantized.outputs) outputs.push_back({type, nullptr});
    EXPECT_THAT(lower(example.op, quantized.example.arguments(), outputs),
                testing::FailsWith(ErrorCode::kUnsupported, ::testing::HasSubstr(std::string(name(example.op)))));
    refused.insert(name(example.op));
  }
  EXPECT_EQ(refused, kNoInt8Form);
}

TEST(Int8Suite, KernelsAgreeWithFloat) {
  for (const testing::Example& example : testing::all_examples()) {
    if (kNoInt8Form.contains(name(example.op)) && example.has_forms()) continue;
    if (has_own_integer_forms(example.op)) continue;
    if (name(example.op) == "batch_norm") continue;  // folded before a model is quantized
    if (name(example.op) == "cast") continue;        // takes numbers as they are, not by their scale
    MOTE_ASSERT_ASSIGN(const testing::QuantizedExample quantized, testing::quantize(example));
    std::vector<Argument> outputs;
    for (const TensorType& type : quantized.outputs) outputs.push_back({type, nullptr});
    const auto lowered = lower(example.op, quantized.example.arguments(), outputs);
    ASSERT_TRUE(lowered) << example.name << ": " << lowered.error().text();
    const testing::GuardedRun run = testing::run_guarded(*lowered, quantized.example.operands, quantized.outputs);
    EXPECT_THAT(run.violations, ::testing::IsEmpty()) << example.name;
    const std::vector<Tensor> expected = testing::run_forward(quantized.real);
    for (size_t i = 0; i < expected.size(); ++i) {
      const std::vector<float> real = testing::real_values(run.outputs[i]);
      if (quantized.outputs[i].dtype == DType::kBool) {
        size_t agree = 0;
        for (size_t j = 0; j < real.size(); ++j) agree += real[j] == expected[i].as<float>()[j] ? 1 : 0;
        EXPECT_GE(static_cast<double>(agree), kLeastAgreement * static_cast<double>(real.size())) << example.name;
        continue;
      }
      const Quantization& q = quantized.outputs[i].quantization;
      const float allowed = q.present() ? kSteps * q.scale[0] : 1e-6f;
      for (size_t j = 0; j < real.size(); ++j)
        EXPECT_NEAR(real[j], expected[i].as<float>()[j], allowed)
            << example.name << " output " << i << " element " << j;
    }
    testing::note_passed(name(example.op), "int8");
  }
}

}  // namespace
}  // namespace mote
