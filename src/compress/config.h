#pragma once

#include <toml++/toml.h>
#include <nlohmann/json.hpp>
#include <string_view>

#include "compress/calibrate.h"
#include "compress/quantize.h"

namespace mote {

/// The section [quantize] of a project file.
struct QuantizeSection {
  CalibrationConfig calibration;
  size_t windows = 0;  ///< training windows to calibrate on, drawn evenly from all classes; 0: all
  QuantizeConfig quantize;
};

/// Unknown keys are refused with the nearest known one; every error gives file, line and column.
[[nodiscard]] Result<QuantizeSection> quantize_section(const toml::table& section, std::string_view file);

/// The same keys, for a model's metadata.
[[nodiscard]] nlohmann::json to_json(const QuantizeSection& section);

}  // namespace mote
