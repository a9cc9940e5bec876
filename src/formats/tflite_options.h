#pragma once

#include <flatbuffers/flatbuffers.h>

#include <optional>
#include <vector>

#include "ops/all_ops.h"

namespace mote {

/// One attribute of an op that has a place in its option table.
struct OptionField {
  int slot;
  std::string_view name;
  uint8_t bytes;            ///< 1 (bool, enumeration) or 4 (int32, float)
  uint32_t value;           ///< the bits, zero-extended
  uint32_t schema_default;  ///< the bits that a reader takes if the field is left out
};

/// The fields of an op's option table that are numbers, in the order the op lists them. A list (a shape) is none of
/// them: it is read and written with the table.
[[nodiscard]] std::vector<OptionField> option_fields(const Op& op);

/// Sets an op's attributes from an option table; fields that are left out, or all if there is no table, have the
/// schema's defaults. Refuses values that Mote does not know by the attribute's name.
[[nodiscard]] Result<> read_options(const flatbuffers::Table* table, const flatbuffers::Verifier& verifier, Op& op);

/// Writes the option table; fields at the schema's default are left out.
[[nodiscard]] flatbuffers::uoffset_t write_options(flatbuffers::FlatBufferBuilder& builder, const Op& op);

[[nodiscard]] TfliteName tflite_name(const Op& op);

/// A default-constructed op for a code of the BuiltinOperator enumeration, if Mote has one.
[[nodiscard]] std::optional<Op> op_of_builtin(int32_t builtin);

/// "TILE" for 69; "unknown" for codes beyond those that are listed.
[[nodiscard]] std::string_view builtin_name(int32_t builtin);

}  // namespace mote
