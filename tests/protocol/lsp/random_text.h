// Texts with everything that makes positions hard: line ends of all kinds, one- to four-byte characters, and
// bytes that are no UTF-8.
#pragma once

#include <rapidcheck.h>

#include <string>
#include <vector>

namespace pland::lsp {

inline rc::Gen<std::string> random_text(bool valid_utf8 = false) {
  std::vector<std::string> pieces = {
      "a",       "bc",     "word and word", "\n",         "\r\n",        "\r",
      "\n",      " ",      "\u00e9",        "\u20ac",     "\U0001F600",  "\U00010400",
      "e\u0301", "\ufeff", "\uffff",        "\U0010FFFF", "0123456789ab"};
  if (!valid_utf8) {
    for (const char* bad :
         {"\xff", "\x80", "\xc0\x80", "\xe2\x82", "\xf0\x9f\x98", "\xed\xa0\x80", "\xf4\x90\x80\x80"}) {
      pieces.emplace_back(bad);
    }
  }
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(pieces)),
                      [](const std::vector<std::string>& chosen) {
                        std::string text;
                        for (const std::string& piece : chosen) text += piece;
                        return text;
                      });
}

}  // namespace pland::lsp
