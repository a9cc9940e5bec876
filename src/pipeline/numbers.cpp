#include "pipeline/numbers.h"

#include <cstring>

namespace mote {

std::vector<double> numbers(DType dtype, std::span<const uint8_t> bytes) {
  const auto widen = [&]<class T>(T) {
    std::vector<double> result(bytes.size() / sizeof(T));
    for (size_t i = 0; i < result.size(); ++i) {
      T value;
      std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
      result[i] = static_cast<double>(value);
    }
    return result;
  };
  switch (dtype) {
    case DType::kFloat32:
      return widen(float{});
    case DType::kInt64:
      return widen(int64_t{});
    case DType::kInt32:
      return widen(int32_t{});
    case DType::kInt16:
      return widen(int16_t{});
    case DType::kInt8:
      return widen(int8_t{});
    default:
      return widen(uint8_t{});
  }
}

}  // namespace mote
