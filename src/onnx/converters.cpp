#include "onnx/converters.h"

#include <algorithm>
#include <map>

namespace mote {

Converter find_converter(std::string_view op) {
  static const std::map<std::string_view, Converter> all = [] {
    std::map<std::string_view, Converter> result;
    for (const auto family : {layer_converters(), dense_converters(), pointwise_converters(), activation_converters(),
                              movement_converters(), resize_converters(), logic_converters(), transposed_converters(),
                              reduction_converters(), quantization_converters(), recurrent_converters()})
      for (const NamedConverter& entry : family) result.emplace(entry.op, entry.convert);
    return result;
  }();
  const auto found = all.find(op);
  return found != all.end() ? found->second : nullptr;
}

}  // namespace mote
