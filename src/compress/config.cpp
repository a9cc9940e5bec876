#include "compress/config.h"

#include "data/toml_reader.h"

namespace mote {

namespace {
std::string_view method_name(CalibrationMethod method) {
  switch (method) {
    case CalibrationMethod::kMinMax:
      break;
    case CalibrationMethod::kPercentile:
      return "percentile";
    case CalibrationMethod::kMse:
      return "mse";
    case CalibrationMethod::kEntropy:
      return "entropy";
  }
  return "minmax";
}
}  // namespace

Result<QuantizeSection> quantize_section(const toml::table& section, std::string_view file) {
  using enum CalibrationMethod;
  QuantizeSection c;
  TomlReader r(section, "quantize", file);
  r.choice("calibration", c.calibration.method,
           {{"minmax", kMinMax}, {"percentile", kPercentile}, {"mse", kMse}, {"entropy", kEntropy}});
  r.number("percentile", c.calibration.percentile, 50.001, 100);
  r.count("windows", c.windows);
  r.flag("per_channel_dense", c.quantize.per_channel_dense);
  r.flag("float_inputs", c.quantize.float_inputs);
  r.flag("float_outputs", c.quantize.float_outputs);
  MOTE_TRY(r.finish());
  return c;
}

nlohmann::json to_json(const QuantizeSection& c) {
  return {{"calibration", method_name(c.calibration.method)},
          {"percentile", c.calibration.percentile},
          {"windows", c.windows},
          {"per_channel_dense", c.quantize.per_channel_dense},
          {"float_inputs", c.quantize.float_inputs},
          {"float_outputs", c.quantize.float_outputs}};
}

}  // namespace mote
