#include "formats/tflite_options.h"

#include <cstring>
#include <type_traits>

#include "formats/tflite_types.h"

namespace mote {

namespace {

/// Fields whose default in the schema is 1 (or true) instead of 0: option table, slot.
struct UnitDefault {
  int32_t options;
  int slot;
};
constexpr UnitDefault kUnitDefaults[] = {
    {1, 4},  {1, 5},   // Conv2DOptions: dilation of width and height
    {2, 5},  {2, 6},   // DepthwiseConv2DOptions: dilation of width and height
    {11, 1}, {28, 1},  // AddOptions, SubOptions: pot_scale_int16
};

uint32_t schema_default(int32_t options, int slot) {
  for (const UnitDefault& entry : kUnitDefaults)
    if (entry.options == options && entry.slot == slot) return 1;
  return 0;
}

/// How many values an enumeration of the op list has in files, from 0 on.
template <class T>
constexpr uint32_t enum_count() {
  if constexpr (std::is_same_v<T, Activation>) return 4;
  if constexpr (std::is_same_v<T, Padding> || std::is_same_v<T, MirrorMode>) return 2;
  return 0;
}

/// True for attributes that a field of an option table can hold.
template <class T>
constexpr bool storable() {
  return std::is_same_v<T, bool> || std::is_same_v<T, int32_t> || std::is_same_v<T, float> ||
         (std::is_enum_v<T> && sizeof(T) == 1);
}

template <class T>
uint32_t to_bits(const T& value) {
  uint32_t bits = 0;
  if constexpr (std::is_same_v<T, DType>)
    bits = static_cast<uint32_t>(code_of(value));
  else if constexpr (storable<T>())
    std::memcpy(&bits, &value, sizeof(T));
  return bits;
}

flatbuffers::voffset_t place(int slot) {
  return static_cast<flatbuffers::voffset_t>(4 + 2 * slot);
}

template <class T>
Result<> set_from_bits(uint32_t bits, std::string_view field, T& attribute) {
  if constexpr (std::is_same_v<T, bool>) {
    attribute = bits != 0;
  } else if constexpr (std::is_same_v<T, DType>) {
    const auto dtype = dtype_of_code(static_cast<int32_t>(bits));
    if (!dtype)
      return fail(ErrorCode::kUnsupported, "{} {} ({}) in the options is not supported", field, bits,
                  tensor_type_name(static_cast<int32_t>(bits)));
    attribute = *dtype;
  } else if constexpr (storable<T>()) {
    if constexpr (std::is_enum_v<T>)
      if (enum_count<T>() != 0 && bits >= enum_count<T>())
        return fail(ErrorCode::kUnsupported, "{} {} in the options is not supported; 0 to {} are", field, bits,
                    enum_count<T>() - 1);
    std::memcpy(&attribute, &bits, sizeof(T));
  } else {
    return fail(ErrorCode::kInternal, "attribute {} has a place in the option table, but no type that fits", field);
  }
  return {};
}

/// The bits of a stored field of `size` bytes, or `otherwise`; nothing if it lies outside the file.
std::optional<uint32_t> stored_bits(const flatbuffers::Table* table, const flatbuffers::Verifier& verifier, int slot,
                                    size_t size, uint32_t otherwise) {
  if (table == nullptr) return otherwise;
  if (size == 1) {
    if (!table->VerifyField<uint8_t>(verifier, place(slot), 1)) return std::nullopt;
    return table->GetField<uint8_t>(place(slot), static_cast<uint8_t>(otherwise));
  }
  if (!table->VerifyField<uint32_t>(verifier, place(slot), 4)) return std::nullopt;
  return table->GetField<uint32_t>(place(slot), otherwise);
}

using List = std::vector<int32_t>;
constexpr size_t kMostListed = 8;

Result<> read_list(const flatbuffers::Table* table, const flatbuffers::Verifier& verifier, int slot,
                   std::string_view field, List& list) {
  list.clear();
  if (table == nullptr || !table->CheckField(place(slot))) return {};
  if (!table->VerifyOffset(verifier, place(slot)))
    return fail(ErrorCode::kBadInput, "{} in the options lies outside the file; the file is damaged", field);
  const auto* stored = table->GetPointer<const flatbuffers::Vector<int32_t>*>(place(slot));
  if (!verifier.VerifyVector(stored) || !verifier.VerifyAlignment(reinterpret_cast<uintptr_t>(stored), 4) ||
      stored->size() > kMostListed)
    return fail(ErrorCode::kBadInput, "{} in the options lies outside the file or has more than {} entries", field,
                kMostListed);
  for (flatbuffers::uoffset_t i = 0; i < stored->size(); ++i) list.push_back(stored->Get(i));
  return {};
}

template <class T>
Result<> read_field(const flatbuffers::Table* table, const flatbuffers::Verifier& verifier, int32_t options, int slot,
                    std::string_view field, T& attribute) {
  if constexpr (std::is_same_v<T, List>) {
    return read_list(table, verifier, slot, field, attribute);
  } else {
    const auto bits = stored_bits(table, verifier, slot, sizeof(attribute), schema_default(options, slot));
    if (bits) return set_from_bits(*bits, field, attribute);
    return fail(ErrorCode::kBadInput, "{} in the options lies outside the file; the file is damaged", field);
  }
}

template <class T>
Result<> read_all(const flatbuffers::Table* table, const flatbuffers::Verifier& verifier, T& op) {
  Result<> result;
  if constexpr (requires { op.fields([](auto&&...) {}); })
    op.fields([&](int slot, std::string_view field, auto& attribute) {
      if (slot == kNoSlot || !result) return;
      result = read_field(table, verifier, T::kTflite.options, slot, field, attribute);
    });
  return result;
}

/// Calls visit(slot, name, attribute) for each attribute that has a place in the op's option table.
template <class Visit>
void for_each_option(const Op& op, Visit&& visit) {
  std::visit(
      [&](auto o) {
        if constexpr (requires { o.fields([](auto&&...) {}); })
          o.fields([&](int slot, std::string_view field, const auto& attribute) {
            if (slot != kNoSlot) visit(slot, field, attribute);
          });
      },
      op);
}

}  // namespace

std::vector<OptionField> option_fields(const Op& op) {
  std::vector<OptionField> fields;
  const int32_t options = tflite_name(op).options;
  for_each_option(op, [&]<class T>(int slot, std::string_view field, const T& attribute) {
    if constexpr (!std::is_same_v<T, List>)
      fields.push_back(
          {slot, field, static_cast<uint8_t>(sizeof(attribute)), to_bits(attribute), schema_default(options, slot)});
  });
  return fields;
}

Result<> read_options(const flatbuffers::Table* table, const flatbuffers::Verifier& verifier, Op& op) {
  return std::visit([&](auto& o) { return read_all(table, verifier, o); }, op);
}

flatbuffers::uoffset_t write_options(flatbuffers::FlatBufferBuilder& builder, const Op& op) {
  const std::vector<OptionField> fields = option_fields(op);
  std::vector<std::pair<int, flatbuffers::Offset<flatbuffers::Vector<int32_t>>>> lists;
  for_each_option(op, [&]<class T>(int slot, std::string_view, const T& attribute) {
    if constexpr (std::is_same_v<T, List>)
      if (!attribute.empty()) lists.emplace_back(slot, builder.CreateVector(attribute));
  });
  const flatbuffers::uoffset_t start = builder.StartTable();
  for (const auto& [slot, list] : lists) builder.AddOffset(place(slot), list);
  for (const uint8_t size : {uint8_t{4}, uint8_t{1}})  // wide fields first leave no gaps
    for (const OptionField& field : fields) {
      if (field.bytes != size || field.value == field.schema_default) continue;
      if (size == 4)
        builder.AddElement<uint32_t>(place(field.slot), field.value);
      else
        builder.AddElement<uint8_t>(place(field.slot), static_cast<uint8_t>(field.value));
    }
  return builder.EndTable(start);
}

TfliteName tflite_name(const Op& op) {
  return std::visit([](const auto& o) -> TfliteName { return o.kTflite; }, op);
}

std::optional<Op> op_of_builtin(int32_t builtin) {
  std::optional<Op> found;
  for_each_op([&]<class T>() {
    if (!found && T::kTflite.builtin == builtin && builtin >= 0) found = Op(T{});
  });
  return found;
}

}  // namespace mote
