#include "tests/conformance/progress_ledger.h"

namespace pland::conformance {

void ProgressLedger::create(const Json& token, const Report& report) {
  const auto [entry, is_new] =
      tokens_.try_emplace(token.dump(), Token{Origin::server, false, false, false, 0, {}, {}});
  if (!is_new) report(Check::reused_progress_token, "params.token", token.dump() + " has been used before");
}

void ProgressLedger::answered(const Json& token, bool accepted) {
  const auto found = tokens_.find(token.dump());
  if (found != tokens_.end()) found->second.accepted = accepted;
}

void ProgressLedger::client_request(const Json& params, const std::string& method) {
  auto note = [&](const char* key, Origin origin) {
    if (!params.is_object() || !params.contains(key)) return;
    tokens_[params.at(key).dump()] = Token{origin, true, false, false, 0, {}, method};
  };
  note("workDoneToken", Origin::client_work_done);
  note("partialResultToken", Origin::client_partial);
}

void ProgressLedger::client_request_replied(const Json& params, const Report& report) {
  if (!params.is_object()) return;
  for (const char* key : {"workDoneToken", "partialResultToken"}) {
    if (!params.contains(key)) continue;
    Token& token = tokens_.at(params.at(key).dump());
    if (token.begun && !token.ended) {
      report(Check::progress_not_ended, "",
             "\"" + token.title + "\" is still running, and its token dies with the reply");
    }
    token.ended = true;
  }
}

bool ProgressLedger::from_client(const Json& token) const {
  const auto found = tokens_.find(token.dump());
  return found != tokens_.end() && found->second.origin != Origin::server;
}

std::string ProgressLedger::partial_result_of(const Json& token) const {
  const auto found = tokens_.find(token.dump());
  const bool partial = found != tokens_.end() && found->second.origin == Origin::client_partial;
  return partial ? found->second.method : std::string();
}

void ProgressLedger::unknown(const Report& report) const {
  report(Check::unknown_progress_token, "params.token",
         "neither created by the server nor given by the client");
}

void ProgressLedger::partial(const Json& token, const Report& report) {
  if (tokens_.at(token.dump()).ended) {
    report(Check::progress_after_end, "params.token", "a partial result after the reply");
  }
}

void ProgressLedger::work_done(const Json& id, const Json& value, const Report& report) {
  Token& token = tokens_.at(id.dump());
  const std::string kind = value.at("kind");
  if (!token.accepted) {
    report(Check::progress_before_created, "params.token",
           "the client has not accepted the token " + id.dump());
    return;
  }
  if (token.ended) {
    report(Check::progress_after_end, "params.value.kind",
           kind + " after the end of \"" + token.title + "\"");
    return;
  }
  if (kind == "begin") {
    if (token.begun)
      report(Check::progress_begun_twice, "params.value.kind", "\"" + token.title + "\" is running");
    token.begun = true;
    token.title = value.at("title");
  } else if (!token.begun) {
    report(Check::progress_without_begin, "params.value.kind", kind + " before begin");
    token.begun = true;
  }
  if (kind == "end") token.ended = true;
  if (const auto found = value.find("percentage"); found != value.end()) {
    const double percentage = found->get<double>();
    if (percentage < token.percentage || percentage > 100) {
      report(Check::progress_backwards, "params.value.percentage",
             found->dump() + " after " + Json(token.percentage).dump());
    }
    token.percentage = percentage;
  }
}

void ProgressLedger::finish(const Report& report) const {
  for (const auto& [id, token] : tokens_) {
    if (token.begun && !token.ended) {
      report(Check::progress_not_ended, "", "\"" + token.title + "\" (token " + id + ") is still running");
    }
  }
}

}  // namespace pland::conformance
