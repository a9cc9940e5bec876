#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "boards/board.h"

namespace mote {

/// One published measurement on silicon, as a quotient that a model takes for constant.
struct CalibrationRow {
  std::string model;
  double ratio = 0;  ///< cycles per instruction, or milliwatts
};

struct Calibration {
  std::vector<CalibrationRow> rows;
  std::string source;

  /// Geometric mean of the rows, of which there must be one.
  [[nodiscard]] double mean() const;
};

/// Cycles per instruction on this core, from calibration/<core>.toml; no rows where nobody published any.
[[nodiscard]] Result<Calibration> cycle_calibration(Core core);

/// Milliwatts of one chip across networks, from calibration/power.toml.
[[nodiscard]] Result<Calibration> power_calibration();

/// Each row predicted by the geometric mean of all others: the error a new network may see.
struct LeaveOneOut {
  std::vector<double> errors_pct;  ///< predicted over published, less one, in percent
  double worst_pct = 0;            ///< largest absolute error; this is what is printed
};

/// Needs two rows or more.
[[nodiscard]] Result<LeaveOneOut> leave_one_out(const Calibration& calibration);

}  // namespace mote
