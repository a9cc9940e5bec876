#include "pipeline/known_differences.h"

namespace mote {

namespace {
constexpr KnownDifference kKnown[] = {
    {"litert", "fully_connected", 1, "LiteRT rounds once, TensorFlow Lite Micro and Mote twice (Q3)"},
    {"litert", "logistic", 1, "LiteRT looks it up in a table made in float (docs/quantization-spec.md)"},
    {"litert", "tanh", 1, "LiteRT looks it up in a table made in float (docs/quantization-spec.md)"},
    {"litert", "sum", 65535, "LiteRT's reference sum of integers is another function than its default one"},
    {"tflm", "cumsum", 255, "TensorFlow Lite Micro's running sums of int8 begin at minus the zero point"},
    {"tflm", "relu6", 255, "TensorFlow Lite Micro leaves out the change of scale (E1)"},
};
}  // namespace

std::span<const KnownDifference> known_differences() {
  return kKnown;
}

std::string known_difference(std::string_view runtime, std::string_view op, DType dtype, double largest) {
  if (dtype == DType::kFloat32) return {};
  for (const KnownDifference& known : kKnown)
    if (known.runtime == runtime && known.op == op && largest <= known.largest) return std::string(known.why);
  return {};
}

}  // namespace mote
