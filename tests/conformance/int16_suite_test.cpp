/// Every op on int16 activations (weights int8, biases int64): its kernel agrees with float on the values that its
/// operands stand for, and stays inside its operands. Ops without such a form are listed, and refuse by name.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "example.h"
#include "guarded_run.h"
#include "test_support.h"

namespace mote {
namespace {

constexpr float kSteps = 2;  // of the output's scale

/// Ops that no kernel computes on int16 activations, one a line.
// clang-format off
const std::set<std::string_view> kNoInt16Form = {
    "arg_max",
    "arg_min",
    "batch_norm",  // folded before a model is quantized
    "ceil",
    "cos",
    "cumsum",
    "div",
    "elu",
    "floor",
    "floor_div",
    "floor_mod",
    "hard_swish",
    "l2_normalization",
    "log_softmax",
    "neg",
    "pow",
    "relu_0_to_1",
    "relu_n1_to_1",
    "round",
    "sin",
    "square",
};
// clang-format on

/// Ops further from float: those that read a table between whose entries they interpolate (an entry beyond the output's
/// range is cut off, which bends the section before it), that round more than once, or that know positions in steps of
/// 1/1024 only.
const std::map<std::string_view, float> kMoreSteps = {
    {"exp", 256.0f},    {"gelu", 128.0f},       {"log", 4.0f},
    {"logistic", 8.0f}, {"reduce_prod", 16.0f}, {"resize_bilinear", 256.0f},
    {"rsqrt", 4.0f},    {"softmax", 8.0f},      {"squared_difference", 8.0f},
    {"tanh", 8.0f}};

TEST(Int16Suite, KernelsAgreeWithFloat) {
  for (const testing::Example& example : testing::all_examples()) {
    if (kNoInt16Form.contains(name(example.op)) && example.has_forms()) continue;
    if (has_own_integer_forms(example.op)) continue;
    if (name(example.op) == "cast") continue;  // takes numbers as they are, not by their scale
    MOTE_ASSERT_ASSIGN(const testing::QuantizedExample quantized, testing::quantize(example, DType::kInt16));
    std::vector<Argument> outputs;
    for (const TensorType& type : quantized.outputs) outputs.push_back({type, nullptr});
    const auto lowered = lower(example.op, quantized.example.arguments(), outputs);
    ASSERT_TRUE(lowered) << example.name << ": " << lowered.error().text();
    const testing::GuardedRun run = testing::run_guarded(*lowered, quantized.example.operands, quantized.outputs);
    EXPECT_THAT(run.violations, ::testing::IsEmpty()) << example.name;
    const std::vector<Tensor> expected = testing::run_forward(quantized.real);
    const auto more = kMoreSteps.find(name(example.op));
    const float steps = more == kMoreSteps.end() ? kSteps : more->second;
    for (size_t i = 0; i < expected.size(); ++i) {
      if (quantized.outputs[i].dtype == DType::kBool) continue;  // equal operands may differ by a step here
      const std::vector<float> real = testing::real_values(run.outputs[i]);
      const Quantization& q = quantized.outputs[i].quantization;
      const float allowed = q.present() ? steps * q.scale[0] : 1e-6f;
      ASSERT_EQ(real.size(), expected[i].as<float>().size()) << example.name;
      for (size_t j = 0; j < real.size(); ++j)
        EXPECT_NEAR(real[j], expected[i].as<float>()[j], allowed)
            << example.name << " output " << i << " element " << j;
    }
    testing::note_passed(name(example.op), "int16");
  }
}

TEST(Int16Suite, WhatHasNoFormRefusesByName) {
  std::set<std::string_view> refused;
  for (const testing::Example& example : testing::all_examples()) {
    if (!kNoInt16Form.contains(name(example.op)) || !example.has_forms()) continue;
    if (name(example.op) == "batch_norm") {  // has no integer form at all
      refused.insert("batch_norm");
      continue;
    }
    const auto quantized = testing::quantize(example, DType::kInt16);
    ASSERT_TRUE(quantized) << example.name << ": " << quantized.error().text();
    std::vector<Argument> outputs;
    for (const TensorType& type : quantized->outputs) outputs.push_back({type, nullptr});
    const auto lowered = lower(example.op, quantized->example.arguments(), outputs);
    ASSERT_FALSE(lowered) << example.name << " computes on int16 now: take it off the list";
    EXPECT_EQ(lowered.error().code, ErrorCode::kUnsupported) << example.name << ": " << lowered.error().text();
    refused.insert(name(example.op));
  }
  EXPECT_EQ(refused, kNoInt16Form);
}

}  // namespace
}  // namespace mote
