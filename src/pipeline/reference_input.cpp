#include "pipeline/reference_input.h"

#include <cstring>
#include <numbers>

namespace mote {

std::vector<uint8_t> reference_input(const std::vector<Port>& inputs, uint32_t seed) {
  std::vector<uint8_t> bytes;
  uint32_t x = seed;
  const auto step = [&] { return x = x * 1664525u + 1013904223u; };
  for (const Port& port : inputs) {
    if (port.type.dtype == DType::kFloat32) {
      for (int64_t i = 0; i < count(port.type.shape); ++i) {
        const auto value = static_cast<float>((step() >> 8) * 2 * std::numbers::pi / 16777216.0);
        const size_t at = bytes.size();
        bytes.resize(at + sizeof value);
        std::memcpy(bytes.data() + at, &value, sizeof value);
      }
    } else {
      for (size_t i = 0; i < port.type.bytes(); ++i) bytes.push_back(static_cast<uint8_t>(step() >> 24));
    }
  }
  return bytes;
}

}  // namespace mote
