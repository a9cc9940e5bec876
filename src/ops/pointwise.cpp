#include "ops/pointwise.h"

#include <algorithm>
#include <cmath>

#include "mote/rt/lookup_s16.h"
#include "mote/rt/lookup_s8.h"
#include "mote/rt/requantize_s8.h"
#include "mote/rt/sigmoid_s16.h"
#include "ops/quantize_math.h"
#include "target/walks.h"

namespace mote {

namespace {
constexpr Kernel kRequantize =
    walking(describe_kernel<&rt::requantize_s8>("requantize_s8", "RequantizeS8"), kElementwise<rt::RequantizeS8>);
constexpr Kernel kLookup =
    walking(describe_kernel<&rt::lookup_s8>("lookup_s8", "LookupS8"), kElementwise<rt::LookupS8>);
constexpr Kernel kInterpolate =
    walking(describe_kernel<&rt::lookup_s16>("lookup_s16", "LookupS16"), kElementwise<rt::LookupS16>);
constexpr int kInputIntegerBits = 4;
constexpr int kSections = 512;  // of an interpolated table
}  // namespace

Result<std::vector<TensorType>> infer_pointwise(Arguments inputs) {
  MOTE_TRY(expect_operands(inputs, 1, 1, "input"));
  return std::vector<TensorType>{{inputs[0].type.dtype, inputs[0].type.shape, {}}};
}

Result<Lowered> lower_requantize(Activation activation, const TensorType& input, const TensorType& output) {
  MOTE_TRY(expect_quantized(input, DType::kInt8, "the input"));
  MOTE_TRY(expect_quantized(output, DType::kInt8, "the output"));
  return lower_requantize(output_stage(activation, output.quantization), input, output);
}

Result<Lowered> lower_requantize(const rt::OutputStage& stage, const TensorType& input, const TensorType& output) {
  const double factor =
      static_cast<double>(input.quantization.scale[0]) / static_cast<double>(output.quantization.scale[0]);
  if (factor >= 1 << 22)
    return fail(ErrorCode::kUnsupported, "an input scale {} times the output's; one of the two must be wrong", factor);
  const rt::RequantizeS8 parameters{elements(input), input.quantization.zero_point[0], quantize_multiplier(factor),
                                    stage};
  Lowered lowered;
  lowered.calls.push_back(KernelCall::make(kRequantize, parameters, {Operand::input(0), Operand::output(0)}));
  return lowered;
}

Lowered lower_table(const TensorType& input, const std::function<int8_t(int32_t)>& function) {
  std::vector<int8_t> table;
  for (int32_t i = -128; i < 128; ++i) table.push_back(function(i));
  Lowered lowered;
  lowered.constants.push_back(Constant::of<int8_t>("table", DType::kInt8, table, true));
  lowered.calls.push_back(KernelCall::make(kLookup, rt::LookupS8{elements(input)},
                                           {Operand::input(0), Operand::constant(0), Operand::output(0)}));
  return lowered;
}

std::vector<int16_t> interpolated_table(const Quantization& input, const Quantization& output,
                                        const std::function<float(float)>& function) {
  const auto real = [](const Quantization& q, int32_t steps) {
    return q.scale[0] * static_cast<float>(steps - q.zero_point[0]);
  };
  const float first = real(input, -32768);
  const float last = real(input, 32767);
  const float section = (last - first) / kSections;
  const float per_unit = 65536.0f / (real(output, 32767) - real(output, -32768));
  // Where infinities meet, the references convert what is no number, which gives 0 on every machine of theirs.
  const auto stored = [](float steps) {
    return std::isnan(steps) ? int16_t{0} : static_cast<int16_t>(std::clamp(steps, -32768.0f, 32767.0f));
  };
  std::vector<int16_t> table;
  for (int i = 0; i < kSections; ++i) {
    const float at = first + static_cast<float>(i) * section;
    const float value = std::round(function(at) * per_unit);
    const float next = function(first + static_cast<float>(i + 1) * section) * per_unit;
    const float middle = std::round(function(at + section / 2) * per_unit);
    const float excess = std::round((next + value) / 2) - middle;
    table.push_back(stored(value - std::round(excess / 2)));
  }
  table.push_back(stored(std::round(function(last) * per_unit)));
  return table;
}

Lowered lower_interpolated(const TensorType& input, const TensorType& output,
                           const std::function<float(float)>& function) {
  const std::vector<int16_t> table = interpolated_table(input.quantization, output.quantization, function);
  Lowered lowered;
  lowered.constants.push_back(Constant::of<int16_t>("table", DType::kInt16, table, true));
  lowered.calls.push_back(KernelCall::make(kInterpolate, rt::LookupS16{elements(input)},
                                           {Operand::input(0), Operand::constant(0), Operand::output(0)}));
  return lowered;
}

Lowered lower_saturating(const TensorType& input, int32_t (*function)(int32_t), int32_t fraction_bits,
                         int32_t zero_point) {
  const double step = static_cast<double>(input.quantization.scale[0]) * (1 << (31 - kInputIntegerBits));
  const rt::Multiplier factor = quantize_multiplier(step);
  const double radius =
      std::floor(((1 << kInputIntegerBits) - 1) * std::ldexp(1.0, 31 - kInputIntegerBits - factor.shift));
  const auto in = [&](int32_t i) { return i - input.quantization.zero_point[0]; };
  return lower_table(input, [&](int32_t i) -> int8_t {
    if (in(i) <= -radius) return -128;
    if (in(i) >= radius) return 127;
    const int32_t fraction = function(rt::multiply(in(i), factor));
    const int32_t rounded = rt::rounding_divide_by_power_of_two(fraction, 31 - fraction_bits);
    return static_cast<int8_t>(std::clamp(rounded + zero_point, -128, 127));
  });
}

namespace {
/// Whether x is a power of two within a thousandth of its exponent, which the reference takes for exact.
std::optional<int32_t> binary_exponent(float x) {
  const float exponent = std::log(x) * (1.0f / std::log(2.0f));
  const float whole = std::round(exponent);
  if (std::abs(exponent - whole) >= 1e-3f) return std::nullopt;
  return static_cast<int32_t>(whole);
}
}  // namespace

std::vector<int16_t> sigmoid_table() {
  const auto exact = [](int i) { return 65536 / (1 + std::exp(-i / 24.0)); };
  std::vector<int16_t> table;
  for (int i = 0; i < 255; ++i) {
    const double bend = exact(i - 1) - 2 * exact(i) + exact(i + 1);
    table.push_back(static_cast<int16_t>(std::lround(exact(i) - bend / 16) - 32768));
  }
  table.push_back(32767);
  return table;
}

Result<Lowered> lower_sigmoid_s16(const Kernel& kernel, const TensorType& input, const TensorType& output,
                                  int32_t most_shift, std::string_view op) {
  MOTE_TRY(expect_quantized(input, DType::kInt16, "the input"));
  MOTE_TRY(expect_output(output, 1.0f / 32768, 0, op, DType::kInt16));
  const float scale = input.quantization.scale[0];
  rt::SigmoidS16 parameters{elements(input), 0, 0};
  const int32_t above = binary_exponent(scale).value_or(most_shift + 1 - 12) + 12;
  if (above >= 0 && above <= most_shift) {
    parameters.multiplier = 3 << above;
  } else {
    double multiplier = static_cast<double>(scale) * 12288;
    for (; multiplier <= 32767.0 / 2 && parameters.shift < 31; ++parameters.shift) multiplier *= 2;
    if (multiplier >= 32768)
      return fail(ErrorCode::kUnsupported, "an input of scale {} is too coarse; up to 2.66 is supported", scale);
    parameters.multiplier = static_cast<int32_t>(multiplier);
  }
  const std::vector<int16_t> table = sigmoid_table();
  Lowered lowered;
  lowered.constants.push_back(Constant::of<int16_t>("sigmoid", DType::kInt16, table, true));
  lowered.calls.push_back(
      KernelCall::make(kernel, parameters, {Operand::input(0), Operand::constant(0), Operand::output(0)}));
  return lowered;
}

Result<> expect_output(const TensorType& output, float scale, int32_t zero_point, std::string_view op, DType dtype) {
  const Quantization& q = output.quantization;
  if (output.dtype == dtype && q.scale.size() == 1 && q.scale[0] == scale && q.zero_point[0] == zero_point) return {};
  return fail(ErrorCode::kUnsupported, "the output of an {} {} must have scale 1/{} and zero point {}, it is {}",
              name(dtype), op, static_cast<int>(1 / scale), zero_point, text(output));
}

}  // namespace mote
