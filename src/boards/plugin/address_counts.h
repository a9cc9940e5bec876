#pragma once

#include <cstdio>
#include <deque>
#include <unordered_map>

#include "boards/plugin/counters.h"

namespace mote {

/// Counts executions by address, between markers of beginning and end; the first such pair, which is the model's init,
/// is left out. For images without layer markers.
class AddressCounts {
 public:
  /// The counter of the instruction at `address`; it stays where it is.
  uint64_t& at(uint32_t address) {
    const auto [found, is_new] = index_.try_emplace(address, entries_.size());
    if (is_new) entries_.push_back({address, 0, 0, 0});
    return entries_[found->second].now;
  }
  void begin() {
    for (Entry& entry : entries_) entry.before = entry.now;
  }
  void end() {
    const bool init = pairs_++ == 0;
    for (Entry& entry : entries_) {
      if (!init) entry.inside += entry.now - entry.before;
      entry.before = entry.now;
    }
  }
  void write(FILE* file) const {
    for (const Entry& entry : entries_) {
      AddressCount count;
      count.address = entry.address;
      count.count = entry.inside;
      if (count.count > 0) std::fwrite(&count, sizeof count, 1, file);
    }
  }

 private:
  struct Entry {
    uint32_t address;
    uint64_t now, before, inside;
  };

  std::deque<Entry> entries_;
  std::unordered_map<uint32_t, size_t> index_;
  size_t pairs_ = 0;
};

}  // namespace mote
