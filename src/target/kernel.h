#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "tensor/tensor.h"

namespace mote {

/// Reads the fields of a parameter struct one by one, in order of declaration.
class FieldReader {
 public:
  virtual ~FieldReader() = default;
  virtual void integer(std::string_view field, int64_t value) = 0;
  virtual void real(std::string_view field, float value) = 0;
  /// A nested struct: its fields follow, up to the matching `leave`.
  virtual void enter(std::string_view field) = 0;
  virtual void leave() = 0;

  template <class T>
  void operator()(std::string_view field, const T& value) {
    if constexpr (std::is_floating_point_v<T>) {
      real(field, value);
    } else if constexpr (std::is_integral_v<T>) {
      integer(field, static_cast<int64_t>(value));
    } else if constexpr (std::is_array_v<T>) {
      enter(field);
      for (const auto& element : value) (*this)("", element);
      leave();
    } else {
      enter(field);
      T::fields(*this, value);
      leave();
    }
  }
};

struct Access;  // target/access.h

/// One function of runtime/, as data: how generated code names it, how the host calls it, what its parameters hold.
struct Kernel {
  std::string_view name;  ///< the function in mote::rt; its header is mote/rt/<header>.h
  std::string_view header;
  std::string_view parameters;                 ///< the parameter struct in mote::rt
  std::span<const std::string_view> pointers;  ///< the type of each pointer argument: "const int8_t*"
  void (*run)(const void* parameters, void* const* operands);
  void (*read)(const void* parameters, FieldReader& reader);
  const Access* access = nullptr;  ///< how it walks through its memory; null: nothing is known
};

namespace internal {
template <class Parameters, class... Pointers, size_t... I>
void call(void (*function)(const Parameters&, Pointers...), const void* parameters, void* const* operands,
          std::index_sequence<I...>) {
  function(*static_cast<const Parameters*>(parameters), static_cast<Pointers>(operands[I])...);
}

template <class T>
constexpr std::string_view pointer_name() {
  if constexpr (std::is_same_v<T, const bool*>) return "const bool*";
  if constexpr (std::is_same_v<T, bool*>) return "bool*";
  if constexpr (std::is_same_v<T, const int8_t*>) return "const int8_t*";
  if constexpr (std::is_same_v<T, const void*>) return "const void*";
  if constexpr (std::is_same_v<T, int8_t*>) return "int8_t*";
  if constexpr (std::is_same_v<T, const uint8_t*>) return "const uint8_t*";
  if constexpr (std::is_same_v<T, uint8_t*>) return "uint8_t*";
  if constexpr (std::is_same_v<T, const int16_t*>) return "const int16_t*";
  if constexpr (std::is_same_v<T, int16_t*>) return "int16_t*";
  if constexpr (std::is_same_v<T, const uint16_t*>) return "const uint16_t*";
  if constexpr (std::is_same_v<T, uint16_t*>) return "uint16_t*";
  if constexpr (std::is_same_v<T, const int32_t*>) return "const int32_t*";
  if constexpr (std::is_same_v<T, int32_t*>) return "int32_t*";
  if constexpr (std::is_same_v<T, const int64_t*>) return "const int64_t*";
  if constexpr (std::is_same_v<T, int64_t*>) return "int64_t*";
  if constexpr (std::is_same_v<T, const float*>) return "const float*";
  if constexpr (std::is_same_v<T, float*>) return "float*";
  if constexpr (std::is_same_v<T, void*>) return "void*";
}

template <auto Function>
struct KernelTraits;
template <class P, class... Pointers, void (*Function)(const P&, Pointers...) noexcept>
struct KernelTraits<Function> {
  static constexpr std::array<std::string_view, sizeof...(Pointers)> kPointers{pointer_name<Pointers>()...};
  static void run(const void* parameters, void* const* operands) {
    call<P, Pointers...>(Function, parameters, operands, std::index_sequence_for<Pointers...>());
  }
  static void read(const void* parameters, FieldReader& reader) {
    P::fields(reader, *static_cast<const P*>(parameters));
  }
};
}  // namespace internal

/// Describes the runtime function `Function`, `void f(const Parameters&, pointers...) noexcept`.
template <auto Function>
constexpr Kernel describe_kernel(std::string_view name, std::string_view parameters, std::string_view header = {}) {
  using Traits = internal::KernelTraits<Function>;
  return {name, header.empty() ? name : header, parameters, Traits::kPointers, Traits::run, Traits::read, nullptr};
}

/// What a pointer argument of a call refers to, within the node that was lowered.
struct Operand {
  enum class Kind : uint8_t { kNone, kInput, kOutput, kConstant, kScratch, kState };
  Kind kind = Kind::kNone;  ///< kNone is a null pointer; kState an input that is read and written
  int32_t index = 0;

  static Operand input(int32_t i) { return {Kind::kInput, i}; }
  static Operand output(int32_t i) { return {Kind::kOutput, i}; }
  static Operand constant(int32_t i) { return {Kind::kConstant, i}; }
  static Operand scratch(int32_t i) { return {Kind::kScratch, i}; }
  static Operand state(int32_t i) { return {Kind::kState, i}; }
  friend bool operator==(const Operand&, const Operand&) = default;
};

/// One call of a kernel: the unit that the interpreter executes, code generation prints and the profiler counts.
struct KernelCall {
  const Kernel* kernel = nullptr;
  std::shared_ptr<const void> parameters;
  std::vector<Operand> operands;  ///< one a pointer argument, in order
  /// Of a kernel that is a template: "<18, 7>", as generated code writes it. The host runs one twin for all.
  std::string template_arguments;

  /// "conv2d_dense<18, 7>": as generated code calls it and as a profile shows it.
  [[nodiscard]] std::string name() const { return std::string(kernel->name) + template_arguments; }

  template <class Parameters>
  static KernelCall make(const Kernel& kernel, const Parameters& parameters, std::vector<Operand> operands) {
    return {&kernel, std::make_shared<Parameters>(parameters), std::move(operands), {}};
  }
};

/// Constant data of a lowered node.
struct Constant {
  std::string role;  ///< "weights", "bias", "factors", "table": part of its name in generated code
  DType dtype = DType::kInt8;
  std::vector<uint8_t> bytes;
  bool derived = false;  ///< a table computed from parameters, not the user's weights: counts as code

  template <class T>
  static Constant of(std::string role, DType dtype, std::span<const T> elements, bool derived = false) {
    const auto* begin = reinterpret_cast<const uint8_t*>(elements.data());
    return {std::move(role), dtype, {begin, begin + elements.size_bytes()}, derived};
  }
};

/// What lowering a node yields.
struct Lowered {
  std::vector<KernelCall> calls;  ///< in order; none if the output is the first input's memory under another shape
  std::vector<Constant> constants;
  std::vector<size_t> scratch;  ///< bytes of each scratch buffer, alive during the node
};

}  // namespace mote
