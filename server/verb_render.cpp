#include "server/verb_render.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "server/wording.h"

namespace pland::server {
namespace {

std::string text_at(const Json& json, const char* key) {
  return json.value(key, std::string());
}

std::string subplan_line(const Json& subplan) {
  std::string line = fmt::format("  {:<12} {}", text_at(subplan, "state"), text_at(subplan, "name"));
  if (subplan.contains("filesChanged") && !subplan["filesChanged"].empty()) {
    line += "  " + count_text(subplan["filesChanged"].size(), "file");
  }
  if (subplan.contains("error")) line += "  " + text_at(subplan, "error");
  return line + "  (" + text_at(subplan, "subplanId") + ")\n";
}

std::string plan_text(const Json& plan) {
  std::string text = fmt::format("{}  {}/{}  ({})\n", text_at(plan, "name"), text_at(plan, "phase"),
                                 text_at(plan, "state"), text_at(plan, "planId"));
  for (const Json& subplan : plan["subplans"]) text += subplan_line(subplan);
  if (const auto open = plan["conflicts"]["open"].get<std::size_t>(); open > 0) {
    text += "  " + count_text(open, "open conflict") + "\n";
  }
  return text;
}

std::string files_text(const Json& files) {
  std::string text;
  for (const Json& file : files)
    text += fmt::format("  {:<9} {}\n", text_at(file, "action"), text_at(file, "file"));
  return text;
}

std::string conflict_line(const Json& conflict) {
  return fmt::format("{}  {}  {} ({} against {})  {}\n", text_at(conflict, "conflictId"),
                     text_at(conflict, "state"), text_at(conflict, "path"), text_at(conflict, "ours"),
                     text_at(conflict, "theirs"), text_at(conflict, "kind"));
}

}  // namespace

std::string render_spawned(const Json& answer) {
  std::string text = "plan " + text_at(answer, "planId") + "\n";
  for (const Json& child : answer["children"]) text += subplan_line(child);
  return text;
}

std::string render_status(const Json& answer) {
  if (!answer.contains("plans")) return plan_text(answer);
  if (answer["plans"].empty()) return "no plans\n";
  std::string text;
  for (const Json& plan : answer["plans"]) text += plan_text(plan);
  return text;
}

std::string render_state(const Json& answer) {
  std::string text = fmt::format("plan {}  {}/{}\n", text_at(answer, "planId"), text_at(answer, "phase"),
                                 text_at(answer, "state"));
  if (answer.contains("subplan")) text += subplan_line(answer["subplan"]);
  return text;
}

std::string render_checkpoint(const Json& answer) {
  std::string text =
      fmt::format("{}  {}  {}  {} ({})\n", text_at(answer, "checkpointId"), text_at(answer, "createdAt"),
                  text_at(answer, "label"), count_text(answer["files"].get<std::size_t>(), "file"),
                  text_at(answer, "trigger"));
  for (const Json& file : answer["leftOut"]) {
    text += fmt::format("  left out: {}: {}\n", text_at(file, "path"), text_at(file, "why"));
  }
  return text;
}

std::string render_checkpoints(const Json& answer) {
  if (answer["checkpoints"].empty()) return "no checkpoints\n";
  std::string text;
  for (const Json& checkpoint : answer["checkpoints"]) text += render_checkpoint(checkpoint);
  return text;
}

std::string render_rollback(const Json& answer) {
  const Json& data = answer["data"];
  const Json& summary = data["rollback_summary"];
  const Json& impact = data["impact"];
  const Json& after = data["post_rollback_state"];
  std::string text = answer["messages"][0].get<std::string>() + "\n";
  text += fmt::format("  Plan        {}\n  Checkpoint  {} ('{}')\n", text_at(summary, "plan"),
                      text_at(summary, "checkpoint"), text_at(summary, "label"));
  text += files_text(data["changes_reverted"]);
  text += fmt::format("  Child plans {} invalidated, decisions {}, tool calls {}\n",
                      impact["child_plans_invalidated"].get<int>(), text_at(impact, "decisions_after_cp"),
                      text_at(impact, "tool_calls_after_cp"));
  text += fmt::format("  Now         {}/{}, {} left\n", text_at(after, "phase"), text_at(after, "state"),
                      count_text(after["checkpoints_remaining"].get<std::size_t>(), "checkpoint"));
  return text;
}

std::string render_conflicts(const Json& answer) {
  if (answer["conflicts"].empty()) return "no conflicts\n";
  std::string text;
  for (const Json& conflict : answer["conflicts"]) text += conflict_line(conflict);
  return text;
}

std::string render_resolved(const Json& answer) {
  return conflict_line(answer) + count_text(answer["open"].get<std::size_t>(), "open conflict") + " left\n";
}

std::string render_diff(const Json& answer) {
  const std::string patch = text_at(answer, "patch");
  return patch.empty() ? "no changes\n" : patch;
}

std::string render_log(const Json& answer) {
  return text_at(answer, "text");
}

std::string render_applied(const Json& answer) {
  std::string text = answer["files"].empty() ? "nothing to apply\n" : files_text(answer["files"]);
  for (const Json& name : answer["notIncluded"]) text += "  not included: " + name.get<std::string>() + "\n";
  if (answer.contains("operationId"))
    text += "undo with: pland undo " + text_at(answer, "operationId") + "\n";
  return text;
}

std::string render_undone(const Json& answer) {
  return "undone: " + text_at(answer, "description") + "\n" + files_text(answer["files"]);
}

std::string render_doctor(const Json& answer) {
  const auto checks_text = [](const Json& checks) {
    std::string text;
    for (const Json& check : checks) {
      text += fmt::format("  {:<8} {:<13} {}\n", text_at(check, "state"), text_at(check, "name"),
                          text_at(check, "text"));
      if (check.contains("remedy")) text += fmt::format("{:24}{}\n", "", text_at(check, "remedy"));
    }
    return text;
  };
  std::string text = "pland " + text_at(answer, "version") + "\n" + checks_text(answer["machine"]);
  for (const Json& project : answer["projects"]) {
    text += text_at(project, "folder") + "\n" + checks_text(project["checks"]);
    const Json& bytes = project["bytes"];
    if (bytes["total"] == 0) continue;  // no state yet
    text += fmt::format("  {} in {}: snapshots {}, sandboxes {}, store {}, other {}\n",
                        size_text(bytes["total"].get<std::uint64_t>()), text_at(project, "stateDirectory"),
                        size_text(bytes["repository"].get<std::uint64_t>()),
                        size_text(bytes["sandboxes"].get<std::uint64_t>()),
                        size_text(bytes["store"].get<std::uint64_t>()),
                        size_text(bytes["other"].get<std::uint64_t>()));
  }
  return text;
}

namespace {

void add_node(std::string& text, const Json& node, const std::string& indent, bool last) {
  text += indent +
          (indent.empty() ? ""
           : last         ? "`- "
                          : "|- ") +
          text_at(node, "type") + ": " + text_at(node, "description");
  if (node.value("superseded", false)) text += "  (superseded)";
  text += "\n";
  const std::string below = indent + (indent.empty() ? " " : last ? "   " : "|  ");
  const Json& children = node["children"];
  for (std::size_t i = 0; i < children.size(); ++i)
    add_node(text, children[i], below, i + 1 == children.size());
}

}  // namespace

std::string render_resumed(const Json& answer) {
  const bool dry_run = answer["dryRun"].get<bool>();
  std::string text = fmt::format("plan {}  {}/{}\n", text_at(answer, "planId"), text_at(answer, "phase"),
                                 text_at(answer, "state"));
  text += fmt::format("  {} kept, {} {}\n", count_text(answer["done"].size(), "result"),
                      count_text(answer["remaining"].size(), "subplan"), dry_run ? "would run" : "to run");
  for (const Json& name : answer["remaining"]) text += "  " + name.get<std::string>() + "\n";
  return text;
}

std::string render_tree(const Json& answer) {
  std::string text;
  add_node(text, answer["tree"], "", true);
  const Json& summary = answer["summary"];
  return text + fmt::format("{}, {} deep, {}\n", count_text(summary["nodes"].get<std::size_t>(), "decision"),
                            summary["depth"].get<int>(),
                            count_text(summary["childPlans"].get<std::size_t>(), "child plan"));
}

std::string render_errors(const Json& answer) {
  if (answer["errors"].empty() && answer["conflictFiles"].empty()) return "nothing failed\n";
  std::string text;
  for (const Json& error : answer["errors"]) {
    text += fmt::format("{}: {} ({}, {})\n  {}\n  {}\n", text_at(error, "name"), text_at(error, "message"),
                        text_at(error, "category"), text_at(error, "action"), text_at(error, "hint"),
                        text_at(error, "command"));
  }
  for (const Json& file : answer["conflictFiles"]) text += "conflict: " + file.get<std::string>() + "\n";
  return text;
}

std::string render_events(const Json& answer) {
  std::string text;
  for (const Json& event : answer["events"]) {
    text += fmt::format("{:>8}  {}  {}{}{}\n", event["sequence"].get<std::int64_t>(), text_at(event, "type"),
                        text_at(event, "planId"), event.contains("subplanId") ? "/" : "",
                        text_at(event, "subplanId"));
  }
  if (answer["more"].get<bool>())
    text += fmt::format("more: --after {}\n", answer["next"].get<std::int64_t>());
  return text;
}

}  // namespace pland::server
