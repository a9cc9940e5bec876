#pragma once

#include <fmt/format.h>

#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

/// The sections of the page, each written from the record to the end of `page`; nothing is written where the record has
/// nothing to say.
namespace mote::report {

/// HTML in the making. Arguments of `add` that come from a record go through escape() first.
struct Page {
  std::string body;
  std::string contents;  ///< links to the sections so far

  template <class... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(body), format, std::forward<Args>(args)...);
  }
  /// A heading that the list of contents links to.
  void section(std::string_view id, std::string_view heading) {
    add("<section>\n<h2 id=\"{}\">{}</h2>\n", id, heading);
    fmt::format_to(std::back_inserter(contents), "<a href=\"#{}\">{}</a>\n", id, heading);
  }
  void end_section() { body += "</section>\n"; }
};

void answer(Page& page, const nlohmann::json& record);

void accuracy(Page& page, const nlohmann::json& record);
void training(Page& page, const nlohmann::json& record);
void confusion(Page& page, const nlohmann::json& record);
void subjects(Page& page, const nlohmann::json& record);
void regression(Page& page, const nlohmann::json& record);
void data(Page& page, const nlohmann::json& record);

void memory(Page& page, const nlohmann::json& record);
void speed(Page& page, const nlohmann::json& record);
void layers(Page& page, const nlohmann::json& record);
void arena(Page& page, const nlohmann::json& record);
void quantization(Page& page, const nlohmann::json& record);

void warnings(Page& page, const nlohmann::json& record);
void steps(Page& page, const nlohmann::json& record);

}  // namespace mote::report
