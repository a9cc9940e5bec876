#include "codegen/literals.h"

#include <fmt/format.h>

#include <cctype>
#include <cmath>
#include <cstring>

namespace mote {

namespace {

std::string integer_literal(int64_t value) {
  if (value == INT32_MIN) return "(-2147483647 - 1)";
  if (value == INT64_MIN) return "(-9223372036854775807 - 1)";
  return fmt::format("{}", value);
}

/// Prints the fields of a parameter struct as nested braces.
class BracePrinter : public FieldReader {
 public:
  void integer(std::string_view field, int64_t value) override { item(field, integer_literal(value)); }
  void real(std::string_view field, float value) override { item(field, float_literal(value)); }
  void enter(std::string_view field) override {
    item(field, "{");
    first_ = true;
  }
  void leave() override {
    text_ += "}";
    first_ = false;
  }
  [[nodiscard]] std::string text() const { return "{" + text_ + "}"; }

 private:
  void item(std::string_view field, std::string_view value) {
    if (!first_) text_ += ", ";
    first_ = false;
    if (!field.empty()) text_ += fmt::format("/*{}=*/", field);
    text_ += value;
  }

  std::string text_;
  bool first_ = true;
};

template <class T>
T element_at(const Constant& constant, size_t index) {
  T value;
  std::memcpy(&value, constant.bytes.data() + index * sizeof(T), sizeof(T));
  return value;
}

std::string element_literal(const Constant& constant, size_t index) {
  switch (constant.dtype) {
    case DType::kFloat32:
      return float_literal(element_at<float>(constant, index));
    case DType::kInt32:
      return integer_literal(element_at<int32_t>(constant, index));
    case DType::kInt64:
      return integer_literal(element_at<int64_t>(constant, index));
    case DType::kInt16:
      return integer_literal(element_at<int16_t>(constant, index));
    case DType::kFloat16:
      return integer_literal(element_at<uint16_t>(constant, index));
    case DType::kInt8:
      return integer_literal(element_at<int8_t>(constant, index));
    case DType::kUint8:
    case DType::kBool:
    case DType::kInt4:
      return integer_literal(element_at<uint8_t>(constant, index));
  }
  return {};
}

}  // namespace

std::string identifier(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    result += std::isalnum(u) != 0 ? static_cast<char>(std::tolower(u)) : '_';
  }
  if (result.empty()) result = "model";
  if (std::isdigit(static_cast<unsigned char>(result[0])) != 0) result.insert(0, "_");
  return result;
}

std::string string_literal(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      result += fmt::format("\\{}", c);
    else if (u < 0x20 || u >= 0x7f)
      result += fmt::format("\\{:03o}", u);
    else
      result += c;
  }
  return result + "\"";
}

std::string float_literal(float value) {
  if (std::isnan(value)) return "__builtin_nanf(\"\")";
  if (std::isinf(value)) return value > 0 ? "__builtin_inff()" : "-__builtin_inff()";
  std::string result = fmt::format("{:.9g}", value);
  if (result.find_first_of(".e") == std::string::npos) result += ".0";
  return result + "f";
}

std::string_view c_type(DType dtype) {
  switch (dtype) {
    case DType::kFloat32:
      return "float";
    case DType::kInt32:
      return "int32_t";
    case DType::kInt64:
      return "int64_t";
    case DType::kInt16:
      return "int16_t";
    case DType::kFloat16:
      return "uint16_t";
    case DType::kInt8:
      return "int8_t";
    case DType::kUint8:
    case DType::kBool:
    case DType::kInt4:
      return "uint8_t";
  }
  return "uint8_t";
}

std::string elements_literal(const Constant& constant) {
  constexpr size_t kLineWidth = 110;
  const size_t width = constant.dtype == DType::kInt4 ? 1 : static_cast<size_t>(bits(constant.dtype)) / 8;
  std::string result, line;
  for (size_t i = 0; i < constant.bytes.size() / width; ++i) {
    const std::string element = element_literal(constant, i) + ",";
    if (line.size() + element.size() > kLineWidth) {
      result += "    " + line + "\n";
      line.clear();
    }
    line += element;
  }
  return result + "    " + line + "\n";
}

std::string parameters_literal(const KernelCall& call) {
  BracePrinter printer;
  call.kernel->read(call.parameters.get(), printer);
  return printer.text();
}

}  // namespace mote
