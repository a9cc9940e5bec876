#include "train/layer.h"

#include <array>
#include <optional>

#include "data/toml_reader.h"

namespace mote {

using nlohmann::json;

namespace {

using Kind = Layer::Kind;

struct KindName {
  const char* name;
  Kind kind;
};
constexpr std::array kKinds = {KindName{"conv1d", Kind::kConv1d},
                               KindName{"conv2d", Kind::kConv2d},
                               KindName{"depthwise_conv1d", Kind::kDepthwiseConv1d},
                               KindName{"depthwise_conv2d", Kind::kDepthwiseConv2d},
                               KindName{"max_pool", Kind::kMaxPool},
                               KindName{"average_pool", Kind::kAveragePool},
                               KindName{"global_average_pool", Kind::kGlobalAveragePool},
                               KindName{"flatten", Kind::kFlatten},
                               KindName{"reshape", Kind::kReshape},
                               KindName{"dense", Kind::kDense},
                               KindName{"batch_norm", Kind::kBatchNorm},
                               KindName{"dropout", Kind::kDropout},
                               KindName{"relu", Kind::kRelu},
                               KindName{"relu6", Kind::kRelu6},
                               KindName{"softmax", Kind::kSoftmax},
                               KindName{"logistic", Kind::kLogistic},
                               KindName{"tanh", Kind::kTanh},
                               KindName{"add", Kind::kAdd}};

constexpr std::initializer_list<std::pair<const char*, Activation>> kActivations = {
    {"none", Activation::kNone},
    {"relu", Activation::kRelu},
    {"relu6", Activation::kRelu6},
    {"relu_n1_to_1", Activation::kReluN1To1}};
constexpr std::initializer_list<std::pair<const char*, Padding>> kPaddings = {{"same", Padding::kSame},
                                                                              {"valid", Padding::kValid}};
constexpr size_t kLargest = 65536;

bool is_conv(Kind kind) {
  return kind == Kind::kConv1d || kind == Kind::kConv2d || kind == Kind::kDepthwiseConv1d ||
         kind == Kind::kDepthwiseConv2d;
}
bool is_depthwise(Kind kind) {
  return kind == Kind::kDepthwiseConv1d || kind == Kind::kDepthwiseConv2d;
}
bool is_pool(Kind kind) {
  return kind == Kind::kMaxPool || kind == Kind::kAveragePool;
}
/// One number means the extent along time (1d, pools) or both extents (2d).
bool is_square(Kind kind) {
  return kind == Kind::kConv2d || kind == Kind::kDepthwiseConv2d;
}

/// A number, or [height, width].
void read_extent(TomlReader& r, std::string_view key, Layer::Extent& extent, Kind kind) {
  const toml::node* node = r.find(key);
  if (node == nullptr) return;
  const auto in_range = [](int64_t v) { return v >= 1 && v <= static_cast<int64_t>(kLargest); };
  if (const auto one = node->value_exact<int64_t>(); one && in_range(*one)) {
    extent.width = static_cast<int32_t>(*one);
    extent.height = is_square(kind) ? extent.width : 1;
    return;
  }
  const toml::array* both = node->as_array();
  const bool one_dimension = kind == Kind::kConv1d || kind == Kind::kDepthwiseConv1d;
  if (both != nullptr && both->size() == 2 && !one_dimension) {
    const auto height = (*both)[0].value_exact<int64_t>(), width = (*both)[1].value_exact<int64_t>();
    if (height && width && in_range(*height) && in_range(*width)) {
      extent = {static_cast<int32_t>(*height), static_cast<int32_t>(*width)};
      return;
    }
  }
  r.refuse(*node, fmt::format("{} must be a whole number from 1 to {}{}", r.full(key), kLargest,
                              one_dimension ? "" : " or a pair [height, width] of them"));
}

void read_count(TomlReader& r, std::string_view key, int32_t& value) {
  auto wide = static_cast<size_t>(value);
  r.count(key, wide, 1, kLargest);
  value = static_cast<int32_t>(wide);
}

void read_shape(TomlReader& r, Layer& layer) {
  const toml::node* node = r.find("shape");
  const toml::array* list = node == nullptr ? nullptr : node->as_array();
  const toml::node& at = node == nullptr ? static_cast<const toml::node&>(r.table()) : *node;
  if (list == nullptr || list->empty())
    return r.refuse(at, fmt::format("{} is needed: a list of extents without the batch", r.full("shape")));
  for (const toml::node& item : *list) {
    const auto extent = item.value_exact<int64_t>();
    if (!extent || *extent < 1 || *extent > static_cast<int64_t>(kLargest))
      return r.refuse(item, fmt::format("{} must hold whole numbers from 1 to {}", r.full("shape"), kLargest));
    layer.shape.push_back(static_cast<int32_t>(*extent));
  }
}

void need(TomlReader& r, std::string_view key) {
  if (!r.table().contains(key)) r.refuse(r.table(), fmt::format("{} is needed", r.full(key)));
}

void read_conv(TomlReader& r, Layer& layer) {
  if (!is_depthwise(layer.kind)) {
    need(r, "filters");
    read_count(r, "filters", layer.units);
  } else {
    layer.units = 1;
    read_count(r, "multiplier", layer.units);
  }
  need(r, "kernel");
  read_extent(r, "kernel", layer.kernel, layer.kind);
  read_extent(r, "stride", layer.stride, layer.kind);
  read_extent(r, "dilation", layer.dilation, layer.kind);
  r.choice("padding", layer.padding, kPaddings);
  r.choice("activation", layer.activation, kActivations);
  r.flag("bias", layer.bias);
}

void read_members(TomlReader& r, Layer& layer) {
  r.text("name", layer.name);
  if (is_conv(layer.kind)) return read_conv(r, layer);
  if (is_pool(layer.kind)) {
    layer.kernel = {1, 2};
    layer.padding = Padding::kValid;
    read_extent(r, "size", layer.kernel, layer.kind);
    layer.stride = layer.kernel;
    read_extent(r, "stride", layer.stride, layer.kind);
    return r.choice("padding", layer.padding, kPaddings);
  }
  switch (layer.kind) {
    case Kind::kDense:
      need(r, "units");
      read_count(r, "units", layer.units);
      r.choice("activation", layer.activation, kActivations);
      return r.flag("bias", layer.bias);
    case Kind::kDropout:
      return r.number("rate", layer.rate, 0, 0.99);
    case Kind::kBatchNorm:
      r.number("momentum", layer.momentum, 0, 0.99999);
      return r.number("epsilon", layer.epsilon, 1e-12, 1);
    case Kind::kAdd:
      need(r, "with");
      r.text("with", layer.with);
      return r.choice("activation", layer.activation, kActivations);
    case Kind::kReshape:
      return read_shape(r, layer);
    default:
      return;
  }
}

std::optional<Kind> kind_of(std::string_view word) {
  for (const KindName& known : kKinds)
    if (known.name == word) return known.kind;
  return std::nullopt;
}

std::string unknown_kind(std::string_view word) {
  std::vector<std::string> names;
  for (const KindName& known : kKinds) names.emplace_back(known.name);
  const auto near = nearest_name(word, names);
  return fmt::format(
      "there is no layer \"{}\"; {}", word,
      near ? fmt::format("did you mean \"{}\"?", *near) : fmt::format("layers: {}", fmt::join(names, ", ")));
}

Result<Layer> read_layer(const toml::node& node, size_t index, std::string_view file) {
  const auto refuse = [&](const toml::node& at, const std::string& message) {
    return fail(Error{ErrorCode::kBadInput, message, place(file, at)});
  };
  const toml::table nothing;
  const toml::table* table = node.as_table();
  const toml::node* type = table != nullptr ? table->get("type") : &node;
  const auto word = type != nullptr ? type->value_exact<std::string>() : std::nullopt;
  if (!word)
    return refuse(node, fmt::format("[model] layer {} must be a name in quotes or a table with a type, as in "
                                    "{{ type = \"dense\", units = 16 }}",
                                    index + 1));
  const auto kind = kind_of(*word);
  if (!kind) return refuse(*type, fmt::format("[model] layer {}: {}", index + 1, unknown_kind(*word)));
  Layer layer;
  layer.kind = *kind;
  TomlReader reader(table != nullptr ? *table : nothing, fmt::format("model, layer {} ({})", index + 1, *word), file);
  (void)reader.find("type");
  read_members(reader, layer);
  if (auto done = reader.finish(); !done) {
    Error error = std::move(done).error();
    if (table == nullptr) error.context = place(file, node);
    return fail(std::move(error));
  }
  return layer;
}

template <class Enum>
const char* word_of(std::initializer_list<std::pair<const char*, Enum>> words, Enum value) {
  for (const auto& [text, meaning] : words)
    if (meaning == value) return text;
  return "";
}

json extent_json(Layer::Extent e, Kind kind) {
  if (kind == Kind::kConv1d || kind == Kind::kDepthwiseConv1d) return e.width;
  return json::array({e.height, e.width});
}

json layer_json(const Layer& layer) {
  json j = {{"type", name(layer.kind)}};
  if (!layer.name.empty()) j["name"] = layer.name;
  if (is_conv(layer.kind)) {
    j[is_depthwise(layer.kind) ? "multiplier" : "filters"] = layer.units;
    j["kernel"] = extent_json(layer.kernel, layer.kind);
    j["stride"] = extent_json(layer.stride, layer.kind);
    j["dilation"] = extent_json(layer.dilation, layer.kind);
  }
  if (is_pool(layer.kind)) {
    j["size"] = extent_json(layer.kernel, layer.kind);
    j["stride"] = extent_json(layer.stride, layer.kind);
  }
  if (is_conv(layer.kind) || is_pool(layer.kind)) j["padding"] = word_of(kPaddings, layer.padding);
  if (is_conv(layer.kind) || layer.kind == Kind::kDense) j["bias"] = layer.bias;
  if (is_conv(layer.kind) || layer.kind == Kind::kDense || layer.kind == Kind::kAdd)
    j["activation"] = word_of(kActivations, layer.activation);
  if (layer.kind == Kind::kDense) j["units"] = layer.units;
  if (layer.kind == Kind::kDropout) j["rate"] = layer.rate;
  if (layer.kind == Kind::kBatchNorm) {
    j["momentum"] = layer.momentum;
    j["epsilon"] = layer.epsilon;
  }
  if (layer.kind == Kind::kAdd) j["with"] = layer.with;
  if (layer.kind == Kind::kReshape) j["shape"] = layer.shape;
  return j;
}

}  // namespace

std::string_view name(Layer::Kind kind) {
  for (const KindName& known : kKinds)
    if (known.kind == kind) return known.name;
  return "";
}

Result<ModelConfig> model_config(const toml::table& section, std::string_view file) {
  ModelConfig config;
  TomlReader reader(section, "model", file);
  auto seed = static_cast<size_t>(config.seed);
  reader.count("seed", seed, 0, size_t{1} << 53);
  config.seed = seed;
  const toml::node* node = reader.find("layers");
  MOTE_TRY(reader.finish());
  const toml::array* list = node == nullptr ? nullptr : node->as_array();
  if (list == nullptr || list->empty())
    return fail(Error{ErrorCode::kBadInput,
                      "[model] layers is needed: a list such as [{ type = \"dense\", units = 16, activation = \"relu\" "
                      "}, { type = \"dense\", units = 3 }, \"softmax\"]",
                      place(file, node == nullptr ? static_cast<const toml::node&>(section) : *node)});
  for (size_t i = 0; i < list->size(); ++i) {
    MOTE_TRY_ASSIGN(Layer layer, read_layer((*list)[i], i, file));
    config.layers.push_back(std::move(layer));
  }
  return config;
}

json to_json(const ModelConfig& config) {
  json layers = json::array();
  for (const Layer& layer : config.layers) layers.push_back(layer_json(layer));
  return {{"layers", layers}, {"seed", config.seed}};
}

namespace {
/// JSON of scalars, lists and objects as TOML text: the one parser then serves both.
std::optional<std::string> as_toml(const json& value) {
  if (value.is_string() || value.is_boolean() || value.is_number()) return value.dump();
  std::string text;
  if (value.is_array()) {
    for (const json& item : value) {
      const auto inner = as_toml(item);
      if (!inner) return std::nullopt;
      text += (text.empty() ? "" : ", ") + *inner;
    }
    return "[" + text + "]";
  }
  if (!value.is_object()) return std::nullopt;
  for (const auto& [key, item] : value.items()) {
    const auto inner = as_toml(item);
    if (!inner) return std::nullopt;
    text += (text.empty() ? "" : ", ") + json(key).dump() + " = " + *inner;
  }
  return "{" + text + "}";
}
}  // namespace

Result<ModelConfig> model_config(const json& object, std::string_view where) {
  const auto text = object.is_object() ? as_toml(object) : std::nullopt;
  if (!text) return fail(ErrorCode::kBadInput, "{}: a JSON object of keys and values was expected", where);
  try {
    const toml::table holder = toml::parse("model = " + *text, where);
    return model_config(*holder["model"].as_table(), where);
  } catch (const toml::parse_error& error) {
    return fail(ErrorCode::kBadInput, "{}: the description of the network is damaged: {}", where, error.description());
  }
}

}  // namespace mote
