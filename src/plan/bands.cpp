#include "plan/bands.h"

#include <algorithm>
#include <map>

#include "ops/variable.h"
#include "target/access.h"

namespace mote {

namespace {

/// A tensor between the first and the last call, or at one of the ends.
struct Image {
  int32_t height = 0;  ///< rows; 0: not known yet
  size_t row_bytes = 0;
  std::vector<size_t> readers;  ///< calls
  bool is_inner = false;        ///< only some rows exist at a time: [base, done)
  int32_t base = 0, done = 0;
  int32_t most_held = 0;
};

class Bands {
 public:
  Bands(const Plan& plan, size_t first, size_t last) : plan_(plan), first_(first), last_(last) {}

  /// False if these calls cannot be executed in bands.
  bool prepare() {
    if (last_ <= first_ || last_ >= plan_.calls.size()) return false;
    for (size_t c = first_; c <= last_; ++c)
      if (!take(c)) return false;
    output_ = target_of(last_);
    return find_heights() && find_ends();
  }
  [[nodiscard]] int32_t height() const { return images_.at(output_).height; }

  Plan run(int32_t rows) {
    Plan result = plan_;
    result.calls.resize(first_);
    BandedLayers cost{plan_.calls[first_].layer, plan_.calls[last_].layer, 0, rows, 0, 0};
    share_scratch(result);
    for (int32_t row = 0; row < height(); row += rows) {
      add_band(result, {row, std::min(row + rows, height())}, cost);
      ++cost.bands;
    }
    cost.calls = result.calls.size() - first_;
    result.calls.insert(result.calls.end(), plan_.calls.begin() + static_cast<ptrdiff_t>(last_ + 1), plan_.calls.end());
    for (const auto& [buffer, image] : images_)
      if (image.is_inner)
        result.buffers[static_cast<size_t>(buffer)].bytes = static_cast<size_t>(image.most_held) * image.row_bytes;
    result.banded.push_back(cost);
    return result;
  }

 private:
  [[nodiscard]] const Buffer& buffer(int32_t index) const { return plan_.buffers[static_cast<size_t>(index)]; }
  [[nodiscard]] static bool is_output(const BoundCall& call, size_t operand) {
    return call.call.operands[operand].kind == Operand::Kind::kOutput;
  }
  [[nodiscard]] static bool is_scratch(const BoundCall& call, size_t operand) {
    return call.call.operands[operand].kind == Operand::Kind::kScratch;
  }
  [[nodiscard]] static bool is_input(const BoundCall& call, size_t operand) {
    return call.operands[operand].kind == Place::Kind::kArena && !call.operands[operand].writes;
  }
  [[nodiscard]] const RowSlices& slices(size_t call) const { return *plan_.calls[call].call.kernel->access->slices; }
  [[nodiscard]] const void* parameters(size_t call) const { return plan_.calls[call].call.parameters.get(); }

  [[nodiscard]] int32_t target_of(size_t call) const {
    const BoundCall& bound = plan_.calls[call];
    for (size_t i = 0; i < bound.operands.size(); ++i)
      if (is_output(bound, i)) return bound.operands[i].index;
    return -1;
  }

  /// Notes the images of a call. False if it cannot be cut.
  bool take(size_t index) {
    const BoundCall& call = plan_.calls[index];
    const Kernel& kernel = *call.call.kernel;
    if (kernel.access == nullptr || kernel.access->slices == nullptr) return false;
    if (slices(index).heights(parameters(index)).output < 0) return false;
    int outputs = 0;
    for (size_t i = 0; i < call.operands.size(); ++i) {
      const Place& place = call.operands[i];
      if (place.kind != Place::Kind::kArena || is_scratch(call, i)) continue;
      if (buffer(place.index).state || place.offset != 0 || place.bytes != buffer(place.index).bytes) return false;
      if (place.writes && !is_output(call, i)) return false;
      if (place.writes && (++outputs > 1 || images_.contains(place.index))) return false;
      Image& image = images_[place.index];
      if (!place.writes) image.readers.push_back(index);
      image.is_inner = image.is_inner || place.writes;
    }
    return outputs == 1;
  }

  bool set_height(int32_t of, int32_t height) {
    Image& image = images_[of];
    if (image.height == height) return true;
    if (image.height != 0 || height <= 0 || buffer(of).bytes % static_cast<size_t>(height) != 0) return false;
    image.height = height;
    image.row_bytes = buffer(of).bytes / static_cast<size_t>(height);
    changed_ = true;
    return true;
  }

  /// Rows of all images: from the calls that say, and handed on by those that take any.
  bool find_heights() {
    for (changed_ = true; changed_;) {
      changed_ = false;
      for (size_t c = first_; c <= last_; ++c) {
        const RowSlices::Heights heights = slices(c).heights(parameters(c));
        const int32_t target = target_of(c);
        int32_t shared = heights.output;
        for (size_t i = 0; shared == 0 && i < plan_.calls[c].operands.size(); ++i)
          if (is_input(plan_.calls[c], i) || is_output(plan_.calls[c], i))
            shared = images_[plan_.calls[c].operands[i].index].height;
        if (shared == 0) continue;
        if (!set_height(target, shared)) return false;
        for (size_t i = 0; i < plan_.calls[c].operands.size(); ++i)
          if (is_input(plan_.calls[c], i) &&
              !set_height(plan_.calls[c].operands[i].index, heights.output == 0 ? shared : heights.input))
            return false;
      }
    }
    return std::all_of(images_.begin(), images_.end(), [](const auto& entry) { return entry.second.height > 0; });
  }

