/// The rules of docs/quantization-spec.md for layers with state, each written here a second time without any of the
/// kernels' shortcuts, over sequences whose state is carried on.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "formats/recurrent_samples.h"
#include "guarded_run.h"
#include "mote/rt/bytes.h"
#include "mote/rt/gates_s16.h"
#include "ops/quantize_math.h"
#include "test_support.h"

namespace mote {
namespace {

constexpr int kInferences = 4;

/// The network's only node with an operand for each of its inputs; states are carried over by hand.
struct Layer {
  Graph graph;
  const Node& node = graph.nodes[0];
  std::vector<Tensor> operands;

  explicit Layer(Graph of) : graph(std::move(of)) {
    for (const ValueId id : node.inputs) {
      if (id == kNoValue) {
        operands.emplace_back();
        continue;
      }
      const Value& value = graph.value(id);
      operands.push_back(value.constant ? *value.constant : value.initial ? *value.initial : Tensor(value.type));
    }
  }

  [[nodiscard]] float scale(size_t i) const { return operands[i].type.quantization.scale[0]; }
  [[nodiscard]] int32_t zero_point(size_t i) const { return operands[i].type.quantization.zero_point[0]; }
  [[nodiscard]] const TensorType& output() const { return graph.value(graph.outputs[0]).type; }

  /// Element j of operand i, whatever its type.
  [[nodiscard]] int64_t at(size_t i, int32_t j) const {
    const auto index = static_cast<size_t>(j);
    switch (operands[i].type.dtype) {
      case DType::kInt8:
        return operands[i].as<int8_t>()[index];
      case DType::kInt16:
        return operands[i].as<int16_t>()[index];
      case DType::kInt32:
        return operands[i].as<int32_t>()[index];
      default:
        return operands[i].as<int64_t>()[index];
    }
  }
  void set(size_t i, int32_t j, int64_t value) {
    const auto index = static_cast<size_t>(j);
    if (operands[i].type.dtype == DType::kInt8)
      operands[i].as<int8_t>()[index] = static_cast<int8_t>(value);
    else
      operands[i].as<int16_t>()[index] = static_cast<int16_t>(value);
  }

