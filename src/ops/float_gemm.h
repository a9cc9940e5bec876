#pragma once

#include <cstdint>

namespace mote {

/// Small matrix products for training, row-major. Rows of a matrix start `a_step` (`b_step`, ...) elements apart; rows
/// of an operand that is only read may overlap, so that the windows of a convolution along time need no copy.
///
/// Every element is summed in an order that does not depend on the processor: wider registers change the speed, never
/// a bit of the result.

/// c[m][n] += sum over k of a[m][k] * b[k][n]. Rows of c may overlap too.
void multiply_add(int64_t m, int64_t n, int64_t k, const float* a, int64_t a_step, const float* b, int64_t b_step,
                  float* c, int64_t c_step);

/// c[k][n] += sum over m of a[m][k] * b[m][n]
void multiply_transposed_add(int64_t m, int64_t n, int64_t k, const float* a, int64_t a_step, const float* b,
                             int64_t b_step, float* c, int64_t c_step);

/// c[m][n] += sum over k of a[m][k] * b[n][k]
void multiply_by_transposed_add(int64_t m, int64_t n, int64_t k, const float* a, int64_t a_step, const float* b,
                                int64_t b_step, float* c, int64_t c_step);

}  // namespace mote
