#include "boards/marker_records.h"

#include <algorithm>
#include <cstring>
#include <map>

namespace mote {

namespace {

/// As firmware/markers.h writes them.
enum class MarkerKind : uint32_t { kInitBegin, kInitEnd, kInvokeBegin, kInvokeEnd, kLayerBegin, kLayerEnd };

struct Marker {
  MarkerKind kind;
  uint32_t index;
};

constexpr uint32_t kMaxLayers = 100'000;

Result<std::map<uint32_t, Marker>> marker_table(const ElfFile& elf) {
  struct Entry {
    uint32_t address, kind, index;
  };
  if (elf.markers.size() % sizeof(Entry) != 0)
    return fail(ErrorCode::kInternal, "the image's table of markers has {} bytes", elf.markers.size());
  std::map<uint32_t, Marker> table;
  for (size_t at = 0; at < elf.markers.size(); at += sizeof(Entry)) {
    Entry entry;
    std::memcpy(&entry, elf.markers.data() + at, sizeof entry);
    if (entry.kind > static_cast<uint32_t>(MarkerKind::kLayerEnd) || entry.index >= kMaxLayers)
      return fail(ErrorCode::kInternal, "the image's table of markers has kind {}, index {}", entry.kind, entry.index);
    table[entry.address & ~1u] = {static_cast<MarkerKind>(entry.kind), entry.index};
  }
  return table;
}

/// Follows the records through init, invoke and layers.
class Reader {
 public:
  Result<> take(const Marker& marker, const MarkerRecord& record) {
    InstructionMix counts;
    std::copy(std::begin(record.counts), std::end(record.counts), counts.counts.begin());
    if (inside_) current_.lowest_store = std::min(current_.lowest_store, record.lowest_store);
    switch (marker.kind) {
      case MarkerKind::kInitBegin:
        init_ = counts;
        break;
      case MarkerKind::kInitEnd:
        run_.init = counts.since(init_);
        break;
      case MarkerKind::kInvokeBegin:
        inside_ = true;
        current_ = {};
        invoke_ = counts;
        break;
      case MarkerKind::kInvokeEnd:
        if (!inside_) return fail(ErrorCode::kInternal, "an inference ended that had not begun");
        inside_ = false;
        current_.mix = counts.since(invoke_);
        run_.inferences.push_back(std::move(current_));
        break;
      case MarkerKind::kLayerBegin:
        if (marker.index >= layers_.size()) layers_.resize(marker.index + 1);
        layers_[marker.index] = counts;
        break;
      case MarkerKind::kLayerEnd:
        if (marker.index >= layers_.size())
          return fail(ErrorCode::kInternal, "layer {} ended that had not begun", marker.index);
        if (marker.index >= current_.layers.size()) {
          current_.layers.resize(marker.index + 1);
          current_.layer_lowest_store.resize(marker.index + 1, UINT32_MAX);
        }
        current_.layer_lowest_store[marker.index] =
            std::min(current_.layer_lowest_store[marker.index], record.lowest_store);
        current_.layers[marker.index] += counts.since(layers_[marker.index]);
        break;
    }
    return {};
  }
  [[nodiscard]] CountedRun finish() && { return std::move(run_); }

 private:
  CountedRun run_;
  CountedInference current_;
  InstructionMix init_, invoke_;
  std::vector<InstructionMix> layers_;  ///< readings at the begin of each
  bool inside_ = false;
};

}  // namespace

Result<CountedRun> read_marker_records(std::span<const uint8_t> records, const ElfFile& elf) {
  MOTE_TRY_ASSIGN(const auto table, marker_table(elf));
  RecordHeader header;
  if (records.size() < sizeof header) return fail(ErrorCode::kInternal, "the counting plugin wrote no records");
  std::memcpy(&header, records.data(), sizeof header);
  if (header.magic != kRecordMagic || header.version != kRecordVersion || header.counters != kCounterCount)
    return fail(
        ErrorCode::kInternal,
        "the counting plugin is of another version of Mote (records of version {}, {} is expected); install both "
        "together",
        header.version, kRecordVersion);
  Reader reader;
  for (size_t at = sizeof header; at + sizeof(MarkerRecord) <= records.size(); at += sizeof(MarkerRecord)) {
    MarkerRecord record;
    std::memcpy(&record, records.data() + at, sizeof record);
    const auto marker = table.find(record.address);
    if (marker == table.end())
      return fail(ErrorCode::kInternal, "a marker instruction at {:#x} is not in the image's table", record.address);
    MOTE_TRY(reader.take(marker->second, record));
  }
  CountedRun run = std::move(reader).finish();
  run.unaligned_at = header.unaligned_at;
  return run;
}

}  // namespace mote
