#include "ops/blocks.h"

#include <algorithm>

namespace mote {

namespace {
constexpr int64_t kMostBlocks = 4096;

Result<> expect_image(Arguments inputs, int32_t block_size) {
  MOTE_TRY(expect_operands(inputs, 1, 1, "input"));
  if (inputs[0].type.shape.size() != 4 || block_size < 1)
    return fail(ErrorCode::kBadInput, "blocks of {} of an input of shape {}; four dimensions are expected", block_size,
                text(inputs[0].type.shape));
  return {};
}

/// The elements of `image` ([n][h][w][c]) in the order of the deep form [n][h/b][w/b][b][b][c], walked with both
/// sides' steps.
Copy deep_copy(const Shape& image, int32_t block, bool to_deep) {
  const std::vector<int64_t> steps = dense_steps(image);
  const int64_t b = block;
  const Shape extents{image[0], image[1] / block, image[2] / block, block, block, image[3]};
  const std::vector<int64_t> image_steps{steps[0], b * steps[1], b * steps[2], steps[1], steps[2], 1};
  const std::vector<int64_t> deep_steps = dense_steps(extents);
  return to_deep ? block_copy(Operand::input(0), Operand::output(0), extents, image_steps, deep_steps)
                 : block_copy(Operand::input(0), Operand::output(0), extents, deep_steps, image_steps);
}

/// A tensor in its spatial form and in the one whose batch holds the blocks.
struct BlockForms {
  Shape space;                         ///< [n][d0]...[rest]
  Shape batch;                         ///< [n * product of the blocks][d0 / block, padded]...[rest]
  std::vector<int32_t> block, before;  ///< by spatial dimension; what is put in front of it
  int64_t blocks = 1;                  ///< their product
  bool padded = false;
};

/// The block and paddings operands; the caller fills in the shapes.
Result<BlockForms> read_blocks(Arguments inputs, std::string_view what) {
  MOTE_TRY(expect_operands(inputs, 3, 3, what));
  BlockForms forms;
  MOTE_TRY_ASSIGN(forms.block, constant_integers(inputs, 1, "the blocks"));
  MOTE_TRY_ASSIGN(const std::vector<int32_t> around, constant_integers(inputs, 2, "the paddings or crops"));
  const Shape& input = inputs[0].type.shape;
  if (forms.block.empty() || forms.block.size() >= input.size() || around.size() != 2 * forms.block.size())
    return fail(ErrorCode::kBadInput, "{} blocks and {} paddings or crops for an input of shape {}", forms.block.size(),
                around.size(), text(input));
  for (size_t d = 0; d < forms.block.size(); ++d) {
    if (forms.block[d] < 1 || around[2 * d] < 0 || around[2 * d + 1] < 0)
      return fail(ErrorCode::kBadInput, "a block of {}, {} before and {} after along dimension {}", forms.block[d],
                  around[2 * d], around[2 * d + 1], d + 1);
    forms.before.push_back(around[2 * d]);
    forms.padded = forms.padded || around[2 * d] != 0 || around[2 * d + 1] != 0;
    forms.blocks *= forms.block[d];
    if (forms.blocks > kMostBlocks)
      return fail(ErrorCode::kUnsupported, "blocks of {} elements; at most {} are computed",
                  fmt::join(forms.block, "x"), kMostBlocks);
  }
  return forms;
}

/// One copy for each element of a block: the elements at its place in all blocks, from the one form to the other.
std::vector<Copy> block_copies(const BlockForms& forms, bool to_batch) {
  const std::vector<int64_t> space_steps = dense_steps(forms.space);
  const std::vector<int64_t> batch_steps = dense_steps(forms.batch);
  std::vector<Copy> copies;
  for (int64_t place = 0; place < forms.blocks; ++place) {
    Shape extents = forms.space;
    std::vector<int64_t> from_steps = space_steps;
    int64_t space_start = 0;
    int64_t batch_start = place * forms.space[0] * batch_steps[0];
    int64_t rest = place;
    bool empty = false;
    for (size_t d = forms.block.size(); d-- > 0;) {
      const int64_t block = forms.block[d];
      const int64_t offset = rest % block - forms.before[d];  // of block 0 in the spatial form
      rest /= block;
      const int64_t first = offset >= 0 ? 0 : (-offset + block - 1) / block;
      const int64_t room = forms.space[d + 1] - 1 - offset;
      const int64_t last = std::min<int64_t>(room < 0 ? -1 : room / block, forms.batch[d + 1] - 1);
      empty = empty || last < first;
      extents[d + 1] = static_cast<int32_t>(std::max<int64_t>(last - first + 1, 0));
      from_steps[d + 1] *= block;
      space_start += (first * block + offset) * space_steps[d + 1];
      batch_start += first * batch_steps[d + 1];
    }
    if (empty) continue;
    copies.push_back(to_batch ? block_copy(Operand::input(0), Operand::output(0), extents, from_steps, batch_steps,
                                           space_start, batch_start)
                              : block_copy(Operand::input(0), Operand::output(0), extents, batch_steps, from_steps,
                                           batch_start, space_start));
  }
  return copies;
}
}  // namespace

Result<Movement> SpaceToDepth::movement(Arguments inputs) const {
  MOTE_TRY(expect_image(inputs, block_size));
  const Shape& image = inputs[0].type.shape;
  const int64_t channels = int64_t{block_size} * block_size * image[3];
  if (image[1] % block_size != 0 || image[2] % block_size != 0 || channels > INT32_MAX)
    return fail(ErrorCode::kBadInput, "{} is not made of blocks of {}", text(image), block_size);
  return Movement{{{image[0], image[1] / block_size, image[2] / block_size, static_cast<int32_t>(channels)}},
                  {deep_copy(image, block_size, true)}};
}

std::vector<OpCase<SpaceToDepth>> SpaceToDepth::cases() {
  return {
      {"two", {{}, 2}, {{2, 4, 6, 3}}},
      {"three", {{}, 3}, {{1, 3, 6, 1}}},
  };
}

Result<Movement> DepthToSpace::movement(Arguments inputs) const {
  MOTE_TRY(expect_image(inputs, block_size));
  const Shape& deep = inputs[0].type.shape;
  const int64_t pixels = int64_t{block_size} * block_size;
  const int64_t longest = int64_t{std::max(deep[1], deep[2])} * block_size;
  if (deep[3] % pixels != 0 || longest > INT32_MAX)
    return fail(ErrorCode::kBadInput, "the channels of {} are not blocks of {}", text(deep), block_size);
  const Shape image{deep[0], deep[1] * block_size, deep[2] * block_size, static_cast<int32_t>(deep[3] / pixels)};
  return Movement{{image}, {deep_copy(image, block_size, false)}};
}

std::vector<OpCase<DepthToSpace>> DepthToSpace::cases() {
  return {
      {"two", {{}, 2}, {{2, 2, 3, 12}}},
      {"three", {{}, 3}, {{1, 1, 2, 9}}},
  };
}

Result<Movement> SpaceToBatchNd::movement(Arguments inputs) const {
  MOTE_TRY_ASSIGN(BlockForms forms, read_blocks(inputs, "input, block, paddings"));
  MOTE_TRY_ASSIGN(const std::vector<int32_t> around, constant_integers(inputs, 2, "the paddings"));
  forms.space = inputs[0].type.shape;
  forms.batch = forms.space;
  for (size_t d = 0; d < forms.block.size(); ++d) {
    const int64_t extent = int64_t{forms.space[d + 1]} + around[2 * d] + around[2 * d + 1];
    if (extent % forms.block[d] != 0)
      return fail(ErrorCode::kBadInput, "{} elements with paddings of {} and {} are not made of blocks of {}",
                  forms.space[d + 1], around[2 * d], around[2 * d + 1], forms.block[d]);
    forms.batch[d + 1] = static_cast<int32_t>(std::min<int64_t>(extent / forms.block[d], INT32_MAX));
  }
  forms.batch[0] = static_cast<int32_t>(std::min<int64_t>(forms.blocks * forms.batch[0], INT32_MAX));
  MOTE_TRY(checked_count(forms.batch));
  Movement movement{{forms.batch}, {}};
  if (forms.padded) movement.copies.push_back(fill_copy(Operand::output(0), forms.batch));
  std::ranges::move(block_copies(forms, true), std::back_inserter(movement.copies));
  return movement;
}

std::vector<OpCase<SpaceToBatchNd>> SpaceToBatchNd::cases() {
  return {
      {"plain", {}, {{2, 4, 6, 3}}, {{1, int32_tensor({2}, {2, 3})}, {2, int32_tensor({2, 2}, {0, 0, 0, 0})}}},
      {"padded", {}, {{1, 5, 4, 2}}, {{1, int32_tensor({2}, {2, 3})}, {2, int32_tensor({2, 2}, {2, 1, 1, 4})}}},
      {"time", {}, {{1, 7, 3}}, {{1, int32_tensor({1}, {4})}, {2, int32_tensor({1, 2}, {5, 0})}}},
  };
}

Result<Movement> BatchToSpaceNd::movement(Arguments inputs) const {
  MOTE_TRY_ASSIGN(BlockForms forms, read_blocks(inputs, "input, block, crops"));
  MOTE_TRY_ASSIGN(const std::vector<int32_t> around, constant_integers(inputs, 2, "the crops"));
  forms.batch = inputs[0].type.shape;
  forms.space = forms.batch;
  if (forms.batch[0] % forms.blocks != 0)
    return fail(ErrorCode::kBadInput, "a batch of {} does not hold blocks of {}", forms.batch[0],
                fmt::join(forms.block, "x"));
  forms.space[0] = static_cast<int32_t>(forms.batch[0] / forms.blocks);
  for (size_t d = 0; d < forms.block.size(); ++d) {
    const int64_t extent = int64_t{forms.batch[d + 1]} * forms.block[d] - around[2 * d] - around[2 * d + 1];
    if (extent < 1 || extent > INT32_MAX)
      return fail(ErrorCode::kBadInput, "crops of {} and {} leave nothing of {} blocks of {}", around[2 * d],
                  around[2 * d + 1], forms.batch[d + 1], forms.block[d]);
    forms.space[d + 1] = static_cast<int32_t>(extent);
  }
  MOTE_TRY(checked_count(forms.space));
  return Movement{{forms.space}, block_copies(forms, false)};
}

std::vector<OpCase<BatchToSpaceNd>> BatchToSpaceNd::cases() {
  return {
      {"plain", {}, {{12, 2, 3, 2}}, {{1, int32_tensor({2}, {2, 3})}, {2, int32_tensor({2, 2}, {0, 0, 0, 0})}}},
      {"cropped", {}, {{4, 3, 3, 2}}, {{1, int32_tensor({2}, {2, 2})}, {2, int32_tensor({2, 2}, {3, 1, 0, 2})}}},
      {"time", {}, {{4, 3, 3}}, {{1, int32_tensor({1}, {4})}, {2, int32_tensor({1, 2}, {5, 0})}}},
  };
}

}  // namespace mote
