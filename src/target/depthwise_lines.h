#pragma once

#include "target/walks.h"

namespace mote {

/// How depthwise kernels walk that compute lines of outputs along one of both axes. Parameters have batches, along,
/// across, input_along, input_across and channels, as rt::Depthwise3x3; perhaps a multiplier.
namespace depthwise_lines {

/// Whether lines run along the rows' axis, down the image.
template <class Parameters>
bool runs_down(const Parameters& p) {
  return p.input_along > p.input_across || (p.input_along == p.input_across && p.across.input == 1);
}

template <class Parameters>
int32_t multiplier_of(const Parameters& p) {
  if constexpr (requires { p.multiplier; })
    return p.multiplier;
  else
    return 1;
}

/// All inputs before the first output.
template <class Parameters>
void whole(const Parameters& p, const StepVisitor& visit) {
  const int64_t inputs = int64_t{p.along.input} * p.across.input * p.channels;
  const int64_t outputs = int64_t{p.along.output} * p.across.output * p.channels * multiplier_of(p);
  visit({0, p.batches * inputs, p.batches * outputs});
}

/// Groups of channels pass over the whole image one after the other, but a channel of one output meets only itself
/// where input and output lie whole pixels apart; one that runs down, where they lie whole rows apart. Lines are read
/// once, as `kLines` says.
template <class Parameters, void (*kLines)(const walks::Windows&, const StepVisitor&)>
void steps(const void* parameters, size_t, const StepVisitor& visit) {
  const auto& p = *static_cast<const Parameters*>(parameters);
  if (p.batches != 1 || multiplier_of(p) != 1 || (runs_down(p) && p.across.input != p.across.output))
    return whole(p, visit);
  if (runs_down(p)) return visit({0, int64_t{p.along.input} * p.across.input * p.channels, 0});
  kLines({1, p.across, p.along, p.channels, p.channels, p.channels}, visit);
}

template <class Parameters>
int64_t grain(const void* parameters) {
  const auto& p = *static_cast<const Parameters*>(parameters);
  return p.channels * (runs_down(p) ? int64_t{p.across.input} : 1);
}

template <class Parameters>
inline constexpr RowSlices kRows{[](const void* parameters) {
                                   const auto& p = *static_cast<const Parameters*>(parameters);
                                   const bool is_one_pixel = p.along.input == 1 && p.across.input == 1;
                                   return walks::heights(is_one_pixel ? 0 : p.batches,
                                                         runs_down(p) ? p.along : p.across);
                                 },
                                 [](const void* parameters, const RowRange& outputs) {
                                   const auto& p = *static_cast<const Parameters*>(parameters);
                                   return walks::rows_needed(runs_down(p) ? p.along : p.across, outputs);
                                 },
                                 [](const void* parameters, int32_t, const RowRange& outputs, const RowRange& inputs) {
                                   Parameters result = *static_cast<const Parameters*>(parameters);
                                   rt::WindowAxis& rows = runs_down(result) ? result.along : result.across;
                                   rows = walks::sliced(rows, outputs, inputs);
                                   return walks::shared(result);
                                 }};

}  // namespace depthwise_lines

template <class Parameters>
inline constexpr Access kDepthwiseLines{depthwise_lines::steps<Parameters, walks::needed_rows_once>,
                                        &depthwise_lines::kRows<Parameters>, nullptr,
                                        depthwise_lines::grain<Parameters>};

/// The same, two lines of inputs at a time.
template <class Parameters>
inline constexpr Access kDepthwiseLinePairs{depthwise_lines::steps<Parameters, walks::row_pairs_once>,
                                            &depthwise_lines::kRows<Parameters>, nullptr,
                                            depthwise_lines::grain<Parameters>};

}  // namespace mote
