#pragma once

#include <fmt/format.h>

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace mote {

/// What went wrong, for the program (code), for the reader (message) and where (context, outermost last).
enum class ErrorCode {
  kBadInput,     ///< a file or value of the user's is wrong
  kUnsupported,  ///< understood, but not something Mote does
  kDoesNotFit,   ///< the answer is no: a limit is exceeded
  kMissingTool,  ///< a compiler or emulator is not installed
  kIo,           ///< the operating system refused
  kInterrupted,  ///< the user asked to stop
  kInternal,     ///< Mote broke a promise of its own
};

/// An error says what was read, what was wrong and what to do.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;
  std::string context;

  /// The same error, seen from one level further out: `where` is put in front of the context.
  [[nodiscard]] Error in(std::string_view where) && {
    context = context.empty() ? std::string(where) : fmt::format("{}: {}", where, context);
    return std::move(*this);
  }
  [[nodiscard]] std::string text() const { return context.empty() ? message : fmt::format("{}: {}", context, message); }
};

template <class T = void>
using Result = tl::expected<T, Error>;

/// `return fail(ErrorCode::kBadInput, "line {}: {} is not a number", line, word);`
template <class... Args>
[[nodiscard]] tl::unexpected<Error> fail(ErrorCode code, fmt::format_string<Args...> format, Args&&... args) {
  return tl::unexpected<Error>(Error{code, fmt::format(format, std::forward<Args>(args)...), {}});
}
[[nodiscard]] inline tl::unexpected<Error> fail(Error error) {
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace mote

/// Leaves the function with the error of `expression`, a Result, or goes on.
#define MOTE_TRY(expression)                                                                                   \
  do {                                                                                                         \
    if (auto mote_result_ = (expression); !mote_result_) return ::mote::fail(std::move(mote_result_).error()); \
  } while (false)

/// Declares `declaration` from the value of `expression`, a Result, or leaves the function with its error.
#define MOTE_TRY_ASSIGN(declaration, expression) MOTE_TRY_ASSIGN_AT_(declaration, expression, __LINE__)
#define MOTE_TRY_ASSIGN_AT_(declaration, expression, line) MOTE_TRY_ASSIGN_NAMED_(declaration, expression, line)
#define MOTE_TRY_ASSIGN_NAMED_(declaration, expression, line)                          \
  auto mote_result_##line = (expression);                                              \
  if (!mote_result_##line) return ::mote::fail(std::move(mote_result_##line).error()); \
  declaration = std::move(*mote_result_##line)
