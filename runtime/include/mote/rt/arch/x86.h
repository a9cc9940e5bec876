/// The compiler's intrinsics for x86-64.
#pragma once

#if defined(__x86_64__) && defined(__GNUC__)

#pragma GCC diagnostic push
#if !defined(__clang__)  // gcc 12 takes the "undefined" vectors inside of intrinsics for uninitialized ones
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>
#pragma GCC diagnostic pop

#endif
