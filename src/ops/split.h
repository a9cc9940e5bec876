#pragma once

#include "ops/movement.h"

namespace mote {

/// The input cut into equal parts along an axis. Operands: axis (constant, one element), input.
struct SplitEvenly : MovementOp<SplitEvenly, 1> {
  int32_t num_splits = 0;

  static constexpr std::string_view kName = "split";
  static constexpr TfliteName kTflite{49, 35};

  template <class Visitor>
  void fields(Visitor&& visit) {
    visit(0, "num_splits", num_splits);
  }

  [[nodiscard]] Result<Movement> movement(Arguments inputs) const;
  [[nodiscard]] static std::vector<OpCase<SplitEvenly>> cases();
  friend bool operator==(const SplitEvenly&, const SplitEvenly&) = default;
};

/// The input cut into parts of given extents along an axis. Operands: input, extents (constant; one may be -1: what is
/// left), axis (constant).
struct SplitV : MovementOp<SplitV> {
  int32_t num_splits = 0;

  static constexpr std::string_view kName = "split_v";
  static constexpr TfliteName kTflite{102, 79};

  template <class Visitor>
  void fields(Visitor&& visit) {
    visit(0, "num_splits", num_splits);
  }

  [[nodiscard]] Result<Movement> movement(Arguments inputs) const;
  [[nodiscard]] static std::vector<OpCase<SplitV>> cases();
  friend bool operator==(const SplitV&, const SplitV&) = default;
};

/// The input cut into its elements along an axis, which goes. Operand: input.
struct Unpack : MovementOp<Unpack> {
  int32_t num = 0;
  int32_t axis = 0;

  static constexpr std::string_view kName = "unpack";
  static constexpr TfliteName kTflite{88, 64};

  template <class Visitor>
  void fields(Visitor&& visit) {
    visit(0, "num", num);
    visit(1, "axis", axis);
  }

  [[nodiscard]] Result<Movement> movement(Arguments inputs) const;
  [[nodiscard]] static std::vector<OpCase<Unpack>> cases();
  friend bool operator==(const Unpack&, const Unpack&) = default;
};

/// The inputs one behind the other along an axis; other extents are equal. Any number of operands.
struct Concatenation : MovementOp<Concatenation> {
  int32_t axis = 0;
  Activation fused_activation = Activation::kNone;  ///< neither reference computes any here

  static constexpr std::string_view kName = "concatenation";
  static constexpr TfliteName kTflite{2, 10};

  template <class Visitor>
  void fields(Visitor&& visit) {
    visit(0, "axis", axis);
    visit(1, "activation", fused_activation);
  }

  [[nodiscard]] Result<Movement> movement(Arguments inputs) const;
  [[nodiscard]] QuantizationRule quantization(Arguments inputs) const;
  [[nodiscard]] static std::vector<OpCase<Concatenation>> cases();
  friend bool operator==(const Concatenation&, const Concatenation&) = default;
};

/// Inputs of one shape side by side along a new axis. As many operands as `values_count` says.
struct Pack : MovementOp<Pack> {
  int32_t values_count = 0;
  int32_t axis = 0;

  static constexpr std::string_view kName = "pack";
  static constexpr TfliteName kTflite{83, 59};

  template <class Visitor>
  void fields(Visitor&& visit) {
    visit(0, "values_count", values_count);
    visit(1, "axis", axis);
  }

  [[nodiscard]] Result<Movement> movement(Arguments inputs) const;
  [[nodiscard]] QuantizationRule quantization(Arguments inputs) const;
  [[nodiscard]] static std::vector<OpCase<Pack>> cases();
  friend bool operator==(const Pack&, const Pack&) = default;
};

}  // namespace mote
