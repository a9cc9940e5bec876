#include "target/walks.h"

namespace mote::walks {

namespace {

/// Advances `at` through extents, the last one fastest, by the kernels' steps. False at the end.
template <size_t kDimensions>
bool advance(const int32_t* extents, const int32_t* steps, std::array<int32_t, kDimensions>& at, int64_t& place) {
  for (size_t d = kDimensions; d-- > 0;) {
    if (++at[d] < extents[d]) {
      place += steps[d];
      return true;
    }
    at[d] = 0;
  }
  return false;
}

/// From the first to the last place that the walk comes by.
struct Span {
  int64_t lowest = 0, highest = 0;
};
Span span_of(const int32_t (&extents)[4], const int32_t (&steps)[4]) {
  std::array<int32_t, 3> at{};
  Span span;
  int64_t place = 0;
  for (;;) {
    span.lowest = std::min(span.lowest, place);
    place += int64_t{extents[3] - 1} * steps[3];
    span.lowest = std::min(span.lowest, place);
    span.highest = std::max(span.highest, place);
    place += steps[3];
    if (!advance<3>(extents, steps, at, place)) return span;
  }
}

}  // namespace

RowRange rows_needed(const rt::WindowAxis& rows, const RowRange& outputs) {
  const int32_t first = outputs.first * rows.stride - rows.padding;
  const int32_t last = (outputs.end - 1) * rows.stride - rows.padding + (rows.kernel - 1) * rows.dilation;
  return {std::clamp(first, 0, rows.input - 1), std::clamp(last, 0, rows.input - 1) + 1};
}

rt::WindowAxis sliced(const rt::WindowAxis& rows, const RowRange& outputs, const RowRange& inputs) {
  rt::WindowAxis result = rows;
  result.input = inputs.end - inputs.first;
  result.output = outputs.end - outputs.first;
  result.padding = inputs.first - (outputs.first * rows.stride - rows.padding);
  return result;
}

bool is_flat(const rt::Broadcast& walk) {
  for (int d = 0; d < 4; ++d)
    if (walk.extents[d] != 1) return false;
  return walk.a_steps[4] == 1 && walk.b_steps[4] == 1 && walk.a_constant == 0 && walk.b_constant == 0;
}

void elements(int64_t count, const StepVisitor& visit) {
  for (int64_t i = 0; i < count; ++i) visit({i, i + 1, i});
}

void broadcast(const rt::Broadcast& walk, size_t operand, const StepVisitor& visit) {
  const int32_t* const steps = operand == 0 ? walk.a_steps : walk.b_steps;
  std::array<int32_t, 4> at{};
  int64_t from = 0, written = 0;
  do {
    for (int32_t i = 0; i < walk.extents[4]; ++i, from += steps[4], ++written) visit({from, from + 1, written});
  } while (advance<4>(walk.extents, steps, at, from));
}

void rows(int64_t rows, int64_t depth, int64_t outputs, const StepVisitor& visit) {
  for (int64_t row = 0; row < rows; ++row) visit({row * depth, (row + 1) * depth, (row + 1) * outputs - 1});
}

void rows_together(int64_t rows, int64_t together, int64_t depth, int64_t outputs, const StepVisitor& visit) {
  for (int64_t row = 0; row < rows; row += together)
    visit({row * depth, std::min(row + together, rows) * depth, row * outputs});
}

void rows_twice(int64_t rows, int64_t depth, const StepVisitor& visit) {
  for (int64_t row = 0; row < rows; ++row) {
    visit({row * depth, (row + 1) * depth, row * depth});
    for (int64_t i = row * depth; i < (row + 1) * depth; ++i) visit({i, i + 1, i});
  }
}

namespace {

/// Inputs [first, last), of its first channel, that one pixel of the output is computed from.
struct Window {
  int64_t first = 0, last = 0;
};

/// Visits the windows of all pixels in order.
template <class Visit>
void each_window(const Windows& p, const Visit& visit) {
  const int64_t row = int64_t{p.columns.input} * p.input_channels;
  for (int64_t batch = 0; batch < p.batches; ++batch) {
    const int64_t image = batch * p.rows.input * row;
    for (int32_t y = 0; y < p.rows.output; ++y) {
      const rt::Walk down = rt::Sliding::walk(p.rows, y);
      const int64_t last_row = down.input + int64_t{down.count - 1} * down.input_step;
      for (int32_t x = 0; x < p.columns.output; ++x) {
        const rt::Walk along = rt::Sliding::walk(p.columns, x);
        const int64_t last_column = along.input + int64_t{along.count - 1} * along.input_step;
        if (down.count <= 0 || along.count <= 0)
          visit(Window{});
        else
          visit(Window{image + down.input * row + int64_t{along.input} * p.input_channels,
                       image + last_row * row + last_column * p.input_channels + 1});
      }
    }
  }
}

}  // namespace

void windows(const Windows& p, const StepVisitor& visit) {
  const int64_t group_inputs = p.input_channels / p.groups;
  const int64_t group_outputs = p.output_channels / p.groups;
  int64_t written = 0;
  each_window(p, [&](const Window& window) {
    for (int64_t channel = 0; channel < p.input_channels; channel += group_inputs) {
      written += group_outputs;
      if (window.first < window.last)
        visit({window.first + channel, window.last - 1 + channel + group_inputs, written - 1});
    }
  });
}

void windows_together(const Windows& p, int64_t together, const StepVisitor& visit) {
  int64_t pixel = 0;
  each_window(p, [&](const Window& window) {
    const int64_t written = pixel++ / together * together * p.output_channels;
    if (window.first < window.last) visit({window.first, window.last - 1 + p.input_channels, written});
  });
}

namespace {

/// Each row once: those from begin(y) to end(y) before rows [y, y + together) of outputs are written.
template <class Begin, class End>
void each_row_once(const Windows& p, int64_t together, const Begin& begin, const End& end, const StepVisitor& visit) {
  const int64_t line = int64_t{p.columns.input} * p.input_channels;
  const int64_t outputs = int64_t{p.columns.output} * p.output_channels;
  for (int64_t batch = 0; batch < p.batches; ++batch) {
    int64_t row = 0;
    for (int64_t y = 0; y < p.rows.output; y += together) {
      row = std::max(row, begin(y));
      for (const int64_t stop = std::min<int64_t>(end(y), p.rows.input); row < stop; ++row) {
        const int64_t first = (batch * p.rows.input + row) * line;
        visit({first, first + line, (batch * p.rows.output + y) * outputs});
      }
    }
  }
}

int64_t from_the_first(int64_t) {
  return 0;
}

/// Behind the last row that row y of outputs is computed from.
auto end_of_windows(const Windows& p) {
  const int64_t height = int64_t{p.rows.kernel - 1} * p.rows.dilation + 1;
  return [&p, height](int64_t y) { return y * p.rows.stride - p.rows.padding + height; };
}

}  // namespace

void rows_once(const Windows& p, const StepVisitor& visit) {
  each_row_once(p, 1, from_the_first, end_of_windows(p), visit);
}

void needed_rows_once(const Windows& p, const StepVisitor& visit) {
  const auto begin = [&](int64_t y) { return y * p.rows.stride - p.rows.padding; };
  each_row_once(p, 1, begin, end_of_windows(p), visit);
}

void row_pairs_once(const Windows& p, const StepVisitor& visit) {
  each_row_once(
      p, 2 / p.rows.stride, from_the_first, [&](int64_t y) { return y * p.rows.stride - p.rows.padding + 4; }, visit);
}

void reduction(const rt::ReduceWalk& walk, const StepVisitor& visit) {
  const Span span = span_of(walk.reduced, walk.reduced_steps);
  std::array<int32_t, 3> at{};
  int64_t from = 0, written = 0;
  do {
    for (int32_t i = 0; i < walk.kept[3]; ++i, from += walk.kept_steps[3], ++written)
      visit({from + span.lowest, from + span.highest + 1, written});
  } while (advance<3>(walk.kept, walk.kept_steps, at, from));
}

}  // namespace mote::walks
