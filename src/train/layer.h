#pragma once

#include <toml++/toml.h>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ops/op.h"

namespace mote {

/// One layer of a network, as the list `[model] layers` names it. Members that a kind does not know keep their default.
/// Windows are (height, width); a layer along time ("conv1d") has height 1.
struct Layer {
  enum class Kind {
    kConv1d,
    kConv2d,
    kDepthwiseConv1d,
    kDepthwiseConv2d,
    kMaxPool,
    kAveragePool,
    kGlobalAveragePool,
    kFlatten,
    kReshape,
    kDense,
    kBatchNorm,
    kDropout,
    kRelu,
    kRelu6,
    kSoftmax,
    kLogistic,
    kTanh,
    kAdd,
  };
  struct Extent {
    int32_t height = 1, width = 1;
    bool operator==(const Extent&) const = default;
  };

  Kind kind = Kind::kDense;
  std::string name;   ///< empty: the kind and a number
  int32_t units = 0;  ///< dense: outputs; conv: filters
  Extent kernel;      ///< conv, pools
  Extent stride;      ///< conv, pools (by default the kernel)
  Extent dilation;    ///< conv
  Padding padding = Padding::kSame;
  Activation activation = Activation::kNone;  ///< dense, conv, add
  bool bias = true;                           ///< dense, conv
  double rate = 0.5;                          ///< dropout
  double momentum = 0.9;                      ///< batch_norm: how slowly the running statistics move
  double epsilon = 1e-3;                      ///< batch_norm
  std::vector<int32_t> shape;                 ///< reshape, without the batch
  std::string with;                           ///< add: the name of the layer whose output is added

  bool operator==(const Layer&) const = default;
};

/// "conv1d", "dense", ...
[[nodiscard]] std::string_view name(Layer::Kind kind);

/// The section [model]: what the network looks like.
struct ModelConfig {
  std::vector<Layer> layers;
  uint64_t seed = 1;  ///< of the initial weights

  bool operator==(const ModelConfig&) const = default;
};

/// layers = [{ type = "conv1d", filters = 8, kernel = 5, activation = "relu" }, { type = "dense", units = 3 },
/// "softmax"] Unknown layers and keys are refused with the nearest known name; every error gives file, line and column.
[[nodiscard]] Result<ModelConfig> model_config(const toml::table& section, std::string_view file);

/// The same keys as in the project file, for the run record and a model's metadata.
[[nodiscard]] nlohmann::json to_json(const ModelConfig& config);
/// The way back; `where` names the source in messages.
[[nodiscard]] Result<ModelConfig> model_config(const nlohmann::json& json, std::string_view where);

}  // namespace mote
