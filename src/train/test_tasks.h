#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "base/rng.h"
#include "test_support.h"
#include "train/metrics.h"
#include "train/network.h"
#include "train/trainer.h"

/// Small made-up tasks and networks that the tests of training share.
namespace mote {

inline Layer dense(int32_t units, Activation activation = Activation::kNone) {
  Layer layer;
  layer.units = units;
  layer.activation = activation;
  return layer;
}

inline Layer conv(int32_t filters, int32_t kernel) {
  Layer layer;
  layer.kind = Layer::Kind::kConv1d;
  layer.units = filters;
  layer.kernel.width = kernel;
  layer.activation = Activation::kRelu;
  return layer;
}

inline Layer dropout(double rate) {
  Layer layer;
  layer.kind = Layer::Kind::kDropout;
  layer.rate = rate;
  return layer;
}

struct Labelled {
  std::vector<float> inputs;
  std::vector<int> labels;
  [[nodiscard]] Samples samples() const { return {.inputs = inputs, .labels = labels, .targets = {}, .rows = {}}; }
};

/// Two classes at the corners of a square, opposite corners alike: no line tells them apart.
inline Labelled corners(size_t n, uint64_t seed, double spread = 0.15) {
  Rng rng(seed);
  Labelled set;
  for (size_t i = 0; i < n; ++i) {
    const int x = static_cast<int>(i % 2), y = static_cast<int>(i / 2 % 2);
    set.inputs.push_back(static_cast<float>(2 * x - 1 + spread * rng.normal()));
    set.inputs.push_back(static_cast<float>(2 * y - 1 + spread * rng.normal()));
    set.labels.push_back(x ^ y);
  }
  return set;
}

/// Windows of 20 steps and 2 channels whose class is the number of periods in them, at a random phase.
inline Labelled waves(size_t n, uint64_t seed) {
  Rng rng(seed);
  Labelled set;
  for (size_t i = 0; i < n; ++i) {
    const int label = static_cast<int>(i % 3);
    const double phase = rng.uniform(0, 2 * std::numbers::pi);
    for (int t = 0; t < 20; ++t) {
      const double angle = phase + 2 * std::numbers::pi * (label + 1) * t / 20;
      set.inputs.push_back(static_cast<float>(std::sin(angle) + 0.1 * rng.normal()));
      set.inputs.push_back(static_cast<float>(std::cos(angle) + 0.1 * rng.normal()));
    }
    set.labels.push_back(label);
  }
  return set;
}

inline Graph network(std::vector<Layer> layers, NetworkPurpose purpose, uint64_t seed = 1) {
  ModelConfig config;
  config.layers = std::move(layers);
  config.seed = seed;
  auto graph = build_network(config, purpose, "test");
  EXPECT_THAT(graph, testing::Succeeds());
  return std::move(*graph);
}

inline Graph corner_network() {
  return network({dense(8, Activation::kRelu), dense(2)}, {1, 2, 2, true});
}
inline Graph wave_network() {
  return network({conv(6, 5), dropout(0.1), dense(12, Activation::kRelu), dense(3)}, {20, 2, 3, true});
}

inline double accuracy_on(const Graph& graph, const Labelled& set, size_t classes) {
  const auto scores = predict(graph, set.samples(), 1);
  EXPECT_THAT(scores, testing::Succeeds());
  return accuracy(confusion(set.labels, predictions(*scores, classes), classes));
}

inline std::vector<uint8_t> all_constants(const Graph& graph) {
  std::vector<uint8_t> bytes;
  for (const Value& value : graph.values)
    if (value.constant) bytes.insert(bytes.end(), value.constant->data.begin(), value.constant->data.end());
  return bytes;
}

}  // namespace mote
