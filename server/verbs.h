// The verbs of a plan's life: ONE table binds each to the request `pland/<verb>`, the command `pland.<verb>`
// (one argument: the request's params; works or refuses politely without) and the command line `pland
// <verb>`.
//
// Params are read with the JSON path of what is wrong (InvalidParams); what the engine refuses becomes
// RequestFailed with the reason, the remedy and its context as `data`. README.md documents every row; a test
// compares both ways.
#pragma once

#include <asio/awaitable.hpp>
#include <functional>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "protocol/jsonrpc/ordering.h"
#include "protocol/jsonrpc/outcome.h"
#include "server/verb_host.h"

namespace pland::server {

using Json = nlohmann::json;
using Answer = jsonrpc::Outcome<Json>;

/// One argument of `pland <verb>` and the member of the params that it fills.
struct CliArgument {
  enum class Kind {
    target,  ///< positional: a plan file (fills `uri`) or an id (fills `planId` or `subplanId`)
    text,    ///< positional or option with a text
    number,  ///< option with a whole number
    flag,    ///< option without a value
    list,    ///< positional: any number of texts
  };
  Kind kind;
  std::string_view name;    ///< "--replace", or "CHECKPOINT" for a positional
  std::string_view member;  ///< of the params; of `target`: empty
  std::string_view help;
  bool required = false;
};

/// What a person must agree to before a verb may run.
struct Question {
  std::vector<std::string> lines;  ///< the first asks, the second says what it costs; none: nothing to ask
  Json stakes;                     ///< what the consent is worth for; when it changes, so does the question
};

enum class Consent { yes, no, cannot_ask, withdrawn };

/// Puts a question to the person behind a call. May take for ever, so it must keep nothing else waiting.
using Ask = std::function<asio::awaitable<Consent>(std::vector<std::string> lines)>;

struct Verb {
  std::string_view name;
  std::string_view help;  ///< one line
  jsonrpc::HandlerKind kind;
  asio::awaitable<Answer> (*run)(VerbHost& host, Json params);  ///< called by run_verb
  std::vector<std::string_view> (*members)();                   ///< the params it knows
  std::span<const CliArgument> arguments;
  std::string (*render)(const Json& answer);  ///< for people at a terminal
  /// Null where nothing is asked. Changes nothing.
  asio::awaitable<jsonrpc::Outcome<Question>> (*question)(VerbHost& host, Json params) = nullptr;
  bool runs_work = false;     ///< starts subplans: the command line waits until they have settled
  bool needs_project = true;  ///< the command line opens the project first; false: works beside another pland
  /// Whether an answer is exit code 0 on the command line; null: always.
  bool (*is_success)(const Json& answer) = nullptr;
};

std::span<const Verb> verbs();
/// Null for an unknown name.
const Verb* find_verb(std::string_view name);

/// Runs the verb, after its question has been asked and agreed to. Errors of its own: InvalidParams for a
/// member that the verb does not know, with the known ones; RequestFailed without consent, or when the
/// consent came too late; RequestCancelled when the call was withdrawn while it asked. `ask` must outlive the
/// run.
asio::awaitable<Answer> run_verb(const Verb& verb, VerbHost& host, Json params, const Ask& ask);

/// The engine's error as it goes on the wire.
jsonrpc::ResponseError response_error(const engine::Error& error);

}  // namespace pland::server
