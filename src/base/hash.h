#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace mote {

/// SHA-256 over everything added, for fingerprints.
[[nodiscard]] std::array<uint8_t, 32> sha256(std::span<const uint8_t> bytes);

/// Lower-case hexadecimal.
[[nodiscard]] std::string hex(std::span<const uint8_t> bytes);

}  // namespace mote
