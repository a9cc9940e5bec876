/// Every op: backward equals the derivative of forward, by central differences at two distances.
#include <gtest/gtest.h>

#include <cmath>

#include "example.h"
#include "test_support.h"

namespace mote {
namespace {

constexpr uint64_t kSeed = 7;
constexpr float kStep = 1e-2f;
constexpr double kTolerance = 4e-3;
constexpr double kLeastChecked = 0.7;

using testing::Example;

/// A loss that weighs the outputs by fixed random numbers, and its derivative by each output.
struct Loss {
  std::vector<Tensor> weights;

  explicit Loss(const Example& example) {
    Rng rng(3);
    weights = testing::run_forward(example, true, kSeed);
    for (Tensor& w : weights)
      for (float& x : w.as<float>()) x = static_cast<float>(rng.uniform(-1, 1));
  }
  [[nodiscard]] double operator()(const Example& example) const {
    const std::vector<Tensor> outputs = testing::run_forward(example, true, kSeed);
    double sum = 0;
    for (size_t i = 0; i < outputs.size(); ++i)
      for (size_t j = 0; j < outputs[i].as<float>().size(); ++j)
        sum += static_cast<double>(outputs[i].as<float>()[j]) * static_cast<double>(weights[i].as<float>()[j]);
    return sum;
  }
};

/// backward's answer for every operand; `start` is what the gradients hold before, since backward adds.
std::vector<Tensor> analytic(const Example& example, const Loss& loss, float start) {
  const std::vector<Tensor> outputs = testing::run_forward(example, true, kSeed);
  std::vector<Tensor> gradients;
  BackwardContext context;
  context.seed = kSeed;
  const testing::OperandViews operands(example);
  context.inputs = operands.views;
  for (const Tensor& operand : example.operands) {
    const bool is_float = operand.type.dtype == DType::kFloat32;
    gradients.emplace_back(is_float ? TensorType{DType::kFloat32, operand.type.shape, {}}
                                    : TensorType{DType::kFloat32, {0}, {}});
    for (float& g : gradients.back().as<float>()) g = start;
  }
  for (Tensor& g : gradients) context.input_gradients.push_back({g.type.shape, g.as<float>()});
  for (size_t i = 0; i < outputs.size(); ++i) {
    context.outputs.push_back({outputs[i].type.shape, outputs[i].as<float>()});
    context.output_gradients.push_back({outputs[i].type.shape, loss.weights[i].as<float>()});
  }
  backward(example.op, context);
  return gradients;
}

/// The examples of all ops that training can go through.
std::vector<Example> differentiable_examples() {
  std::vector<Example> result = testing::all_examples();
  std::erase_if(result, [](const Example& example) { return !differentiable(example.op); });
  return result;
}

/// The derivative of the loss by one element, over 2 * `step`.
double numeric(Example& example, const Loss& loss, size_t operand, size_t element, float step) {
  float& x = example.operands[operand].as<float>()[element];
  const float own = x;
  x = own + step;
  const float above = x;
  const double high = loss(example);
  x = own - step;
  const double run = static_cast<double>(above) - static_cast<double>(x);
  const double low = loss(example);
  x = own;
  return (high - low) / run;
}

TEST(GradientSuite, BackwardIsTheDerivativeOfForward) {
  for (Example example : differentiable_examples()) {
    const Loss loss(example);
    const std::vector<Tensor> gradients = analytic(example, loss, 0);
    size_t elements = 0;
    size_t checked = 0;
    for (size_t i = 0; i < example.operands.size(); ++i) {
      if (example.given[i] || example.typed[i]) continue;
      for (size_t j = 0; j < gradients[i].as<float>().size(); ++j) {
        ++elements;
        const double wide = numeric(example, loss, i, j, kStep);
        const double narrow = numeric(example, loss, i, j, kStep / 2);
        const double allowed = kTolerance * (1 + std::abs(narrow));
        if (std::abs(wide - narrow) > allowed) continue;  // a kink lies in between
        ++checked;
        EXPECT_NEAR(static_cast<double>(gradients[i].as<float>()[j]), narrow, allowed)
            << example.name << " operand " << i << " element " << j;
      }
    }
    EXPECT_GE(static_cast<double>(checked), kLeastChecked * static_cast<double>(elements)) << example.name;
    testing::note_passed(name(example.op), "training");
  }
}

TEST(GradientSuite, BackwardAddsToWhatIsThere) {
  for (const Example& example : differentiable_examples()) {
    const Loss loss(example);
    const std::vector<Tensor> from_zero = analytic(example, loss, 0);
    const std::vector<Tensor> from_ten = analytic(example, loss, 10);
    for (size_t i = 0; i < from_zero.size(); ++i)
      for (size_t j = 0; j < from_zero[i].as<float>().size(); ++j)
        EXPECT_NEAR(from_ten[i].as<float>()[j], from_zero[i].as<float>()[j] + 10, 1e-4f) << example.name;
  }
}

TEST(GradientSuite, GradientsNobodyAsksForAreNotWritten) {
  for (const Example& example : differentiable_examples()) {
    const std::vector<Tensor> outputs = testing::run_forward(example, true, kSeed);
    BackwardContext context;
    const testing::OperandViews operands(example);
    context.inputs = operands.views;
    for (const Tensor& operand : example.operands) context.input_gradients.push_back({operand.type.shape, {}});
    for (const Tensor& output : outputs) {
      context.outputs.push_back({output.type.shape, output.as<float>()});
      context.output_gradients.push_back({output.type.shape, output.as<float>()});
    }
    backward(example.op, context);  // a write would go through a null pointer
  }
}

}  // namespace
}  // namespace mote
