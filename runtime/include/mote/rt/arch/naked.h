/// For functions that are wholly assembly: the compiler adds nothing to them, and knows of their registers only what
/// the procedure call standard says.
#pragma once

#if defined(__clang__)
#define MOTE_RT_NAKED __attribute__((naked, noinline))
#else
#define MOTE_RT_NAKED __attribute__((naked, noinline, noipa))
#endif