  /// What the kernel computes; it leaves the new state in `states`.
  Tensor run(const std::vector<size_t>& states) {
    auto lowered = lower(node.op, graph.arguments(node.inputs), graph.arguments(node.outputs));
    EXPECT_TRUE(lowered) << lowered.error().text();
    testing::GuardedRun result = testing::run_guarded(*lowered, operands, {output()});
    EXPECT_THAT(result.violations, ::testing::IsEmpty());
    for (const size_t i : states) operands[i].data = result.inputs[i];
    return result.outputs[0];
  }
};

int64_t within(int64_t value, DType dtype) {
  const int64_t low = dtype == DType::kInt8 ? -128 : -32768;
  return std::clamp(value, low, -low - 1);
}

int32_t times(int64_t value, double factor) {
  return rt::multiply(static_cast<int32_t>(value), quantize_multiplier(factor));
}

/// The number that element i of a tensor is.
int64_t element(const Tensor& tensor, int32_t i) {
  const auto index = static_cast<size_t>(i);
  return tensor.type.dtype == DType::kInt8 ? tensor.as<int8_t>()[index] : tensor.as<int16_t>()[index];
}

TEST(QuantizationSpec, Y1_SvdfKeepsAWindowForEachFilter) {
  size_t layers = 0;
  for (Graph& graph : samples::recurrent_graphs()) {
    if (!std::holds_alternative<Svdf>(graph.nodes[0].op)) continue;
    ++layers;
    SCOPED_TRACE(graph.name);
    Layer layer(std::move(graph));
    Layer own = layer;
    const int32_t batches = layer.operands[0].type.shape[0], inputs = layer.operands[0].type.shape[1];
    const int32_t filters = layer.operands[1].type.shape[0], memory = layer.operands[2].type.shape[1];
    const int32_t rank = std::get<Svdf>(layer.node.op).rank;
    const float to_state = own.scale(0) * own.scale(1) / own.scale(4);
    const float to_output = own.scale(4) * own.scale(2) / own.output().quantization.scale[0];
    Rng rng(4);
    for (int n = 0; n < kInferences; ++n) {
      for (uint8_t& byte : layer.operands[0].data) byte = static_cast<uint8_t>(rng.below(256));
      own.operands[0] = layer.operands[0];
      const Tensor output = layer.run({Svdf::kState});
      for (int32_t b = 0; b < batches; ++b)
        for (int32_t unit = 0; unit < filters / rank; ++unit) {
          int64_t sum = own.operands[3].data.empty() ? 0 : own.at(3, unit);
          for (int32_t f = unit * rank; f < (unit + 1) * rank; ++f) {
            int64_t seen = 0;
            for (int32_t i = 0; i < inputs; ++i)
              seen += (own.at(0, b * inputs + i) - own.zero_point(0)) * own.at(1, f * inputs + i);
            const int32_t first = (b * filters + f) * memory;
            for (int32_t m = 0; m + 1 < memory; ++m) own.set(4, first + m, own.at(4, first + m + 1));
            own.set(4, first + memory - 1,
                    within(times(seen, static_cast<double>(to_state)), own.operands[4].type.dtype) + own.zero_point(4));
            for (int32_t m = 0; m < memory; ++m)
              sum += (own.at(4, first + m) - own.zero_point(4)) * own.at(2, f * memory + m);
          }
          const int64_t expected = within(times(static_cast<int32_t>(sum), static_cast<double>(to_output)) +
                                              own.output().quantization.zero_point[0],
                                          DType::kInt8);
          EXPECT_EQ(element(output, b * (filters / rank) + unit), expected) << "inference " << n << " unit " << unit;
        }
      EXPECT_EQ(own.operands[4].data, layer.operands[4].data) << "inference " << n;
    }
    testing::note_passed("svdf", "int8");
  }
  EXPECT_GE(layers, 4u);
}

double table_entry(int64_t i) {
  const auto e = [](int64_t n) { return 65536 / (1 + std::exp(-static_cast<double>(n) / 24)); };
  return i == 255 ? 65535 : std::round(e(i) - (e(i - 1) - 2 * e(i) + e(i + 1)) / 16);
}

/// Rules Y3 (bits 9) and Y4 (bits 8) up to the line between two entries.
int64_t line(int64_t m, int bits, int64_t beyond) {
  const int64_t u = m >> bits;
  if (u >= 255) return beyond;
  const auto at = static_cast<int64_t>(table_entry(u)), next = static_cast<int64_t>(table_entry(u + 1));
  return (at << bits) + (m & ((1 << bits) - 1)) * (next - at);
}

int64_t floor_divide(int64_t x, int64_t y) {
  return x >= 0 ? x / y : -((-x + y - 1) / y);
}

int64_t sigmoid_of(int64_t x) {
  const int64_t v = line(std::abs(3 * x), 9, int64_t{32767} * 1024);
  return floor_divide(x >= 0 ? v + 512 : (1 << 25) - v + 511, 1024);
}

int64_t tanh_of(int64_t scaled) {
  const int64_t v = line(std::abs(scaled), 8, int64_t{65535} * 256);
  return floor_divide(scaled >= 0 ? v - (1 << 23) + 128 : (1 << 23) - v + 127, 256);
}

int64_t tanh_of_cell(int64_t cell, int power) {
  if (power >= -12) return tanh_of(3 * cell * (int64_t{1} << (12 + power)));
  const int64_t divisor = int64_t{1} << (-12 - power);
  return tanh_of(floor_divide(3 * cell + divisor / 2, divisor));
}

std::vector<int16_t> table() {
  std::vector<int16_t> result;
  for (int i = 0; i < 256; ++i) result.push_back(static_cast<int16_t>(table_entry(i) - 32768));
  return result;
}

TEST(QuantizationSpec, Y3_GateSigmoidReadsATableOf256) {
  const std::vector<int16_t> entries = table();
  for (int32_t x = -32768; x < 32768; ++x) {
    const int16_t gate = rt::gate_sigmoid(entries.data(), rt::scaled(x, rt::kGateSum));
    ASSERT_EQ(gate, sigmoid_of(x)) << x;
    ASSERT_NEAR(gate, 32768 / (1 + std::exp(-x / 4096.0)), 12) << x;
  }
}

TEST(QuantizationSpec, Y4_GateTanhTakesAnyPowerOfTwo) {
  const std::vector<int16_t> entries = table();
  for (const int power : {-15, -13, -12, -11, -9, -3, 0}) {
    const rt::GateScale scale = power < -12 ? rt::GateScale{3, -12 - power} : rt::GateScale{3 << (12 + power), 0};
    for (int32_t x = -32768; x < 32768; x += 7) {
      const int16_t gate = rt::gate_tanh(entries.data(), rt::scaled(x, scale));
      ASSERT_EQ(gate, tanh_of_cell(x, power)) << x << " with 2^" << power;
      ASSERT_NEAR(gate, 32768 * std::tanh(x * std::pow(2.0, power)), 24) << x << " with 2^" << power;
    }
  }
}

/// Rule Y2: one sequence after the other, one step after the other.
Tensor lstm(Layer& own, const Lstm& op) {
  const Shape& shape = own.operands[Lstm::kInput].type.shape;
  const int32_t batches = shape[op.time_major ? 1 : 0], steps = shape[op.time_major ? 0 : 1], inputs = shape[2];
  const int32_t units = own.operands[Lstm::kBias].type.shape[0];
  const DType dtype = own.operands[Lstm::kInput].type.dtype;
  const double gate = std::ldexp(1.0, -15), cell_scale = static_cast<double>(own.scale(Lstm::kCell));
  const auto factor = [&](size_t activation, size_t weights) {
    return static_cast<double>(own.scale(activation) * own.scale(weights)) * 4096;
  };
  const auto gate_multiply = [&](int64_t sum, double real) {
    const rt::Multiplier m = quantize_multiplier(real);
    return within(dtype == DType::kInt16 ? rt::multiply_wide(sum, m.multiplier, m.shift)
                                         : rt::multiply(static_cast<int32_t>(sum), m),
                  DType::kInt16);
  };
  Tensor output(own.output());
  for (int32_t b = 0; b < batches; ++b)
    for (int32_t t = 0; t < steps; ++t) {
      const int32_t row = op.time_major ? t * batches + b : b * steps + t;
      std::vector<int64_t> next;
      for (int32_t unit = 0; unit < units; ++unit) {
        std::array<int64_t, 4> sums{};
        for (size_t k = 0; k < 4; ++k) {
          int64_t seen = own.at(Lstm::kBias + k, unit), past = 0;
          for (int32_t i = 0; i < inputs; ++i)
            seen += (own.at(Lstm::kInput, row * inputs + i) - own.zero_point(Lstm::kInput)) *
                    own.at(Lstm::kInputWeights + k, unit * inputs + i);
          for (int32_t i = 0; i < units; ++i)
            past += (own.at(Lstm::kHidden, b * units + i) - own.zero_point(Lstm::kHidden)) *
                    own.at(Lstm::kHiddenWeights + k, unit * units + i);
          sums[k] = within(gate_multiply(seen, factor(Lstm::kInput, Lstm::kInputWeights + k)) +
                               gate_multiply(past, factor(Lstm::kHidden, Lstm::kHiddenWeights + k)),
                           DType::kInt16);
        }
        const int64_t kept =
            within(times(sigmoid_of(sums[1]) * own.at(Lstm::kCell, b * units + unit), gate), DType::kInt16);
        const int64_t added =
            within(times(sigmoid_of(sums[0]) * tanh_of(3 * sums[2]), gate * gate / cell_scale), DType::kInt16);
        int64_t cell = within(kept + added, DType::kInt16);
        const auto clip = static_cast<int64_t>(static_cast<double>(op.cell_clip) / cell_scale);
        if (op.cell_clip > 0) cell = std::clamp(cell, -std::min<int64_t>(clip, 32767), std::min<int64_t>(clip, 32767));
        own.set(Lstm::kCell, b * units + unit, cell);
        const int64_t shown = tanh_of_cell(cell, static_cast<int>(std::lround(std::log2(cell_scale))));
        next.push_back(
            within(times(shown * sigmoid_of(sums[3]), gate * gate / static_cast<double>(own.scale(Lstm::kHidden))) +
                       own.zero_point(Lstm::kHidden),
                   dtype));
      }
      for (int32_t unit = 0; unit < units; ++unit) {
        own.set(Lstm::kHidden, b * units + unit, next[static_cast<size_t>(unit)]);
        const auto place = static_cast<size_t>(row * units + unit);
        if (dtype == DType::kInt8)
          output.as<int8_t>()[place] = static_cast<int8_t>(next[static_cast<size_t>(unit)]);
        else
          output.as<int16_t>()[place] = static_cast<int16_t>(next[static_cast<size_t>(unit)]);
      }
    }
  return output;
}

TEST(QuantizationSpec, Y2_LstmStepsThroughTheSequence) {
  size_t layers = 0;
  for (Graph& graph : samples::recurrent_graphs()) {
    if (!std::holds_alternative<Lstm>(graph.nodes[0].op)) continue;
    ++layers;
    SCOPED_TRACE(graph.name);
    Layer layer(std::move(graph));
    Layer own = layer;
    Rng rng(9);
    for (int n = 0; n < kInferences; ++n) {
      for (uint8_t& byte : layer.operands[0].data) byte = static_cast<uint8_t>(rng.below(256));
      own.operands[0] = layer.operands[0];
      const Tensor output = layer.run({Lstm::kHidden, Lstm::kCell});
      EXPECT_EQ(output.data, lstm(own, std::get<Lstm>(own.node.op)).data) << "inference " << n;
      EXPECT_EQ(own.operands[Lstm::kHidden].data, layer.operands[Lstm::kHidden].data) << "inference " << n;
      EXPECT_EQ(own.operands[Lstm::kCell].data, layer.operands[Lstm::kCell].data) << "inference " << n;
    }
    testing::note_passed("lstm", name(layer.output().dtype));
  }
  EXPECT_GE(layers, 8u);
}

TEST(QuantizationSpec, Y5_VariablesAreCopied) {
  const TensorType type{DType::kInt16, {3}, {{0.5f}, {0}, 0}};
  Tensor held(type, {1, 2, 3, 4, 5, 6}), given(type, {9, 8, 7, 6, 5, 4});
  const std::vector<Argument> variable{{type, nullptr}};
  MOTE_ASSERT_ASSIGN(const Lowered read, ReadVariable{}.lower(variable, variable));
  EXPECT_EQ(testing::run_guarded(read, {held}, {type}).outputs[0].data, held.data);
  const std::vector<Argument> at_run_time{{type, nullptr}, {type, nullptr}}, constant{{type, nullptr}, {type, &given}};
  for (const auto& arguments : {at_run_time, constant}) {
    MOTE_ASSERT_ASSIGN(const Lowered assign, AssignVariable{}.lower(arguments, {}));
    const testing::GuardedRun run = testing::run_guarded(assign, {held, given}, {});
    EXPECT_EQ(run.inputs[0], given.data);
    EXPECT_EQ(run.inputs[1], given.data);
    EXPECT_THAT(run.violations, ::testing::IsEmpty());
  }
}

}  // namespace
}  // namespace mote
