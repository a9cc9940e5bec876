#include "ops/slice.h"

#include <algorithm>

namespace mote {

namespace {
/// What is taken along one dimension: `count` elements from `start` on.
struct Range {
  int64_t start, step, count;
};

/// The elements that `ranges` name, one range a dimension of `input`, in order.
Copy ranges_copy(const Shape& input, const std::vector<Range>& ranges) {
  Copy copy{Operand::input(0), Operand::output(0), 0, 0, {}};
  const std::vector<int64_t> steps = dense_steps(input);
  Shape taken;
  for (const Range& range : ranges) taken.push_back(static_cast<int32_t>(range.count));
  const std::vector<int64_t> to_steps = dense_steps(taken);
  for (size_t d = 0; d < ranges.size(); ++d) {
    copy.from_start += ranges[d].start * steps[d];
    copy.dimensions.push_back({ranges[d].count, ranges[d].step * steps[d], to_steps[d]});
  }
  return copy;
}

bool has_bit(int32_t mask, size_t bit) {
  return bit < 32 && ((static_cast<uint32_t>(mask) >> bit) & 1) != 0;
}

/// The operands of a strided slice, one entry after the other.
struct SliceEntries {
  std::vector<int32_t> begin, end, strides;
};

/// What entry `i` takes of a dimension of `extent` elements.
Result<Range> range_of(const StridedSlice& op, const SliceEntries& entries, size_t i, int64_t extent) {
  const int64_t step = entries.strides[i];
  if (step == 0) return fail(ErrorCode::kBadInput, "stride 0 in entry {}", i);
  const auto from_front = [&](int64_t at) { return at < 0 ? at + extent : at; };
  const int64_t lowest = step > 0 ? 0 : -1;
  const int64_t highest = step > 0 ? extent : extent - 1;
  const int64_t first = step > 0 ? 0 : extent - 1;
  const int64_t last = step > 0 ? extent : -1;
  const int64_t begin = has_bit(op.begin_mask, i) ? first : std::clamp(from_front(entries.begin[i]), lowest, highest);
  if (has_bit(op.shrink_axis_mask, i)) {
    if (step < 0 || begin >= extent)
      return fail(ErrorCode::kBadInput, "entry {} takes element {} of {} (stride {})", i, entries.begin[i], extent,
                  step);
    return Range{begin, 1, 1};
  }
  int64_t end = last;
  if (!has_bit(op.end_mask, i)) end = std::clamp(from_front(entries.end[i] + (op.offset ? begin : 0)), lowest, highest);
  const int64_t span = step > 0 ? end - begin : begin - end;
  const int64_t stride = step > 0 ? step : -step;
  const int64_t count = span <= 0 ? 0 : (span + stride - 1) / stride;
  if (count == 0)
    return fail(ErrorCode::kUnsupported,
                "entry {} takes nothing (from {} to {} by {} of {} elements); empty tensors "
                "are not computed",
                i, begin, end, step, extent);
  return Range{begin, step, count};
}
}  // namespace

Result<Movement> Slice::movement(Arguments inputs) const {
  MOTE_TRY(expect_operands(inputs, 3, 3, "input, begin, size"));
  MOTE_TRY_ASSIGN(const std::vector<int32_t> begin, constant_integers(inputs, 1, "the begins of a slice"));
  MOTE_TRY_ASSIGN(const std::vector<int32_t> size, constant_integers(inputs, 2, "the sizes of a slice"));
  const Shape& input = inputs[0].type.shape;
  if (begin.size() != input.size() || size.size() != input.size())
    return fail(ErrorCode::kBadInput, "{} begins and {} sizes for an input of shape {}", begin.size(), size.size(),
                text(input));
  std::vector<Range> ranges;
  Shape output;
  for (size_t d = 0; d < input.size(); ++d) {
    const int64_t count = size[d] == -1 ? int64_t{input[d]} - begin[d] : int64_t{size[d]};
    if (begin[d] < 0 || count <= 0 || begin[d] + count > input[d])
      return fail(ErrorCode::kBadInput, "{} elements from {} on along dimension {} of shape {}", count, begin[d], d,
                  text(input));
    ranges.push_back({begin[d], 1, count});
    output.push_back(static_cast<int32_t>(count));
  }
  return Movement{{output}, {ranges_copy(input, ranges)}};
}

std::vector<OpCase<Slice>> Slice::cases() {
  return {
      {"middle", {}, {{2, 5, 4}}, {{1, int32_tensor({3}, {1, 1, 0})}, {2, int32_tensor({3}, {1, 3, -1})}}},
      {"channels", {}, {{2, 3, 4, 5}}, {{1, int32_tensor({4}, {0, 0, 0, 2})}, {2, int32_tensor({4}, {-1, -1, -1, 2})}}},
      {"whole", {}, {{3, 7}}, {{1, int32_tensor({2}, {0, 0})}, {2, int32_tensor({2}, {3, -1})}}},
  };
}

Result<Movement> StridedSlice::movement(Arguments inputs) const {
  MOTE_TRY(expect_operands(inputs, 4, 4, "input, begin, end, strides"));
  SliceEntries entries;
  MOTE_TRY_ASSIGN(entries.begin, constant_integers(inputs, 1, "the begins of a strided slice"));
  MOTE_TRY_ASSIGN(entries.end, constant_integers(inputs, 2, "the ends of a strided slice"));
  MOTE_TRY_ASSIGN(entries.strides, constant_integers(inputs, 3, "the strides of a strided slice"));
  const Shape& input = inputs[0].type.shape;
  const size_t count = entries.begin.size();
  if (entries.end.size() != count || entries.strides.size() != count)
    return fail(ErrorCode::kBadInput, "{} begins, {} ends and {} strides", count, entries.end.size(),
                entries.strides.size());
  const auto is_ellipsis = [&](size_t i) { return has_bit(ellipsis_mask, i); };
  const auto is_new_axis = [&](size_t i) { return !is_ellipsis(i) && has_bit(new_axis_mask, i); };
  size_t named = 0;
  size_t ellipses = 0;
  for (size_t i = 0; i < count; ++i) {
    if (is_ellipsis(i)) ++ellipses;
    if (!is_ellipsis(i) && !is_new_axis(i)) ++named;
  }
  if (named > input.size() || ellipses > 1)
    return fail(ErrorCode::kBadInput, "{} entries name {} dimensions of an input of shape {}, with {} ellipses", count,
                named, text(input), ellipses);
  std::vector<Range> ranges;
  Shape output;
  const auto take_whole = [&] {
    output.push_back(input[ranges.size()]);
    ranges.push_back({0, 1, input[ranges.size()]});
  };
  for (size_t i = 0; i < count; ++i) {
    if (is_ellipsis(i)) {
      for (size_t left = input.size() - named; left > 0; --left) take_whole();
    } else if (is_new_axis(i)) {
      output.push_back(1);
    } else {
      MOTE_TRY_ASSIGN(const Range range, range_of(*this, entries, i, input[ranges.size()]));
      if (!has_bit(shrink_axis_mask, i)) output.push_back(static_cast<int32_t>(range.count));
      ranges.push_back(range);
    }
  }
  while (ranges.size() < input.size()) take_whole();
  return Movement{{output}, {ranges_copy(input, ranges)}};
}

std::vector<OpCase<StridedSlice>> StridedSlice::cases() {
  const auto example = [](std::string name, StridedSlice op, Shape input, std::initializer_list<int32_t> begin,
                          std::initializer_list<int32_t> end, std::initializer_list<int32_t> strides) {
    const Shape entries{static_cast<int32_t>(begin.size())};
    return OpCase<StridedSlice>(
        std::move(name), op, {std::move(input)},
        {{1, int32_tensor(entries, begin)}, {2, int32_tensor(entries, end)}, {3, int32_tensor(entries, strides)}});
  };
  return {
      example("plain", {}, {1, 6, 5, 3}, {0, 1, 0, 1}, {1, 6, 5, 3}, {1, 2, 1, 1}),
      example("backwards", {}, {2, 7}, {0, 5}, {2, 0}, {1, -2}),
      example("masks", {{}, 1, 2, 0, 0, 0, false}, {4, 9}, {3, -6}, {3, 2}, {1, 3}),
      example("shrink", {{}, 5, 5, 0, 0, 2, false}, {3, 4, 5}, {0, -2, 0}, {0, 0, 0}, {1, 1, 1}),
      example("backwards_masks", {{}, 3, 3, 0, 0, 0, false}, {3, 4}, {1, 1}, {1, 1}, {-1, -3}),
      example("ellipsis", {{}, 0, 0, 2, 0, 0, false}, {3, 2, 4, 5}, {1, 0, 2}, {3, 0, 5}, {1, 1, 2}),
      example("new_axis", {{}, 0, 4, 0, 2, 0, false}, {3, 4}, {1, 0, 1}, {3, 0, 0}, {1, 1, 1}),
      example("few_entries", {}, {5, 2, 3}, {1}, {4}, {2}),
      example("offset", {{}, 0, 0, 0, 0, 0, true}, {6, 8}, {1, -5}, {3, 4}, {1, 2}),
  };
}

Result<Movement> Reverse::movement(Arguments inputs) const {
  MOTE_TRY(expect_operands(inputs, 2, 2, "input, axes"));
  MOTE_TRY_ASSIGN(const std::vector<int32_t> axes, constant_integers(inputs, 1, "the axes of a reverse"));
  const Shape& input = inputs[0].type.shape;
  std::vector<Range> ranges;
  for (const int32_t extent : input) ranges.push_back({0, 1, extent});
  for (const int32_t axis : axes) {
    MOTE_TRY_ASSIGN(const size_t at, front_axis(axis, input.size()));
    ranges[at] = {input[at] - 1, -1, input[at]};
  }
  return Movement{{input}, {ranges_copy(input, ranges)}};
}

std::vector<OpCase<Reverse>> Reverse::cases() {
  return {
      {"time", {}, {{2, 7, 3}}, {{1, int32_tensor({1}, {1})}}},
      {"last", {}, {{2, 3, 5}}, {{1, int32_tensor({1}, {-1})}}},
  };
}

}  // namespace mote
