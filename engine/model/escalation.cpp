#include "engine/model/escalation.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

namespace pland::engine {
namespace {

constexpr double kSuccessWeight = 0.30;
constexpr double kFamiliarityWeight = 0.20;
constexpr double kRiskWeight = 0.30;
constexpr double kComplexityWeight = 0.20;
constexpr double kRounding = 1e6;

/// 0 to 1; no number counts as `worst`.
double share(double value, double worst) {
  if (std::isnan(value)) return worst;
  return value < 0 ? 0 : value > 1 ? 1 : value;
}

}  // namespace

double confidence(const ConfidenceFactors& factors) {
  const double sum = kSuccessWeight * share(factors.past_success_rate, 0) +
                     kFamiliarityWeight * share(factors.codebase_familiarity, 0) +
                     kRiskWeight * (1 - share(factors.risk_assessment, 1)) +
                     kComplexityWeight * (1 - share(factors.invariant_complexity, 1));
  return std::round(sum * kRounding) / kRounding;
}

EscalationDecision escalate(const AutomationProfile& profile, Step step, const ConfidenceFactors& factors) {
  EscalationDecision decision;
  decision.factors = factors;
  decision.confidence = confidence(factors);
  const double threshold = profile.thresholds[step];
  if (profile.safety.require_human_approval) {
    decision.explanation = fmt::format("profile '{}' requires a person's approval: asking before it may {}",
                                       profile.name, step_help(step));
    return decision;
  }
  decision.proceed = decision.confidence >= threshold;
  decision.explanation = fmt::format(
      "confidence {:.3g} is {} the {:.3g} that profile '{}' asks for ({}): {} {}", decision.confidence,
      decision.proceed ? "not below" : "below", threshold, profile.name, threshold_name(step),
      decision.proceed ? "going on to" : "asking before it may", step_help(step));
  return decision;
}

void SuccessHistory::record(const std::string& operation_type, bool succeeded) {
  Count& count = counts_[operation_type];
  ++(succeeded ? count.succeeded : count.failed);
}

double SuccessHistory::past_success_rate(std::string_view operation_type) const {
  const auto found = counts_.find(operation_type);
  const Count count = found == counts_.end() ? Count() : found->second;
  return static_cast<double>(count.succeeded + 1) / static_cast<double>(count.succeeded + count.failed + 2);
}

void to_json(nlohmann::json& json, const ConfidenceFactors& factors) {
  json = {{"past_success_rate", factors.past_success_rate},
          {"codebase_familiarity", factors.codebase_familiarity},
          {"risk_assessment", factors.risk_assessment},
          {"invariant_complexity", factors.invariant_complexity}};
}

void from_json(const nlohmann::json& json, ConfidenceFactors& factors) {
  json.at("past_success_rate").get_to(factors.past_success_rate);
  json.at("codebase_familiarity").get_to(factors.codebase_familiarity);
  json.at("risk_assessment").get_to(factors.risk_assessment);
  json.at("invariant_complexity").get_to(factors.invariant_complexity);
}

void to_json(nlohmann::json& json, const EscalationDecision& decision) {
  json = {{"proceed", decision.proceed},
          {"confidence", decision.confidence},
          {"factors", decision.factors},
          {"explanation", decision.explanation}};
}

void from_json(const nlohmann::json& json, EscalationDecision& decision) {
  json.at("proceed").get_to(decision.proceed);
  json.at("confidence").get_to(decision.confidence);
  json.at("factors").get_to(decision.factors);
  json.at("explanation").get_to(decision.explanation);
}

void to_json(nlohmann::json& json, const SuccessHistory& history) {
  json = nlohmann::json::object();
  for (const auto& [type, count] : history.counts()) {
    json[type] = {{"succeeded", count.succeeded}, {"failed", count.failed}};
  }
}

void from_json(const nlohmann::json& json, SuccessHistory& history) {
  history.counts_.clear();
  for (const auto& [type, count] : json.items()) {
    history.counts_[type] = {count.at("succeeded").get<std::int64_t>(),
                             count.at("failed").get<std::int64_t>()};
  }
}

}  // namespace pland::engine
