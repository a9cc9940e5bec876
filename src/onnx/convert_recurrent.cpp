#include <algorithm>

#include "onnx/converters.h"
#include "onnx/steps.h"

namespace mote {

namespace {

constexpr int32_t kMostSteps = 1024;

/// One direction of a recurrent layer, unrolled: its constants and where it stands.
struct Cell {
  int32_t gates = 1, units = 0, inputs = 0, batches = 0, steps = 0;
  bool backwards = false;
  ValueId input_weights = kNoValue;   ///< [gates * units][inputs]
  ValueId hidden_weights = kNoValue;  ///< [gates * units][units]
  std::vector<float> input_bias, hidden_bias;
  ValueId hidden = kNoValue, cell = kNoValue;  ///< [batches][units]; kNoValue: zeros
  std::vector<std::string> activations;        ///< for its one to three functions

  [[nodiscard]] int32_t rows() const { return gates * units; }
};

Result<ValueId> activate(Importer& importer, const std::string& function, ValueId id) {
  if (function == "Sigmoid") return importer.add(Logistic{}, {id});
  if (function == "Tanh") return importer.add(Tanh{}, {id});
  if (function == "Relu") return importer.add(Relu{}, {id});
  return fail(ErrorCode::kUnsupported, "the activation {}; Sigmoid, Tanh and Relu are supported", function);
}

/// Columns of one gate.
Result<ValueId> gate(Importer& importer, const Cell& cell, ValueId all, int32_t index, int32_t gates = 1) {
  return slice(importer, all, {0, index * cell.units}, {cell.batches, (index + gates) * cell.units});
}

/// The hidden state times the weights of some gates, plus their bias; zeros yield the bias alone.
Result<ValueId> from_hidden(Importer& importer, const Cell& cell, ValueId hidden, int32_t first, int32_t gates) {
  const int32_t rows = gates * cell.units;
  const auto begin = cell.hidden_bias.begin() + first * cell.units;
  const ValueId bias = importer.constant(std::vector<float>(begin, begin + rows), {rows});
  if (hidden == kNoValue) return bias;
  MOTE_TRY_ASSIGN(const ValueId weights, importer.rows(cell.hidden_weights, first * cell.units, rows));
  return dense(importer, hidden, weights, bias, false);
}

Result<> step_simple(Importer& importer, Cell& cell, ValueId x) {
  MOTE_TRY_ASSIGN(const ValueId h, from_hidden(importer, cell, cell.hidden, 0, 1));
  MOTE_TRY_ASSIGN(const ValueId sum, plus(importer, x, h));
  MOTE_TRY_ASSIGN(cell.hidden, activate(importer, cell.activations[0], sum));
  return {};
}

/// Gates in the file's order: update, reset, hidden.
Result<> step_gru(Importer& importer, Cell& cell, ValueId x, bool linear_before_reset) {
  MOTE_TRY_ASSIGN(const ValueId h, from_hidden(importer, cell, cell.hidden, 0, 2));
  MOTE_TRY_ASSIGN(ValueId both, gate(importer, cell, x, 0, 2));
  MOTE_TRY_ASSIGN(both, plus(importer, both, h));
  MOTE_TRY_ASSIGN(both, activate(importer, cell.activations[0], both));
  MOTE_TRY_ASSIGN(const ValueId update, gate(importer, cell, both, 0));
  MOTE_TRY_ASSIGN(const ValueId reset, gate(importer, cell, both, 1));
  MOTE_TRY_ASSIGN(ValueId candidate, gate(importer, cell, x, 2));
  ValueId past = kNoValue;
  if (linear_before_reset) {
    MOTE_TRY_ASSIGN(past, from_hidden(importer, cell, cell.hidden, 2, 1));
    MOTE_TRY_ASSIGN(past, times(importer, reset, past));
  } else {
    ValueId kept = kNoValue;
    if (cell.hidden != kNoValue) {
      MOTE_TRY_ASSIGN(kept, times(importer, reset, cell.hidden));
    }
    MOTE_TRY_ASSIGN(past, from_hidden(importer, cell, kept, 2, 1));
  }
  MOTE_TRY_ASSIGN(candidate, plus(importer, candidate, past));
  MOTE_TRY_ASSIGN(candidate, activate(importer, cell.activations[1], candidate));
  // (1 - update) * candidate + update * hidden
  MOTE_TRY_ASSIGN(ValueId fresh, importer.add(Sub{}, {importer.scalar(1), update}));
  MOTE_TRY_ASSIGN(fresh, times(importer, fresh, candidate));
  if (cell.hidden != kNoValue) {
    MOTE_TRY_ASSIGN(const ValueId kept, times(importer, update, cell.hidden));
    MOTE_TRY_ASSIGN(fresh, plus(importer, fresh, kept));
  }
  cell.hidden = fresh;
  return {};
}

/// Gates in the file's order: input, output, forget, cell.
Result<> step_lstm(Importer& importer, Cell& cell, ValueId x) {
  MOTE_TRY_ASSIGN(const ValueId h, from_hidden(importer, cell, cell.hidden, 0, 4));
  MOTE_TRY_ASSIGN(const ValueId sum, plus(importer, x, h));
  MOTE_TRY_ASSIGN(ValueId three, gate(importer, cell, sum, 0, 3));
  MOTE_TRY_ASSIGN(three, activate(importer, cell.activations[0], three));
  MOTE_TRY_ASSIGN(const ValueId input, gate(importer, cell, three, 0));
  MOTE_TRY_ASSIGN(const ValueId output, gate(importer, cell, three, 1));
  MOTE_TRY_ASSIGN(ValueId candidate, gate(importer, cell, sum, 3));
  MOTE_TRY_ASSIGN(candidate, activate(importer, cell.activations[1], candidate));
  MOTE_TRY_ASSIGN(ValueId content, times(importer, input, candidate));
  if (cell.cell != kNoValue) {
    MOTE_TRY_ASSIGN(ValueId kept, gate(importer, cell, three, 2));
    MOTE_TRY_ASSIGN(kept, times(importer, kept, cell.cell));
    MOTE_TRY_ASSIGN(content, plus(importer, kept, content));
  }
  cell.cell = content;
  MOTE_TRY_ASSIGN(content, activate(importer, cell.activations[2], content));
  MOTE_TRY_ASSIGN(cell.hidden, times(importer, output, content));
  return {};
}

/// What the last steps of all directions left, and all hidden states.
struct Unrolled {
  std::vector<std::vector<ValueId>> hidden;  ///< [direction][step], each [batches][units]
  std::vector<ValueId> last_hidden, last_cell;
};

Result<> unroll(Importer& importer, const OnnxNode& node, ValueId sequence, Cell cell, Unrolled& result) {
  // All steps' input parts in one layer.
  const ValueId bias = importer.constant(cell.input_bias, {cell.rows()});
  MOTE_TRY_ASSIGN(const ValueId projected, dense(importer, sequence, cell.input_weights, bias, true));
  std::vector<ValueId> hidden(static_cast<size_t>(cell.steps));
  const bool linear = node.op() == "GRU" && node.flag("linear_before_reset", false);
  for (int32_t i = 0; i < cell.steps; ++i) {
    const int32_t t = cell.backwards ? cell.steps - 1 - i : i;
    MOTE_TRY_ASSIGN(ValueId x, slice(importer, projected, {t, 0, 0}, {t + 1, cell.batches, cell.rows()}));
    MOTE_TRY_ASSIGN(x, importer.reshape(x, {cell.batches, cell.rows()}));
    MOTE_TRY(node.op() == "LSTM"  ? step_lstm(importer, cell, x)
             : node.op() == "GRU" ? step_gru(importer, cell, x, linear)
                                  : step_simple(importer, cell, x));
    hidden[static_cast<size_t>(t)] = cell.hidden;
  }
  result.hidden.push_back(std::move(hidden));
  result.last_hidden.push_back(cell.hidden);
  result.last_cell.push_back(cell.cell);
  return {};
}

/// Entry `direction` of a constant or value [directions][...], without that axis.
Result<ValueId> of_direction(Importer& importer, ValueId id, int32_t direction) {
  const Shape shape = importer.shape(id);
  std::vector<int32_t> begin(shape.size(), 0), end = shape;
  begin[0] = direction;
  end[0] = direction + 1;
  MOTE_TRY_ASSIGN(const ValueId part,
                  importer.known(id) != nullptr ? importer.rows(id, direction, 1) : slice(importer, id, begin, end));
  return importer.reshape(part, Shape(shape.begin() + 1, shape.end()));
}

Result<> read_bias(Importer& importer, const OnnxNode& node, int32_t direction, Cell& cell) {
  const auto rows = static_cast<size_t>(cell.rows());
  cell.input_bias.assign(rows, 0);
  cell.hidden_bias.assign(rows, 0);
  if (!node.has(3)) return {};
  MOTE_TRY_ASSIGN(const auto both, importer.floats(node.input(3), "the bias"));
  const size_t begin = static_cast<size_t>(direction) * 2 * rows;
  if (both.size() < begin + 2 * rows)
    return fail(ErrorCode::kBadInput, "a bias of {} elements; {} a direction are expected", both.size(), 2 * rows);
  std::copy_n(both.begin() + static_cast<ptrdiff_t>(begin), rows, cell.input_bias.begin());
  std::copy_n(both.begin() + static_cast<ptrdiff_t>(begin + rows), rows, cell.hidden_bias.begin());
  return {};
}

/// The functions of all directions; the defaults are those of the format.
Result<std::vector<std::string>> activations_of(const OnnxNode& node, int32_t directions) {
  std::vector<std::string> each{"Tanh"};
  if (node.op() == "GRU") each = {"Sigmoid", "Tanh"};
  if (node.op() == "LSTM") each = {"Sigmoid", "Tanh", "Tanh"};
  std::vector<std::string> all;
  for (int32_t d = 0; d < directions; ++d) all.insert(all.end(), each.begin(), each.end());
  const auto given = node.words("activations");
  if (!given) return all;
  if (given->size() != all.size())
    return fail(ErrorCode::kBadInput, "{} activations, {} are expected", given->size(), all.size());
  return *given;
}

/// [directions][batches][units] from one value a direction.
Result<ValueId> side_by_side(Importer& importer, const std::vector<ValueId>& parts, const Cell& cell) {
  std::vector<ValueId> rows;
  for (const ValueId part : parts) {
    MOTE_TRY_ASSIGN(const ValueId row, importer.reshape(part, {1, cell.batches, cell.units}));
    rows.push_back(row);
  }
  return concatenate(importer, std::move(rows), 0);
}

/// [steps][directions][batches][units]
Result<ValueId> all_steps(Importer& importer, const Unrolled& unrolled, const Cell& cell) {
  std::vector<ValueId> rows;
  for (size_t t = 0; t < static_cast<size_t>(cell.steps); ++t)
    for (const auto& direction : unrolled.hidden) {
      MOTE_TRY_ASSIGN(const ValueId row, importer.reshape(direction[t], {1, cell.batches, cell.units}));
      rows.push_back(row);
    }
  MOTE_TRY_ASSIGN(const ValueId joined, concatenate(importer, std::move(rows), 0));
  return importer.reshape(joined, {cell.steps, static_cast<int32_t>(unrolled.hidden.size()), cell.batches, cell.units});
}

Result<> check_form(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(node.expect_inputs(3, 8));
  node.ignore({"hidden_size", "output_sequence", "activation_alpha", "activation_beta"});
  if (node.has(7)) return fail(ErrorCode::kUnsupported, "peephole connections");
  if (node.has_attribute("clip")) return fail(ErrorCode::kUnsupported, "clip");
  if (node.op() == "LSTM" && node.flag("input_forget", false)) return fail(ErrorCode::kUnsupported, "input_forget");
  for (size_t i = 0; i < 3; ++i)
    if (importer.rank(node.input(i)) != 3)
      return fail(ErrorCode::kBadInput, "operand {} has shape {}; three axes are expected", i,
                  text(importer.shape(node.input(i))));
  return {};
}

/// Lengths that all equal the sequence's say nothing; others are refused.
Result<> check_lengths(Importer& importer, const OnnxNode& node, int32_t steps) {
  if (!node.has(4)) return {};
  MOTE_TRY_ASSIGN(const auto lengths, importer.integers(node.input(4), "sequence_lens"));
  if (std::ranges::all_of(lengths, [&](int32_t length) { return length == steps; })) return {};
  return fail(ErrorCode::kUnsupported, "sequences shorter than the input");
}

Result<> convert_recurrent(Importer& importer, const OnnxNode& node) {
  MOTE_TRY(check_form(importer, node));
  const bool batch_first = node.flag("layout", false);
  ValueId sequence = node.input(0);
  if (batch_first) {
    MOTE_TRY_ASSIGN(sequence, importer.transpose(sequence, {1, 0, 2}));
  }
  const Shape input = importer.shape(sequence), weights = importer.shape(node.input(1));
  const std::string direction = node.word("direction", "forward");
  const int32_t directions = direction == "bidirectional" ? 2 : 1;
  Cell cell;
  cell.gates = node.op() == "LSTM" ? 4 : node.op() == "GRU" ? 3 : 1;
  cell.units = weights[1] / cell.gates;
  cell.inputs = input[2];
  cell.batches = input[1];
  cell.steps = input[0];
  if (weights != Shape{directions, cell.rows(), cell.inputs} ||
      importer.shape(node.input(2)) != Shape{directions, cell.rows(), cell.units})
    return fail(ErrorCode::kBadInput, "weights of shape {} and {} for {} inputs", text(weights),
                text(importer.shape(node.input(2))), cell.inputs);
  if (cell.steps > kMostSteps)
    return fail(ErrorCode::kUnsupported, "{} steps; at most {} are unrolled", cell.steps, kMostSteps);
  MOTE_TRY(check_lengths(importer, node, cell.steps));
  MOTE_TRY_ASSIGN(const auto activations, activations_of(node, directions));
  Unrolled unrolled;
  for (int32_t d = 0; d < directions; ++d) {
    Cell one = cell;
    one.backwards = direction == "reverse" || d == 1;
    const auto functions = static_cast<ptrdiff_t>(activations.size()) / directions;
    one.activations.assign(activations.begin() + d * functions, activations.begin() + (d + 1) * functions);
    MOTE_TRY_ASSIGN(one.input_weights, of_direction(importer, node.input(1), d));
    MOTE_TRY_ASSIGN(one.hidden_weights, of_direction(importer, node.input(2), d));
    MOTE_TRY(read_bias(importer, node, d, one));
    for (size_t state = 5; state < 7; ++state) {
      if (!node.has(state)) continue;
      if (batch_first) return fail(ErrorCode::kUnsupported, "initial states with layout 1");
      if (importer.shape(node.input(state)) != Shape{directions, cell.batches, cell.units})
        return fail(ErrorCode::kBadInput, "an initial state of shape {}", text(importer.shape(node.input(state))));
      MOTE_TRY_ASSIGN((state == 5 ? one.hidden : one.cell), of_direction(importer, node.input(state), d));
    }
    MOTE_TRY(unroll(importer, node, sequence, std::move(one), unrolled));
  }
  if (node.wants(0)) {
    MOTE_TRY_ASSIGN(ValueId all, all_steps(importer, unrolled, cell));
    if (batch_first) {
      MOTE_TRY_ASSIGN(all, importer.transpose(all, {2, 0, 1, 3}));
    }
    importer.bind(node, 0, all);
  }
  for (size_t i = 1; i < 3; ++i) {
    if (!node.wants(i)) continue;
    MOTE_TRY_ASSIGN(ValueId last, side_by_side(importer, i == 1 ? unrolled.last_hidden : unrolled.last_cell, cell));
    if (batch_first) {
      MOTE_TRY_ASSIGN(last, importer.transpose(last, {1, 0, 2}));
    }
    importer.bind(node, i, last);
  }
  return {};
}

constexpr NamedConverter kConverters[] = {
    {"RNN", convert_recurrent}, {"GRU", convert_recurrent}, {"LSTM", convert_recurrent}};

}  // namespace

std::span<const NamedConverter> recurrent_converters() {
  return kConverters;
}

}  // namespace mote
