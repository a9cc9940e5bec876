/// The element-wise rules of docs/quantization-spec.md: every int8 and int16 case of the op against the rule's formula,
/// written here a second time in wide integers and doubles.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "example.h"
#include "guarded_run.h"
#include "mote/rt/fixed_point.h"
#include "ops/broadcast.h"
#include "ops/quantize_math.h"
#include "test_support.h"

namespace mote {
namespace {

using testing::QuantizedExample;

/// Rules Q1 to Q3 in 64 bits.
int64_t high(int64_t a, int64_t b) {
  return (a * b + (int64_t{1} << 30)) >> 31;
}
int64_t shift_right(int64_t x, int n) {
  return static_cast<int64_t>(std::llround(std::ldexp(static_cast<double>(x), -n)));
}
int64_t times(int64_t x, const rt::Multiplier& m) {
  return shift_right(high(x * (int64_t{1} << std::max(m.shift, 0)), m.multiplier), std::max(-m.shift, 0));
}

int64_t times(int64_t x, double factor) {
  return times(x, quantize_multiplier(factor));
}

/// One stored number: what it is above its zero point, and the scale.
struct Stored {
  int64_t steps;
  float scale;
  [[nodiscard]] double wide_scale() const { return static_cast<double>(scale); }
};

/// Where results land: Q4 and Q6.
struct Landing {
  float scale;
  int64_t zero_point, least, most;
  DType dtype;
  [[nodiscard]] double wide_scale() const { return static_cast<double>(scale); }
  [[nodiscard]] int64_t put(int64_t steps) const { return std::clamp(steps + zero_point, least, most); }
};

Landing landing(const TensorType& type, Activation activation) {
  const bool wide = type.dtype == DType::kInt16;
  Landing result{type.quantization.scale[0], type.quantization.zero_point[0], wide ? -32768 : -128, wide ? 32767 : 127,
                 type.dtype};
  const auto steps = [&](float x) { return result.zero_point + std::lround(x / result.scale); };
  if (activation == Activation::kReluN1To1) {
    result.least = std::max<int64_t>(result.least, steps(-1));
    result.most = std::min<int64_t>(result.most, steps(1));
  } else if (activation != Activation::kNone) {
    result.least = std::max<int64_t>(result.least, steps(0));
    if (activation == Activation::kRelu6) result.most = std::min<int64_t>(result.most, steps(6));
  }
  return result;
}

std::vector<int64_t> stored(const Tensor& tensor) {
  if (tensor.type.dtype == DType::kInt16) return {tensor.as<int16_t>().begin(), tensor.as<int16_t>().end()};
  return {tensor.as<int8_t>().begin(), tensor.as<int8_t>().end()};
}

Activation activation_of(const auto& op) {
  if constexpr (requires { op.activation; }) return op.activation;
  return Activation::kNone;
}

/// Runs every case of T in `dtype` and calls check(op, example, output type, computed numbers).
template <class T>
void for_each_case(DType dtype, const std::function<void(const T&, const QuantizedExample&, const TensorType&,
                                                         const std::vector<int64_t>&)>& check) {
  int compared = 0;
  for (const testing::Example& example : testing::all_examples()) {
    const T* op = std::get_if<T>(&example.op);
    if (op == nullptr || !example.has_forms()) continue;
    MOTE_ASSERT_ASSIGN(const QuantizedExample quantized, testing::quantize(example, dtype));
    const std::vector<Argument> outputs = {{quantized.outputs[0], nullptr}};
    MOTE_ASSERT_ASSIGN(const Lowered lowered, lower(example.op, quantized.example.arguments(), outputs));
    const auto run = testing::run_guarded(lowered, quantized.example.operands, quantized.outputs);
    check(*op, quantized, quantized.outputs[0], stored(run.outputs[0]));
    ++compared;
  }
  EXPECT_GT(compared, 0) << T::kName;
}

template <class T>
void compare_pairs(DType dtype, const std::function<int64_t(Stored, Stored, const Landing&)>& rule) {
  for_each_case<T>(dtype, [&](const T& op, const QuantizedExample& quantized, const TensorType& type,
                              const std::vector<int64_t>& computed) {
    const Tensor& a = quantized.example.operands[0];
    const Tensor& b = quantized.example.operands[1];
    const std::vector<int64_t> left = stored(a);
    const std::vector<int64_t> right = stored(b);
    const Landing output = landing(type, activation_of(op));
    std::vector<int64_t> expected(computed.size());
    for_each_pair(a.type.shape, b.type.shape, type.shape, [&](size_t i, size_t j, size_t o) {
      const Quantization& qa = a.type.quantization;
      const Quantization& qb = b.type.quantization;
      expected[o] = rule({left[i] - qa.zero_point[0], qa.scale[0]}, {right[j] - qb.zero_point[0], qb.scale[0]}, output);
    });
    EXPECT_EQ(computed, expected) << T::kName << " " << text(type);
  });
}

/// `rule` gets the op, one stored input and where the output lands.
template <class T>
void compare_unary(DType dtype, const std::function<int64_t(const T&, Stored, const Landing&)>& rule) {
  for_each_case<T>(dtype, [&](const T& op, const QuantizedExample& quantized, const TensorType& type,
                              const std::vector<int64_t>& computed) {
    const Tensor& input = quantized.example.operands[0];
    const Quantization& q = input.type.quantization;
    const Landing output = landing(type, Activation::kNone);
    std::vector<int64_t> expected;
    for (const int64_t x : stored(input)) expected.push_back(rule(op, {x - q.zero_point[0], q.scale[0]}, output));
    EXPECT_EQ(computed, expected) << T::kName << " " << text(type);
  });
}

constexpr DType kBoth[] = {DType::kInt8, DType::kInt16};

TEST(QuantizationSpec, A1_FifteenBitsForInt16) {
  for (const DType dtype : kBoth)
    compare_pairs<Add>(dtype, [](Stored a, Stored b, const Landing& out) {
      const int64_t one = out.dtype == DType::kInt16 ? 1 << 15 : 1 << 20;
      const double common = 2 * std::max(a.wide_scale(), b.wide_scale());
      const int64_t sum = times(a.steps * one, a.wide_scale() / common) + times(b.steps * one, b.wide_scale() / common);
      return out.put(times(sum, common / (static_cast<double>(one) * out.wide_scale())));
    });
}

TEST(QuantizationSpec, A2_TheSameForInt16) {
  for (const DType dtype : kBoth)
    compare_pairs<Mul>(dtype, [](Stored a, Stored b, const Landing& out) {
      return out.put(times(a.steps * b.steps, a.wide_scale() * b.wide_scale() / out.wide_scale()));
    });
}

TEST(QuantizationSpec, N1_SubtractsInACommonScale) {
  for (const DType dtype : kBoth)
    compare_pairs<Sub>(dtype, [](Stored a, Stored b, const Landing& out) {
      const int64_t one = out.dtype == DType::kInt16 ? 1 << 15 : 1 << 20;
      const double common = 2 * std::max(a.wide_scale(), b.wide_scale());
      const int64_t difference =
          times(a.steps * one, a.wide_scale() / common) - times(b.steps * one, b.wide_scale() / common);
      return out.put(times(difference, common / (static_cast<double>(one) * out.wide_scale())));
    });
}

TEST(QuantizationSpec, N2_SquaresTheDifferenceInACommonScale) {
  for (const DType dtype : kBoth)
    compare_pairs<SquaredDifference>(dtype, [](Stored a, Stored b, const Landing& out) {
      const int64_t one = out.dtype == DType::kInt16 ? 1 : 1 << 7;
      const double common = 2 * std::max(a.wide_scale(), b.wide_scale());
      const int64_t difference =
          times(a.steps * one, a.wide_scale() / common) - times(b.steps * one, b.wide_scale() / common);
      return out.put(times(difference * difference,
                           common * common / static_cast<double>(static_cast<float>(one * one) * out.scale)));
    });
}

TEST(QuantizationSpec, N3_DividesByAReciprocal) {
  compare_pairs<Div>(DType::kInt8, [](Stored a, Stored b, const Landing& out) {
    const int64_t dividend = b.steps < 0 ? -a.steps : a.steps;
    const auto divisor = static_cast<double>(std::abs(b.steps));
    int power = 0;  // divisor = d * 2^power with d in [1, 2)
    const double d = 2 * std::frexp(divisor, &power);
    const auto reciprocal = rt::one_over_one_plus(static_cast<int32_t>(std::llround(std::ldexp(d - 1, 31))));
    int room = 0;
    while (dividend * (int64_t{1} << (room + 1)) <= INT32_MAX && dividend * (int64_t{1} << (room + 1)) >= INT32_MIN)
      if (++room == 31) break;
    const rt::Multiplier factor = quantize_multiplier(static_cast<double>(a.scale / (b.scale * out.scale)));
    const int64_t quotient = high(dividend * (int64_t{1} << room), reciprocal);
    return out.put(shift_right(high(quotient, factor.multiplier), power - 1 + room - factor.shift));
  });
}

TEST(QuantizationSpec, N4_EachSideOfZeroHasItsFactor) {
  for (const DType dtype : kBoth) {
    compare_unary<Abs>(dtype, [](const Abs&, Stored x, const Landing& out) {
      return out.put(times(std::abs(x.steps), x.wide_scale() / out.wide_scale()));
    });
    compare_unary<LeakyRelu>(dtype, [](const LeakyRelu& op, Stored x, const Landing& out) {
      const float factor = x.steps < 0 ? x.scale * op.alpha / out.scale : x.scale / out.scale;
      return out.put(times(x.steps, static_cast<double>(factor)));
    });
  }
  compare_unary<Relu>(DType::kInt16, [](const Relu&, Stored x, const Landing& out) {
    return std::max(out.put(times(x.steps, x.wide_scale() / out.wide_scale())), int64_t{0});
  });
}

TEST(QuantizationSpec, N5_ReciprocalRootsInTwentyBits) {
  for (const DType dtype : kBoth)
    compare_unary<Rsqrt>(dtype, [](const Rsqrt&, Stored x, const Landing& out) {
      if (x.steps <= 0) return out.most;
      const rt::Multiplier root = rt::inverse_square_root(static_cast<int32_t>(x.steps));
      const int64_t fraction = times(1, {root.multiplier, root.shift + 20});
      return out.put(times(fraction, std::ldexp(1 / (std::sqrt(x.wide_scale()) * out.wide_scale()), -20)));
    });
}

TEST(QuantizationSpec, N6_PreluMultipliesByAlphaBelowZero) {
  for (const DType dtype : kBoth)
    compare_pairs<Prelu>(dtype, [](Stored x, Stored alpha, const Landing& out) {
      if (x.steps >= 0) return out.put(times(x.steps, x.wide_scale() / out.wide_scale()));
      return out.put(times(x.steps * alpha.steps, x.wide_scale() * alpha.wide_scale() / out.wide_scale()));
    });
}

/// The rows of a quantized example, and what was computed of them.
void compare_rows(const QuantizedExample& quantized, const std::vector<int64_t>& computed,
                  const std::function<std::vector<int64_t>(const std::vector<int64_t>&)>& rule) {
  const Tensor& input = quantized.example.operands[0];
  const auto depth = static_cast<size_t>(input.type.shape.back());
  const std::vector<int64_t> numbers = stored(input);
  for (size_t at = 0; at < numbers.size(); at += depth) {
    std::vector<int64_t> row;
    for (size_t i = 0; i < depth; ++i) row.push_back(numbers[at + i] - input.type.quantization.zero_point[0]);
    const auto begin = computed.begin() + static_cast<std::ptrdiff_t>(at);
    EXPECT_EQ(std::vector<int64_t>(begin, begin + static_cast<std::ptrdiff_t>(depth)), rule(row));
  }
}

TEST(QuantizationSpec, N7_LogSoftmaxInFiveIntegerBits) {
  for_each_case<LogSoftmax>(DType::kInt8, [](const LogSoftmax&, const QuantizedExample& quantized, const TensorType&,
                                             const std::vector<int64_t>& computed) {
    const double step = std::ldexp(static_cast<double>(quantized.example.operands[0].type.quantization.scale[0]), 26);
    compare_rows(quantized, computed, [&](const std::vector<int64_t>& row) {
      const int64_t largest = *std::max_element(row.begin(), row.end());
      int64_t sum = 0;
      for (const int64_t x : row)
        sum += shift_right(rt::exp_on_negative(static_cast<int32_t>(times(x - largest, step)), 5), 12);
      const int64_t logarithm = rt::logarithm_fixed(static_cast<int32_t>(sum));
      std::vector<int64_t> result;
      for (const int64_t x : row)
        result.push_back(std::clamp<int64_t>(shift_right(times(x - largest, step) - logarithm, 22) + 127, -128, 127));
      return result;
    });
  });
}

TEST(QuantizationSpec, N8_NormalizesByTheReciprocalRoot) {
  for_each_case<L2Normalization>(DType::kInt8, [](const L2Normalization&, const QuantizedExample& quantized,
                                                  const TensorType&, const std::vector<int64_t>& computed) {
    compare_rows(quantized, computed, [](const std::vector<int64_t>& row) {
      int64_t squares = 0;
      for (const int64_t x : row) squares += x * x;
      const rt::Multiplier root = rt::inverse_square_root(static_cast<int32_t>(squares));
      std::vector<int64_t> result;
      for (const int64_t x : row)
        result.push_back(std::clamp<int64_t>(times(x, {root.multiplier, root.shift + 7}), -128, 127));
      return result;
    });
  });
}

TEST(QuantizationSpec, N9_RootsAreCutOff) {
  for (const DType dtype : kBoth)
    compare_unary<Sqrt>(dtype, [](const Sqrt&, Stored x, const Landing& out) {
      const float root = std::sqrt(x.scale * static_cast<float>(std::max<int64_t>(x.steps, 0)));
      return out.put(static_cast<int64_t>(root / out.scale));
    });
}

TEST(QuantizationSpec, N10_TablesInFloat) {
  const auto compare = [&]<class T>(float (*function)(const T&, float, const Landing&)) {
    compare_unary<T>(DType::kInt8, [&](const T& op, Stored x, const Landing& out) {
      const float value = function(op, x.scale * static_cast<float>(x.steps), out);
      return out.put(std::llround(value * (1 / out.scale)));
    });
  };
  compare.operator()<Exp>([](const Exp&, float x, const Landing&) { return std::exp(x); });
  compare.operator()<Elu>([](const Elu&, float x, const Landing&) { return x < 0 ? std::exp(x) - 1 : x; });
  compare.operator()<NaturalLog>([](const NaturalLog&, float x, const Landing& out) {
    return x > 0 ? std::log(x) : out.scale * static_cast<float>(out.least - out.zero_point);
  });
  compare.operator()<Gelu>([](const Gelu& op, float x, const Landing&) {
    const float inner = 0.797884583f * (x + 0.044715f * x * x * x);
    return op.approximate ? 0.5f * x * (1.f + std::tanh(inner)) : 0.5f * x * std::erfc(x * -0.707106769f);
  });
}

TEST(QuantizationSpec, N11_HardSwishInSixteenBits) {
  compare_unary<HardSwish>(DType::kInt8, [](const HardSwish&, Stored x, const Landing& out) {
    const auto narrow = [](double factor) {
      const rt::Multiplier m = quantize_multiplier(factor);
      return rt::Multiplier{std::min((m.multiplier + 32768) / 65536, 32767), m.shift};
    };
    const auto high16 = [](int64_t a, int64_t b) { return (a * b + (1 << 14)) >> 15; };
    const auto saturate = [](int64_t v) { return std::clamp<int64_t>(v, -32768, 32767); };
    const float fine = x.scale / 128;
    const rt::Multiplier to_output = narrow(static_cast<double>(fine / out.scale));
    const rt::Multiplier to_unit = narrow(static_cast<double>(fine / (3.0f / 32768)));
    int64_t unit = x.steps * 128;
    if (to_unit.shift > 0) unit = saturate(unit * (int64_t{1} << (to_unit.shift - 1)));
    unit = high16(unit, to_unit.multiplier);
    unit = to_unit.shift > 0 ? saturate(unit * 2) : shift_right(unit, -to_unit.shift);
    const int64_t gate = (unit + 32768) / 2;
    const int64_t product = gate * high16(x.steps * 128, to_output.multiplier) / 32768;
    return out.put(shift_right(product, -to_output.shift));
  });
}

TEST(QuantizationSpec, F5_ReciprocalRootByNewton) {
  for (int64_t x = 2; x <= INT32_MAX; x = x + x / 50 + 1) {
    const rt::Multiplier root = rt::inverse_square_root(static_cast<int32_t>(x));
    const double value = std::ldexp(static_cast<double>(root.multiplier), root.shift - 31);
    EXPECT_NEAR(value * std::sqrt(static_cast<double>(x)), 1, 2e-6) << x;
  }
  for (const int32_t x : {0, 1}) EXPECT_EQ(rt::inverse_square_root(x).multiplier, INT32_MAX);
}

TEST(QuantizationSpec, F6_LogarithmOfOneAndMore) {
  for (int64_t x = 1 << 19; x <= INT32_MAX; x = x + x / 100 + 1) {
    const double value = std::ldexp(static_cast<double>(rt::logarithm_fixed(static_cast<int32_t>(x))), -26);
    EXPECT_NEAR(value, std::log(std::ldexp(static_cast<double>(x), -19)), 3e-7) << x;
  }
}

}  // namespace
}  // namespace mote
