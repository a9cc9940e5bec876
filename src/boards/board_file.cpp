#include <toml++/toml.h>
#include <algorithm>
#include <array>
#include <cmath>

#include "boards/board.h"

namespace mote {

namespace {

/// One table of the file: hands out its values by key, remembers which were asked for, refuses the rest.
class TableReader {
 public:
  TableReader(const toml::table& table, std::string file, std::string name)
      : table_(table), file_(std::move(file)), name_(std::move(name)) {}

  [[nodiscard]] Result<std::string> text(const char* key) {
    MOTE_TRY_ASSIGN(const toml::node* node, need(key));
    const auto value = node->value_exact<std::string>();
    if (!value || value->empty()) return wrong(*node, key, "a text that is not empty");
    return *value;
  }
  [[nodiscard]] Result<double> number(const char* key, double low, double high) {
    MOTE_TRY_ASSIGN(const toml::node* node, need(key));
    return number_of(*node, key, low, high);
  }
  [[nodiscard]] Result<uint32_t> word(const char* key) {
    MOTE_TRY_ASSIGN(const double value, number(key, 0, 4294967295.0));
    if (value != std::floor(value)) return wrong(*table_.get(key), key, "a whole number");
    return static_cast<uint32_t>(value);
  }
  [[nodiscard]] Result<std::vector<std::string>> words(const char* key) {
    MOTE_TRY_ASSIGN(const toml::node* node, need(key));
    const toml::array* array = node->as_array();
    if (array == nullptr) return wrong(*node, key, "a list of texts");
    std::vector<std::string> found;
    for (const toml::node& item : *array) {
      const auto value = item.value_exact<std::string>();
      if (!value) return wrong(item, key, "a list of texts");
      found.push_back(*value);
    }
    return found;
  }
  [[nodiscard]] Result<Figure> figure(const char* key, double low, double high) {
    MOTE_TRY_ASSIGN(const toml::node* node, need(key));
    const toml::table* parts = node->as_table();
    if (parts == nullptr) return wrong(*node, key, "{ value = ..., source = \"...\" }");
    TableReader reader(*parts, file_, path(key));
    Figure figure;
    MOTE_TRY_ASSIGN(figure.value, reader.number("value", low, high));
    MOTE_TRY_ASSIGN(figure.source, reader.text("source"));
    if (parts->contains("error_pct")) {
      MOTE_TRY_ASSIGN(figure.error_pct, reader.number("error_pct", 0, 1000));
    }
    MOTE_TRY(reader.finish());
    return figure;
  }
  [[nodiscard]] Result<std::optional<Figure>> optional_figure(const char* key, double low, double high) {
    if (!table_.contains(key)) {
      known_.emplace_back(key);
      return std::nullopt;
    }
    MOTE_TRY_ASSIGN(Figure found, figure(key, low, high));
    return std::optional<Figure>(std::move(found));
  }
  [[nodiscard]] Result<TableReader> table(const char* key) {
    MOTE_TRY_ASSIGN(const toml::node* node, need(key));
    if (!node->is_table()) return wrong(*node, key, "a table");
    return TableReader(*node->as_table(), file_, path(key));
  }
  [[nodiscard]] bool has(const char* key) {
    known_.emplace_back(key);
    return table_.contains(key);
  }

  /// An error if the table holds a key that nobody asked for.
  [[nodiscard]] Result<> finish() const {
    for (const auto& [key, node] : table_) {
      const std::string word(key.str());
      if (std::find(known_.begin(), known_.end(), word) == known_.end())
        return fail(ErrorCode::kBadInput, "{}: unknown key '{}'; known here: {}", at(node), path(word.c_str()),
                    fmt::join(known_, ", "));
    }
    return {};
  }

 private:
  [[nodiscard]] std::string path(const char* key) const { return name_.empty() ? key : name_ + "." + key; }
  [[nodiscard]] std::string at(const toml::node& node) const {
    return fmt::format("{}:{}:{}", file_, node.source().begin.line, node.source().begin.column);
  }
  [[nodiscard]] tl::unexpected<Error> wrong(const toml::node& node, const char* key,
                                            const std::string& expected) const {
    return fail(ErrorCode::kBadInput, "{}: '{}' must be {}", at(node), path(key), expected);
  }
  [[nodiscard]] Result<double> number_of(const toml::node& node, const char* key, double low, double high) const {
    const auto value = node.is_number() ? node.value<double>() : std::nullopt;
    if (!value || !(*value >= low && *value <= high))
      return wrong(node, key, fmt::format("a number from {} to {}", low, high));
    return *value;
  }
  [[nodiscard]] Result<const toml::node*> need(const char* key) {
    known_.emplace_back(key);
    const toml::node* node = table_.get(key);
    if (node == nullptr) return fail(ErrorCode::kBadInput, "{}: the key '{}' is missing", at(table_), path(key));
    return node;
  }

