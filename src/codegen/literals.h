#pragma once

#include <string>

#include "target/kernel.h"

namespace mote {

/// `text` as a C identifier in lower case: other characters become underscores, a leading digit gets one in front.
[[nodiscard]] std::string identifier(std::string_view text);
/// A C string literal.
[[nodiscard]] std::string string_literal(std::string_view text);
/// A float literal that reads back as the same number.
[[nodiscard]] std::string float_literal(float value);
/// "int8_t", "float", ...: the C type that stores elements of this dtype (bytes for int4).
[[nodiscard]] std::string_view c_type(DType dtype);
/// The constant's elements, comma-separated, in lines of at most 110 characters.
[[nodiscard]] std::string elements_literal(const Constant& constant);
/// A braced initializer of the call's parameter struct, each field with its name in a comment.
[[nodiscard]] std::string parameters_literal(const KernelCall& call);

}  // namespace mote
