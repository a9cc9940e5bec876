#include "base/hash.h"

#include <fmt/format.h>
#include <sodium.h>

namespace mote {

std::array<uint8_t, 32> sha256(std::span<const uint8_t> bytes) {
  static_assert(crypto_hash_sha256_BYTES == 32);
  std::array<uint8_t, 32> digest{};
  crypto_hash_sha256(digest.data(), bytes.data(), bytes.size());
  return digest;
}

std::string hex(std::span<const uint8_t> bytes) {
  std::string text;
  for (const uint8_t b : bytes) text += fmt::format("{:02x}", b);
  return text;
}

}  // namespace mote
