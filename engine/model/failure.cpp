#include <algorithm>
#include <array>
#include <cctype>

#include "engine/model/enum_names.h"
#include "engine/model/plan.h"

namespace pland::engine {
namespace {

constexpr EnumNames<FailureClass, 9> kClasses{{{FailureClass::none, "none"},
                                               {FailureClass::transient, "transient"},
                                               {FailureClass::permanent, "permanent"},
                                               {FailureClass::resource, "resource"},
                                               {FailureClass::merge_conflict, "merge_conflict"},
                                               {FailureClass::validation, "validation"},
                                               {FailureClass::timeout, "timeout"},
                                               {FailureClass::cancelled, "cancelled"},
                                               {FailureClass::unknown, "unknown"}}};

// What the C library (strerror), curl, git, npm, pip and cargo say, in lower case.
constexpr std::array<std::string_view, 6> kOutOfResources{"no space left on device", "cannot allocate memory",
                                                          "out of memory",           "too many open files",
                                                          "disk quota exceeded",     "std::bad_alloc"};
constexpr std::array<std::string_view, 15> kMayPass{
    "connection refused",      "connection reset",       "connection timed out", "could not resolve",
    "temporary failure",       "network is unreachable", "resource temporarily", "too many requests",
    "503 service unavailable", "service unavailable",    "database is locked",   "another git process",
    "could not get lock",      "gateway timeout",        "tls handshake timeout"};

template <std::size_t N>
bool says_any(const std::string& text, const std::array<std::string_view, N>& phrases) {
  return std::any_of(phrases.begin(), phrases.end(),
                     [&](std::string_view phrase) { return text.find(phrase) != std::string::npos; });
}

}  // namespace

std::string_view to_string(FailureClass failure_class) {
  return enum_name(kClasses, failure_class);
}
Result<FailureClass> parse_failure_class(std::string_view text) {
  return parse_enum(kClasses, "failure class", text);
}

FailureClass classify(FailureKind kind, std::optional<int> exit_code, std::optional<int> signal,
                      std::string_view output_tail) {
  switch (kind) {
    case FailureKind::none:
      return FailureClass::none;
    case FailureKind::check_failed:
      return FailureClass::validation;
    case FailureKind::timed_out:
    case FailureKind::idle:
      return FailureClass::timeout;
    case FailureKind::missing_command:
    case FailureKind::tool_failed:
    case FailureKind::dependency:
    case FailureKind::guard:
    case FailureKind::children:  // they had attempts of their own
      return FailureClass::permanent;
    case FailureKind::conflict:
      return FailureClass::merge_conflict;
    case FailureKind::interrupted:
      return FailureClass::transient;
    case FailureKind::exit_code:
    case FailureKind::killed:
    case FailureKind::setup_failed:
    case FailureKind::internal:
      break;
  }
  std::string text(output_tail);
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  constexpr int kKill = 9;  // what the kernel sends when memory runs out
  if (says_any(text, kOutOfResources) || signal == kKill) return FailureClass::resource;
  constexpr int kTryAgain = 75;  // EX_TEMPFAIL of sysexits.h
  if (says_any(text, kMayPass) || exit_code == kTryAgain) return FailureClass::transient;
  return FailureClass::unknown;
}

bool is_retriable(FailureClass failure_class) {
  switch (failure_class) {
    case FailureClass::transient:
    case FailureClass::resource:
    case FailureClass::validation:
    case FailureClass::timeout:
    case FailureClass::unknown:
      return true;
    case FailureClass::none:
    case FailureClass::permanent:
    case FailureClass::merge_conflict:
    case FailureClass::cancelled:
      return false;
  }
  return false;
}

}  // namespace pland::engine
