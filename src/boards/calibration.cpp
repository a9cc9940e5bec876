#include "boards/calibration.h"

#include <toml++/toml.h>
#include <algorithm>
#include <cmath>

#include "board_calibration_text.h"

namespace mote {

namespace {

Result<toml::table> read_embedded(const std::string& name) {
  for (const board_calibration_text::EmbeddedFile& file : board_calibration_text::files()) {
    if (file.name != name) continue;
    try {
      return toml::parse(file.content, name);
    } catch (const toml::parse_error& error) {
      return fail(ErrorCode::kInternal, "{}: {}", name, error.description());
    }
  }
  return fail(ErrorCode::kInternal, "the program was built without {}", name);
}

/// Rows of `name`, each turned into its quotient by `ratio_of(number)`, where number(key) reads a positive number.
template <class RatioOf>
Result<Calibration> read_calibration(const std::string& name, RatioOf ratio_of) {
  MOTE_TRY_ASSIGN(const toml::table table, read_embedded(name));
  Calibration calibration;
  calibration.source = table["source"].value_or(std::string());
  const toml::array* rows = table["rows"].as_array();
  if (rows == nullptr || calibration.source.empty())
    return fail(ErrorCode::kInternal, "{}: rows or source are missing", name);
  for (const toml::node& node : *rows) {
    const toml::table* row = node.as_table();
    bool whole = row != nullptr;
    const auto number = [&](const char* key) {
      const double value = whole ? (*row)[key].value_or(0.0) : 0.0;
      whole = whole && value > 0;
      return value;
    };
    const double ratio = ratio_of(number);
    if (!whole) return fail(ErrorCode::kInternal, "{}: a row is incomplete", name);
    calibration.rows.push_back({(*row)["model"].value_or(std::string()), ratio});
  }
  return calibration;
}

/// Geometric mean of all rows but `skip`.
double mean_without(const std::vector<CalibrationRow>& rows, size_t skip) {
  double sum = 0, count = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (i == skip) continue;
    sum += std::log(rows[i].ratio);
    ++count;
  }
  return std::exp(sum / count);
}

const char* file_of(Core core) {
  switch (core) {
    case Core::kCortexM0Plus:
      return "cortex_m0plus.toml";
    case Core::kCortexM4:
      return "cortex_m4.toml";
    case Core::kCortexM7:
      return "cortex_m7.toml";
    case Core::kCortexM33:
      return "cortex_m33.toml";
    default:
      return nullptr;
  }
}

}  // namespace

double Calibration::mean() const {
  return mean_without(rows, rows.size());
}

Result<Calibration> cycle_calibration(Core core) {
  const char* const name = file_of(core);
  if (name == nullptr) return Calibration{};
  return read_calibration(
      name, [](const auto& number) { return number("macs") * number("cycles_per_mac") / number("instructions"); });
}

Result<Calibration> power_calibration() {
  return read_calibration("power.toml", [](const auto& number) { return number("energy_uj") / number("latency_ms"); });
}

Result<LeaveOneOut> leave_one_out(const Calibration& calibration) {
  if (calibration.rows.size() < 2)
    return fail(ErrorCode::kUnsupported, "a leave-one-out error takes two rows or more, there are {}",
                calibration.rows.size());
  LeaveOneOut result;
  for (size_t i = 0; i < calibration.rows.size(); ++i) {
    const double error = 100 * (mean_without(calibration.rows, i) / calibration.rows[i].ratio - 1);
    result.errors_pct.push_back(error);
    result.worst_pct = std::max(result.worst_pct, std::abs(error));
  }
  return result;
}

}  // namespace mote