  /// What is written here and read afterwards must be the last call's output alone, and nothing else may read that.
  bool find_ends() {
    images_[output_].is_inner = false;
    if (!images_[output_].readers.empty()) return false;
    const auto inner = [&](int32_t index) {
      const auto found = images_.find(index);
      return found != images_.end() && found->second.is_inner;
    };
    for (size_t c = 0; c < plan_.calls.size(); ++c)
      for (const Place& place : plan_.calls[c].operands)
        if (place.kind == Place::Kind::kArena && (c < first_ || c > last_) && inner(place.index)) return false;
    return std::none_of(plan_.outputs.begin(), plan_.outputs.end(),
                        [&](const Port& port) { return inner(port.buffer); });
  }

  /// One scratch buffer for the n-th scratch operand of all calls.
  void share_scratch(Plan& result) {
    for (size_t c = first_; c <= last_; ++c) {
      const BoundCall& call = plan_.calls[c];
      for (size_t i = 0; i < call.operands.size(); ++i) {
        if (!is_scratch(call, i)) continue;
        const auto ordinal = static_cast<size_t>(call.call.operands[i].index);
        if (scratch_.size() <= ordinal) scratch_.resize(ordinal + 1, -1);
        if (scratch_[ordinal] < 0) scratch_[ordinal] = call.operands[i].index;
        Buffer& shared = result.buffers[static_cast<size_t>(scratch_[ordinal])];
        shared.bytes = std::max(shared.bytes, call.operands[i].bytes);
        shared.last = std::max(shared.last, buffer(call.operands[i].index).last);
        if (scratch_[ordinal] != call.operands[i].index)
          result.buffers[static_cast<size_t>(call.operands[i].index)].bytes = 0;
      }
    }
  }

  /// The first row of an image that a call has still to read: the one that its next output row needs.
  [[nodiscard]] int32_t still_needed(size_t reader, int32_t of) const {
    const Image& target = images_.at(target_of(reader));
    if (target.done >= target.height) return images_.at(of).done;
    return slices(reader).needed(parameters(reader), {target.done, target.done + 1}).first;
  }

  void add_band(Plan& result, const RowRange& rows, BandedLayers& cost) {
    std::map<int32_t, int32_t> wanted{{output_, rows.end}};  // the end of the rows that must exist after this band
    for (size_t c = last_ + 1; c-- > first_;) {
      const int32_t target = target_of(c);
      const Image& image = images_.at(target);
      if (wanted[target] <= image.done) continue;
      const RowRange needed = slices(c).needed(parameters(c), {image.done, wanted[target]});
      for (size_t i = 0; i < plan_.calls[c].operands.size(); ++i)
        if (is_input(plan_.calls[c], i)) {
          int32_t& end = wanted[plan_.calls[c].operands[i].index];
          end = std::max(end, needed.end);
        }
    }
    for (size_t c = first_; c <= last_; ++c) {
      const int32_t target = target_of(c);
      Image& image = images_.at(target);
      if (wanted[target] <= image.done) continue;
      if (image.is_inner) carry(result, c, target, cost);
      const RowRange made{image.done, wanted[target]};
      result.calls.push_back(sliced(c, made));
      image.done = made.end;
      image.most_held = std::max(image.most_held, image.done - image.base);
    }
  }

  /// Drops the rows of an inner image that nothing reads any more: those behind them move to its start.
  void carry(Plan& result, size_t call, int32_t of, BandedLayers& cost) {
    Image& image = images_.at(of);
    int32_t keep = image.done;
    for (const size_t reader : image.readers) keep = std::min(keep, still_needed(reader, of));
    keep = std::max(keep, image.base);
    if (keep == image.base) return;
    const size_t bytes = static_cast<size_t>(image.done - keep) * image.row_bytes;
    if (bytes > 0) {
      BoundCall copy{copy_bytes_call(bytes), {}, plan_.calls[call].layer};
      const size_t from = static_cast<size_t>(keep - image.base) * image.row_bytes;
      copy.operands.push_back({Place::Kind::kArena, of, false, from, bytes});
      copy.operands.push_back({Place::Kind::kArena, of, true, 0, bytes});
      result.calls.push_back(std::move(copy));
      cost.carried_bytes += bytes;
    }
    image.base = keep;
  }

  [[nodiscard]] BoundCall sliced(size_t call, const RowRange& made) const {
    BoundCall result = plan_.calls[call];
    const RowRange needed = slices(call).needed(parameters(call), made);
    const Image& target = images_.at(target_of(call));
    result.call.parameters = slices(call).slice(parameters(call), target.height, made, needed);
    for (size_t i = 0; i < result.operands.size(); ++i) {
      Place& place = result.operands[i];
      if (place.kind != Place::Kind::kArena) continue;
      if (is_scratch(result, i)) {
        place.index = scratch_[static_cast<size_t>(result.call.operands[i].index)];
        continue;
      }
      const Image& image = images_.at(place.index);
      const RowRange& rows = place.writes ? made : needed;
      place.offset = static_cast<size_t>(rows.first - (image.is_inner ? image.base : 0)) * image.row_bytes;
      place.bytes = static_cast<size_t>(rows.end - rows.first) * image.row_bytes;
    }
    return result;
  }

  const Plan& plan_;
  const size_t first_, last_;
  int32_t output_ = -1;
  bool changed_ = false;
  std::map<int32_t, Image> images_;
  std::vector<int32_t> scratch_;
};

}  // namespace

std::optional<Plan> in_bands(const Plan& plan, size_t first, size_t last, int32_t rows) {
  Bands bands(plan, first, last);
  if (!bands.prepare() || rows <= 0) return std::nullopt;
  return bands.run(rows);
}

int32_t rows_of(const Plan& plan, size_t first, size_t last) {
  Bands bands(plan, first, last);
  return bands.prepare() ? bands.height() : 0;
}

}  // namespace mote
