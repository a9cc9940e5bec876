#include "formats/metadata.h"

namespace mote {

namespace {
constexpr int kDeepest = 64;
constexpr std::string_view kVersionKey = "schema_version";
constexpr std::string_view kFingerprintKey = "fingerprint";
}  // namespace

std::vector<std::string> Metadata::labels() const {
  std::vector<std::string> result;
  const auto found = values.find("labels");
  if (found == values.end() || !found->is_array()) return result;
  for (const nlohmann::json& label : *found) {
    if (!label.is_string()) return {};
    result.push_back(label.get<std::string>());
  }
  return result;
}

Result<ParsedMetadata> parse_metadata(std::span<const uint8_t> content) {
  using nlohmann::json;
  bool too_deep = false;
  const auto watch = [&](int depth, json::parse_event_t, json&) {
    too_deep = too_deep || depth > kDeepest;
    return depth <= kDeepest;
  };
  ParsedMetadata parsed{json::parse(content.begin(), content.end(), watch, /*allow_exceptions=*/false), {}};
  if (too_deep)
    return fail(ErrorCode::kBadInput, "{} is nested more than {} deep; the file is damaged or hostile", kJsonEntry,
                kDeepest);
  json& values = parsed.values;
  if (values.is_discarded() || !values.is_object())
    return fail(ErrorCode::kBadInput,
                "{} is not a JSON object; the file is damaged, or another program wrote this entry", kJsonEntry);
  const auto version = values.find(kVersionKey);
  if (version == values.end() || !version->is_number_integer())
    return fail(ErrorCode::kBadInput, "{} names no {}; the file is damaged, or another program wrote this entry",
                kJsonEntry, kVersionKey);
  if (*version != kMetadataVersion)
    return fail(ErrorCode::kUnsupported, "{} has {} {}, this Mote reads {}; use the Mote that wrote it, or a newer one",
                kJsonEntry, kVersionKey, version->dump(), kMetadataVersion);
  values.erase(version);
  if (const auto found = values.find(kFingerprintKey); found != values.end()) {
    if (!found->is_string())
      return fail(ErrorCode::kBadInput, "{} has a {} that is no text", kJsonEntry, kFingerprintKey);
    parsed.fingerprint = found->get<std::string>();
    values.erase(found);
  }
  if (const auto found = values.find("labels"); found != values.end()) {
    bool texts = found->is_array();
    if (texts)
      for (const json& label : *found) texts = texts && label.is_string();
    if (!texts) return fail(ErrorCode::kBadInput, "{} has labels that are not a list of texts", kJsonEntry);
  }
  return parsed;
}

Bytes print_metadata(const nlohmann::json& values, const std::string& fingerprint) {
  nlohmann::json all = values.is_object() ? values : nlohmann::json::object();
  all[kVersionKey] = kMetadataVersion;
  if (!fingerprint.empty()) all[kFingerprintKey] = fingerprint;
  const std::string text = all.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return {text.begin(), text.end()};
}

}  // namespace mote
