#include "formats/tflite_reader.h"

#include <algorithm>

#include "formats/metadata.h"
#include "formats/tflite_graph_reader.h"
#include "formats/tflite_variables.h"

namespace mote {

namespace {

constexpr uint32_t kSchemaVersion = 3;
constexpr uint64_t kMostFileBytes = uint64_t{1} << 31;

template <class T>
size_t size_of(const flatbuffers::Vector<T>* vector) {
  return vector != nullptr ? vector->size() : 0;
}

Result<Reading> read_file_bytes(std::span<const uint8_t> bytes, bool is_front_end);

Result<> check_front_end(const Model& model) {
  const Graph& front = *model.front_end;
  if (front.outputs.size() != 1)
    return fail(ErrorCode::kBadInput, "{}: has {} outputs, one is expected", kFrontEndEntry, front.outputs.size());
  const TensorType& made = front.value(front.outputs[0]).type;
  const TensorType& wanted = model.graph.value(model.graph.inputs[0]).type;
  if (made.dtype != wanted.dtype || made.shape != wanted.shape)
    return fail(ErrorCode::kBadInput, "{}: computes {}, the network's input is {}", kFrontEndEntry, text(made),
                text(wanted));
  return {};
}

Result<> read_metadata(const TfliteFile& file, bool is_front_end, Model& model) {
  std::string expected;
  bool has_json = false;
  for (flatbuffers::uoffset_t i = 0; i < size_of(file.model->metadata()); ++i) {
    const tfl::Metadata& entry = *file.model->metadata()->Get(i);
    const std::string entry_name = entry.name() != nullptr ? entry.name()->str() : "";
    auto content = buffer_content(file, entry.buffer());
    if (!content) return fail(std::move(content).error().in(fmt::format("metadata entry {}", entry_name)));
    MOTE_TRY(file.budget->take(content->size() + entry_name.size()));
    if (entry_name == kJsonEntry) {
      if (std::exchange(has_json, true)) return fail(ErrorCode::kBadInput, "there are two entries {}", kJsonEntry);
      MOTE_TRY_ASSIGN(ParsedMetadata parsed, parse_metadata(*content));
      model.metadata.values = std::move(parsed.values);
      expected = std::move(parsed.fingerprint);
    } else if (entry_name == kFrontEndEntry) {
      if (is_front_end || model.front_end)
        return fail(ErrorCode::kBadInput, "there is more than one front end; at most one is expected");
      auto front = read_file_bytes(*content, true);
      if (!front) return fail(std::move(front).error().in(kFrontEndEntry));
      if (!front->problems.empty()) return fail(refusal(front->problems).in(kFrontEndEntry));
      model.front_end = std::move(front->model.graph);
      MOTE_TRY(check_front_end(model));
    } else {
      model.metadata.other.push_back({entry_name, Bytes(content->begin(), content->end())});
    }
  }
  if (expected.empty()) return {};
  const std::string found = fingerprint(model);
  if (found != expected)
    return fail(
        ErrorCode::kBadInput,
        "the fingerprint is {}, {} says {}: the network was changed after Mote wrote it; take the original file, or "
        "remove the entry {} to use the changed one",
        found, kJsonEntry, expected.substr(0, 64), kJsonEntry);
  return {};
}

/// Only the first network is run: others must not be there to be chosen.
void refuse_other_networks(const TfliteFile& file, std::vector<Problem>& problems) {
  const auto& subgraphs = *file.model->subgraphs();
  std::vector<bool> known = VariableReader::called_once(file, *subgraphs.Get(0));
  known[0] = true;
  if (std::ranges::find(known, false) == known.end()) return;
  std::string names;
  constexpr flatbuffers::uoffset_t kMostNamed = 5;
  for (flatbuffers::uoffset_t i = 0; i < std::min(subgraphs.size(), kMostNamed); ++i)
    names += fmt::format("{}{}", i == 0 ? "" : ", ",
                         subgraphs.Get(i)->name() != nullptr ? subgraphs.Get(i)->name()->str().substr(0, 100) : "?");
  problems.push_back(problem_of(
      "several-networks",
      {ErrorCode::kUnsupported,
       fmt::format("the file holds {} networks ({}{}), one is supported; convert each signature to a file of its own, "
                   "without control flow",
                   subgraphs.size(), names, subgraphs.size() > kMostNamed ? ", ..." : ""),
       {}}));
}

Result<Reading> read_file_bytes(std::span<const uint8_t> bytes, bool is_front_end) {
  if (bytes.size() < 8 || !tfl::ModelBufferHasIdentifier(bytes.data()))
    return fail(ErrorCode::kBadInput, "this is no .tflite file: \"TFL3\" is missing at byte 4 ({} bytes)",
                bytes.size());
  if (bytes.size() >= kMostFileBytes)
    return fail(ErrorCode::kUnsupported, "the file has {} bytes, files below 2 GiB are supported", bytes.size());
  Bytes aligned;  // offsets in the file are aligned relative to its start
  if (reinterpret_cast<uintptr_t>(bytes.data()) % 16 != 0) {
    aligned.assign(bytes.begin(), bytes.end());
    bytes = aligned;
  }
  flatbuffers::Verifier verifier(bytes.data(), bytes.size(), /*max_depth=*/16, /*max_tables=*/1'000'000);
  if (!tfl::VerifyModelBuffer(verifier))
    return fail(ErrorCode::kBadInput,
                "the .tflite file is damaged or cut short ({} bytes): an offset leads out of it; "
                "copy it again",
                bytes.size());
  const tfl::Model* stored = tfl::GetModel(bytes.data());
  if (stored->version() != kSchemaVersion)
    return fail(ErrorCode::kUnsupported, "the .tflite schema version is {}, {} is supported", stored->version(),
                kSchemaVersion);
  if (size_of(stored->subgraphs()) == 0) return fail(ErrorCode::kBadInput, "the file holds no network");
  Budget budget(bytes.size());
  const TfliteFile file{bytes, stored, &verifier, &budget};
  Reading reading;
  refuse_other_networks(file, reading.problems);
  read_subgraph(file, *stored->subgraphs()->Get(0), reading);
  if (!reading.problems.empty()) return reading;
  MOTE_TRY(read_metadata(file, is_front_end, reading.model));
  return reading;
}

Result<Model> whole_model(Result<Reading> reading) {
  if (!reading) return fail(std::move(reading).error());
  if (!reading->problems.empty()) return fail(refusal(reading->problems));
  return std::move(reading->model);
}

}  // namespace

Result<Reading> inspect_tflite(std::span<const uint8_t> file) {
  return read_file_bytes(file, false);
}

Result<Reading> inspect_model(const std::filesystem::path& path) {
  MOTE_TRY_ASSIGN(const Bytes content, read_file(path, kMostFileBytes));
  auto reading = inspect_tflite(content);
  if (!reading) return fail(std::move(reading).error().in(path.string()));
  return reading;
}

Result<Model> read_tflite(std::span<const uint8_t> file) {
  return whole_model(inspect_tflite(file));
}

Result<Model> load_model(const std::filesystem::path& path) {
  auto reading = inspect_model(path);
  if (reading && !reading->problems.empty()) return fail(refusal(reading->problems).in(path.string()));
  return whole_model(std::move(reading));
}

}  // namespace mote
