#include <bit>
#include <concepts>

#include "base/hash.h"
#include "formats/model.h"
#include "formats/tflite_options.h"
#include "formats/tflite_types.h"

namespace mote {

namespace {

/// Collects what is hashed; numbers little-endian.
class Stream {
 public:
  template <std::integral T>
  void put(T value) {
    const auto wide = static_cast<uint64_t>(value);
    for (size_t i = 0; i < sizeof(T); ++i) bytes_.push_back(static_cast<uint8_t>(wide >> (8 * i)));
  }
  void put(std::span<const uint8_t> content) { bytes_.insert(bytes_.end(), content.begin(), content.end()); }
  void put_ids(const std::vector<int32_t>& ids) {
    put(static_cast<uint32_t>(ids.size()));
    for (const int32_t id : ids) put(id);
  }
  [[nodiscard]] const Bytes& bytes() const { return bytes_; }

 private:
  Bytes bytes_;
};

void put_value(Stream& stream, const Value& value) {
  stream.put(static_cast<uint8_t>(code_of(value.type.dtype)));
  stream.put_ids(value.type.shape);
  const Quantization& q = value.type.quantization;
  stream.put(static_cast<uint32_t>(q.scale.size()));
  for (const float scale : q.scale) stream.put(std::bit_cast<uint32_t>(scale));
  for (const int32_t zero_point : q.zero_point) stream.put(zero_point);
  stream.put(q.per_channel() ? q.axis : 0);
  stream.put(static_cast<uint64_t>(value.constant ? value.constant->data.size() : 0));
  if (value.constant) stream.put(std::span<const uint8_t>(value.constant->data));
  if (value.initial) stream.put(std::span<const uint8_t>(value.initial->data));
}

void put_node(Stream& stream, const Node& node) {
  stream.put(tflite_name(node.op).builtin);
  for (const OptionField& field : option_fields(node.op)) {
    if (field.value == field.schema_default) continue;
    stream.put(static_cast<int32_t>(field.slot));
    stream.put(field.value);
  }
  stream.put(int32_t{-1});
  stream.put_ids(node.inputs);
  stream.put_ids(node.outputs);
}

void put_graph(Stream& stream, const Graph& graph) {
  stream.put(static_cast<uint32_t>(graph.values.size()));
  for (const Value& value : graph.values) put_value(stream, value);
  stream.put(static_cast<uint32_t>(graph.nodes.size()));
  for (const Node& node : graph.nodes) put_node(stream, node);
  stream.put_ids(graph.inputs);
  stream.put_ids(graph.outputs);
}

}  // namespace

std::string fingerprint(const Model& model) {
  Stream stream;
  stream.put(uint32_t{1});
  put_graph(stream, model.graph);
  stream.put(static_cast<uint8_t>(model.front_end.has_value()));
  if (model.front_end) put_graph(stream, *model.front_end);
  return hex(sha256(stream.bytes()));
}

}  // namespace mote
