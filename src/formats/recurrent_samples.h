#pragma once

#include <algorithm>

#include "formats/sample_models.h"

/// Networks of one recurrent layer in integers, whose states have scales that no rule of the op tells; in odd sizes.
namespace mote::samples {

struct LstmSample {
  std::string name;
  DType activations;
  int32_t batches, steps, inputs, units;
  bool time_major = false;
  float cell_clip = 0;
  int cell_power = -11;  ///< of two: the cell's scale
};

inline Graph lstm_graph(const LstmSample& sample) {
  Rng rng(static_cast<uint64_t>(sample.units * 1000 + sample.inputs));
  const bool wide = sample.activations == DType::kInt16;
  const auto step = [&](float size, int32_t zero_point) {
    return wide ? Quantization{{size / 32768}, {0}, 0} : Quantization{{size / 128}, {zero_point}, 0};
  };
  Graph graph;
  graph.name = sample.name;
  const Shape rows = sample.time_major ? Shape{sample.steps, sample.batches} : Shape{sample.batches, sample.steps};
  std::vector<ValueId> ids(Lstm::kOperands, kNoValue);
  const TensorType input{sample.activations, {rows[0], rows[1], sample.inputs}, step(3, -9)};
  const TensorType hidden{sample.activations, {sample.batches, sample.units}, step(1.01f, 5)};
  ids[Lstm::kInput] = graph.add_value("input", input);
  const auto weights = [&](std::string name, int32_t depth) {
    const auto scale = static_cast<float>(rng.uniform(0.004, 0.012));
    return graph.add_constant(std::move(name),
                              random_constant({DType::kInt8, {sample.units, depth}, {{scale}, {0}, 0}}, rng));
  };
  for (size_t k = 0; k < Lstm::kGates; ++k) {
    ids[Lstm::kInputWeights + k] = weights(fmt::format("input_weights_{}", k), sample.inputs);
    ids[Lstm::kHiddenWeights + k] = weights(fmt::format("hidden_weights_{}", k), sample.units);
    const float scale =
        input.quantization.scale[0] * graph.value(ids[Lstm::kInputWeights + k]).type.quantization.scale[0];
    Tensor bias({wide ? DType::kInt64 : DType::kInt32, {sample.units}, {{scale}, {0}, 0}});
    for (size_t i = 0; i < static_cast<size_t>(sample.units); ++i) {
      const auto steps = static_cast<int32_t>(rng.uniform(-0.5, 0.5) / static_cast<double>(scale));
      if (wide)
        bias.as<int64_t>()[i] = steps;
      else
        bias.as<int32_t>()[i] = steps;
    }
    ids[Lstm::kBias + k] = graph.add_constant(fmt::format("bias_{}", k), std::move(bias));
  }
  ids[Lstm::kHidden] = graph.add_state("hidden", initial_state(hidden));
  const TensorType cell{DType::kInt16, hidden.shape, {{std::ldexp(1.0f, sample.cell_power)}, {0}, 0}};
  ids[Lstm::kCell] = graph.add_state("cell", initial_state(cell));
  Lstm op;
  op.time_major = sample.time_major;
  op.cell_clip = sample.cell_clip;
  graph.inputs = {ids[Lstm::kInput]};
  graph.outputs = {*graph.add_node(op, ids, "rows")};
  graph.value(graph.outputs[0]).type.quantization = hidden.quantization;
  return graph;
}

struct SvdfSample {
  std::string name;
  DType state;
  int32_t batches, inputs, filters, rank, memory;
  bool bias = true;
};

inline Graph svdf_graph(const SvdfSample& sample) {
  Rng rng(static_cast<uint64_t>(sample.filters * 1000 + sample.memory));
  const bool wide = sample.state == DType::kInt16;
  Graph graph;
  graph.name = sample.name;
  const ValueId input = graph.add_value("input", {DType::kInt8, {sample.batches, sample.inputs}, {{0.04f}, {-7}, 0}});
  const ValueId features = graph.add_constant(
      "features", random_constant({DType::kInt8, {sample.filters, sample.inputs}, {{0.0093f}, {0}, 0}}, rng));
  Tensor times({sample.state, {sample.filters, sample.memory}, {{wide ? 0.00006f : 0.012f}, {0}, 0}});
  for (size_t i = 0; i < static_cast<size_t>(count(times.type.shape)); ++i) {
    const auto steps = static_cast<int32_t>(rng.below(255)) - 127;
    if (wide)
      times.as<int16_t>()[i] = static_cast<int16_t>(steps * 130 + static_cast<int32_t>(rng.below(130)));
    else
      times.as<int8_t>()[i] = static_cast<int8_t>(steps);
  }
  const auto spread = static_cast<float>(3 * std::sqrt(static_cast<double>(sample.inputs)));
  const TensorType state{sample.state,
                         {sample.batches, sample.filters * sample.memory},
                         wide ? Quantization{{spread / 32768}, {0}, 0} : Quantization{{spread / 128}, {-21}, 0}};
  const float bias_scale = state.quantization.scale[0] * times.type.quantization.scale[0];
  const TensorType bias{DType::kInt32, {sample.filters / sample.rank}, {{bias_scale}, {0}, 0}};
  const ValueId times_id = graph.add_constant("times", std::move(times));
  std::vector<ValueId> ids{input, features, times_id,
                           sample.bias ? graph.add_constant("bias", random_constant(bias, rng)) : kNoValue,
                           graph.add_state("state", initial_state(state))};
  Svdf op;
  op.rank = sample.rank;
  op.clamp = Activation::kRelu;
  graph.inputs = {input};
  graph.outputs = {*graph.add_node(op, ids, "outputs")};
  graph.value(graph.outputs[0]).type.quantization = {
      {spread * static_cast<float>(std::sqrt(static_cast<double>(sample.memory * sample.rank))) / 128}, {-30}, 0};
  return graph;
}

inline std::vector<Graph> recurrent_graphs() {
  using enum DType;
  std::vector<Graph> result;
  for (const LstmSample& sample : {
           LstmSample{"lstm-plain-int8", kInt8, 1, 9, 6, 8},
           LstmSample{"lstm-one_unit-int8", kInt8, 1, 4, 1, 1, false, 0, -9},
           LstmSample{"lstm-clip-int8", kInt8, 1, 12, 5, 7, false, 0.4f, -12},
           LstmSample{"lstm-fine_cell-int8", kInt8, 1, 7, 3, 5, false, 10, -15},
           LstmSample{"lstm-batch-int8", kInt8, 3, 5, 4, 6, false, 0, -10},
           LstmSample{"lstm-time_major-int8", kInt8, 2, 6, 7, 5, true, 0, -11},
           LstmSample{"lstm-plain-int16", kInt16, 1, 9, 6, 8},
           LstmSample{"lstm-clip-int16", kInt16, 1, 12, 5, 7, false, 0.3f, -13},
           LstmSample{"lstm-batch-int16", kInt16, 2, 4, 3, 6, false, 0, -9},
           LstmSample{"lstm-time_major-int16", kInt16, 3, 5, 2, 4, true, 0, -12},
       })
    result.push_back(lstm_graph(sample));
  for (const SvdfSample& sample : {
           SvdfSample{"svdf-state8-int8", kInt8, 1, 9, 6, 1, 5},
           SvdfSample{"svdf-rank2_state8-int8", kInt8, 2, 7, 8, 2, 3},
           SvdfSample{"svdf-no_memory_state8-int8", kInt8, 1, 4, 3, 3, 1},
           SvdfSample{"svdf-state16-int8", kInt16, 1, 11, 5, 1, 4},
           SvdfSample{"svdf-rank3_state16-int8", kInt16, 2, 6, 9, 3, 2},
       })
    result.push_back(svdf_graph(sample));
  return result;
}

}  // namespace mote::samples
