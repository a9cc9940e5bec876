#pragma once

#include "formats/model.h"

namespace mote {

inline constexpr std::string_view kJsonEntry = "mote.json";
inline constexpr std::string_view kFrontEndEntry = "mote.frontend";
/// The version of the keys in `mote.json`; a reader refuses a higher one.
inline constexpr int kMetadataVersion = 1;

/// What `mote.json` says, once taken apart.
struct ParsedMetadata {
  nlohmann::json values;
  std::string fingerprint;  ///< empty if it names none
};

/// Reads the text of `mote.json`: one object, nested at most 64 deep, with a "schema_version" that is known.
[[nodiscard]] Result<ParsedMetadata> parse_metadata(std::span<const uint8_t> content);

/// The text of `mote.json`; without a fingerprint for a front end, which the outer file covers.
[[nodiscard]] Bytes print_metadata(const nlohmann::json& values, const std::string& fingerprint);

}  // namespace mote
