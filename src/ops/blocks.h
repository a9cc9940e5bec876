#pragma once

#include "ops/movement.h"

namespace mote {

/// Blocks of `block_size` x `block_size` pixels become the channels of one: [n][h][w][c] to
/// [n][h / block][w / block][block * block * c]. Operand: input.
struct SpaceToDepth : MovementOp<SpaceToDepth> {
  int32_t block_size = 0;

  static constexpr std::string_view kName = "space_to_depth";
  static constexpr TfliteName kTflite{26, 19};

  template <class Visitor>
  void fields(Visitor&& visit) {
    visit(0, "block_size", block_size);
  }

  [[nodiscard]] Result<Movement> movement(Arguments inputs) const;
  [[nodiscard]] static std::vector<OpCase<SpaceToDepth>> cases();
  friend bool operator==(const SpaceToDepth&, const SpaceToDepth&) = default;
};

/// The way back of SpaceToDepth. Operand: input.
struct DepthToSpace : MovementOp<DepthToSpace> {
  int32_t block_size = 0;

  static constexpr std::string_view kName = "depth_to_space";
  static constexpr TfliteName kTflite{5, 94};

  template <class Visitor>
  void fields(Visitor&& visit) {
    visit(0, "block_size", block_size);
  }

  [[nodiscard]] Result<Movement> movement(Arguments inputs) const;
  [[nodiscard]] static std::vector<OpCase<DepthToSpace>> cases();
  friend bool operator==(const DepthToSpace&, const DepthToSpace&) = default;
};

/// Every block-th element along the spatial dimensions (those behind the batch) goes to a batch of its own, after zeros
/// were put around. Operands: input, block (constant, [spatial dimensions]), paddings (constant, [spatial][before,
/// after]).
struct SpaceToBatchNd : MovementOp<SpaceToBatchNd> {
  static constexpr std::string_view kName = "space_to_batch_nd";
  static constexpr TfliteName kTflite{38, 25};

  [[nodiscard]] Result<Movement> movement(Arguments inputs) const;
  [[nodiscard]] static std::vector<OpCase<SpaceToBatchNd>> cases();
  friend bool operator==(const SpaceToBatchNd&, const SpaceToBatchNd&) = default;
};

/// The way back of SpaceToBatchNd; what was put around is cut off. Operands: input, block, crops (as the paddings
/// there).
struct BatchToSpaceNd : MovementOp<BatchToSpaceNd> {
  static constexpr std::string_view kName = "batch_to_space_nd";
  static constexpr TfliteName kTflite{37, 24};

  [[nodiscard]] Result<Movement> movement(Arguments inputs) const;
  [[nodiscard]] static std::vector<OpCase<BatchToSpaceNd>> cases();
  friend bool operator==(const BatchToSpaceNd&, const BatchToSpaceNd&) = default;
};

}  // namespace mote