  const toml::table& table_;
  std::string file_, name_;
  std::vector<std::string> known_;
};

constexpr std::array<std::pair<std::string_view, EmulatorKind>, 3> kEmulatorNames{{
    {"qemu-arm", EmulatorKind::kQemuArm},
    {"qemu-riscv32", EmulatorKind::kQemuRiscV32},
    {"simavr", EmulatorKind::kSimavr},
}};

/// The value that `name` stands for in a list of pairs; kUnsupported lists what is known.
template <class List>
auto look_up(const List& list, const std::string& key, const std::string& name)
    -> Result<typename List::value_type::second_type> {
  std::vector<std::string_view> known;
  for (const auto& [text, value] : list) {
    if (text == name) return value;
    known.push_back(text);
  }
  return fail(ErrorCode::kUnsupported, "{} '{}' is not known; known: {}", key, name, fmt::join(known, ", "));
}

Result<Emulator> read_emulator(TableReader reader) {
  Emulator emulator;
  MOTE_TRY_ASSIGN(const std::string kind, reader.text("kind"));
  MOTE_TRY_ASSIGN(emulator.kind, look_up(kEmulatorNames, "emulator.kind", kind));
  MOTE_TRY_ASSIGN(emulator.machine, reader.text("machine"));
  MOTE_TRY_ASSIGN(emulator.flash_origin, reader.word("flash_origin"));
  MOTE_TRY_ASSIGN(emulator.ram_origin, reader.word("ram_origin"));
  if (reader.has("timer_address")) {
    MOTE_TRY_ASSIGN(emulator.timer_address, reader.word("timer_address"));
    MOTE_TRY_ASSIGN(emulator.timer_ticks_per_instruction, reader.number("timer_ticks_per_instruction", 1e-3, 1e6));
  }
  MOTE_TRY(reader.finish());
  return emulator;
}

Result<> read_identity(TableReader& root, Board& board) {
  MOTE_TRY_ASSIGN(const uint32_t version, root.word("schema_version"));
  if (version != 1)
    return fail(ErrorCode::kUnsupported, "schema_version {} is not known to this Mote; it reads version 1", version);
  MOTE_TRY_ASSIGN(board.name, root.text("name"));
  MOTE_TRY_ASSIGN(board.title, root.text("title"));
  MOTE_TRY_ASSIGN(board.chip, root.text("chip"));
  MOTE_TRY_ASSIGN(board.core_name, root.text("core"));
  MOTE_TRY_ASSIGN(board.core, look_up(kCoreNames, "core", board.core_name));
  return {};
}

Result<> read_tables(TableReader& root, Board& board) {
  MOTE_TRY_ASSIGN(TableReader compiler, root.table("compiler"));
  MOTE_TRY_ASSIGN(board.compiler_prefix, compiler.text("prefix"));
  MOTE_TRY_ASSIGN(board.compiler_flags, compiler.words("flags"));
  MOTE_TRY(compiler.finish());

  MOTE_TRY_ASSIGN(TableReader memory, root.table("memory"));
  MOTE_TRY_ASSIGN(board.flash_bytes, memory.figure("flash_bytes", 1024, 1e9));
  MOTE_TRY_ASSIGN(board.ram_bytes, memory.figure("ram_bytes", 256, 1e9));
  MOTE_TRY_ASSIGN(board.stack_reserve_bytes, memory.word("stack_reserve_bytes"));
  if (board.stack_reserve_bytes % 8 != 0 || board.stack_reserve_bytes < 128)
    return fail(ErrorCode::kBadInput, "memory.stack_reserve_bytes is {}; it must be a multiple of 8, 128 or more",
                board.stack_reserve_bytes);
  MOTE_TRY(memory.finish());

  MOTE_TRY_ASSIGN(TableReader speed, root.table("speed"));
  MOTE_TRY_ASSIGN(board.clock_mhz, speed.figure("clock_mhz", 0.001, 10000));
  MOTE_TRY_ASSIGN(board.flash_wait_states, speed.optional_figure("flash_wait_states", 0, 100));
  MOTE_TRY_ASSIGN(board.memory_factor, speed.optional_figure("memory_factor", 0.1, 100));
  MOTE_TRY(speed.finish());

  if (root.has("power")) {
    MOTE_TRY_ASSIGN(TableReader power, root.table("power"));
    MOTE_TRY_ASSIGN(board.voltage_v, power.optional_figure("voltage_v", 0.1, 100));
    MOTE_TRY_ASSIGN(board.active_ma, power.optional_figure("active_ma", 1e-6, 1e5));
    MOTE_TRY_ASSIGN(board.sleep_ua, power.optional_figure("sleep_ua", 0, 1e8));
    MOTE_TRY(power.finish());
  }
  if (root.has("emulator")) {
    MOTE_TRY_ASSIGN(TableReader emulator, root.table("emulator"));
    MOTE_TRY_ASSIGN(board.emulator, read_emulator(std::move(emulator)));
  }
  if (root.has("stand_in")) {
    MOTE_TRY_ASSIGN(TableReader stand_in, root.table("stand_in"));
    board.stand_in.emplace();
    MOTE_TRY_ASSIGN(board.stand_in->board, stand_in.text("board"));
    MOTE_TRY_ASSIGN(board.stand_in->cycles_factor, stand_in.figure("cycles_factor", 1e-3, 1e3));
    MOTE_TRY(stand_in.finish());
  }
  return {};
}

}  // namespace

std::string_view name_of(EmulatorKind kind) {
  return std::find_if(kEmulatorNames.begin(), kEmulatorNames.end(), [&](const auto& n) { return n.second == kind; })
      ->first;
}

Result<Board> parse_board(std::string_view text, const std::string& where) {
  toml::table table;
  try {
    table = toml::parse(text, where);
  } catch (const toml::parse_error& error) {  // the library offers no other way in its compiled form
    return fail(ErrorCode::kBadInput, "{}:{}:{}: {}", where, error.source().begin.line, error.source().begin.column,
                error.description());
  }
  TableReader root(table, where, "");
  Board board;
  const auto filled = [&]() -> Result<> {
    MOTE_TRY(read_identity(root, board));
    MOTE_TRY(read_tables(root, board));
    return root.finish();
  }();
  if (!filled) {
    Error error = filled.error();
    return fail(error.message.starts_with(where) ? std::move(error) : std::move(error).in(where));
  }
  return board;
}

}  // namespace mote
