#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/progress.h"
#include "base/result.h"

namespace mote::cli {

/// What every verb shares: how to speak to a person (stderr for news, stdout for the result) or to a script (--json).
struct Console {
  bool json = false;
  bool quiet = false;

  /// Progress as one line that is written over, on a terminal; silent elsewhere. Ctrl-C sets its stop flag.
  [[nodiscard]] Progress progress() const;
  /// Remarks and warnings to stderr.
  [[nodiscard]] Log log() const;
  /// The result: `text` for people or `object` for scripts.
  void result(const std::string& text, const nlohmann::json& object) const;
  /// An error to stderr; for scripts the one object on stdout is then {"error": {code, message}}.
  void failure(const Error& error) const;
  /// Empties stdout's buffer; kIo if not all of it could be written (a full disk behind a redirection).
  [[nodiscard]] Result<> finish() const;
};

/// The exit code that cli.md promises for an error: 1 bad input or failed work, 3 the answer is no.
[[nodiscard]] int exit_code(const Error& error);

}  // namespace mote::cli
