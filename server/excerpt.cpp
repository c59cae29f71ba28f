#include "server/excerpt.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/merge/line_map.h"
#include "engine/merge/resolution.h"
#include "server/verbs_run.h"
#include "server/wording.h"

namespace pland::server {
namespace {

using engine::planfile::SourceRange;

/// The line that holds byte `offset`, without its end.
std::string_view line_at(std::string_view text, std::size_t offset) {
  offset = std::min(offset, text.size());
  const std::size_t before = offset == 0 ? std::string_view::npos : text.find_last_of("\r\n", offset - 1);
  const std::size_t start = before == std::string_view::npos ? 0 : before + 1;
  const std::size_t end = text.find_first_of("\r\n", start);
  return text.substr(start, end == std::string_view::npos ? end : end - start);
}

/// Characters, not bytes: the caret must stand under what it points at.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string marked_line(int line, std::string_view text, std::size_t column, std::size_t length) {
  const std::size_t in_line = std::min(column, text.size());
  std::string caret(width(text.substr(0, in_line)), ' ');
  for (std::size_t i = 0; i < in_line && i < caret.size(); ++i) {
    if (text[i] == '\t') caret[i] = '\t';
  }
  caret += '^';
  const std::size_t marked = width(text.substr(in_line, length));
  if (marked > 1) caret.append(marked - 1, '~');
  return fmt::format("{:>5} | {}\n      | {}\n", line, text, caret);
}

std::string marked_place(std::string_view text, const SourceRange& range) {
  return marked_line(range.first.line + 1, line_at(text, range.begin),
                     static_cast<std::size_t>(range.first.column), range.end - range.begin);
}

std::string indented(std::string_view text, std::string_view prefix) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    out += std::string(prefix) + std::string(text.substr(0, end)) + "\n";
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return out;
}

std::string side(const std::string& name, std::string_view text) {
  return "  " + name + ":\n" + (text.empty() ? "      | (nothing)\n" : indented(text, "      | "));
}

}  // namespace

std::string failure_excerpt(const std::string& file, std::string_view text,
                            const engine::planfile::PlanDocument& document,
                            const engine::SubplanStatus& subplan, const engine::PlanSpec& plan,
                            const engine::Attempt* last) {
  std::string place = file;
  std::string lines;
  const auto index = engine::planfile::find_subplan(document, subplan.spec.name);
  if (index && document.ranges.entries[*index].name) {
    const SourceRange& range = *document.ranges.entries[*index].name;
    place = fmt::format("{}:{}:{}", file, range.first.line + 1, range.first.column + 1);
    lines = marked_place(text, range);
  }
  std::string out =
      fmt::format("{}: error: subplan '{}' failed: {}, {} [subplan-failed]\n{}", place, subplan.spec.name,
                  failure_text(subplan, last), attempt_text(subplan, plan), lines);
  if (last != nullptr && !last->output_tail.empty()) {
    out += "  last output:\n" + indented(last_lines(last->output_tail, 10), "      | ");
  }
  return out + "  " + remedy_text(subplan) + "\n";
}

std::string conflict_excerpt(const engine::LivePlan& plan, const engine::Conflict& conflict,
                             std::string_view base, const std::string* current) {
  const std::string ours = ours_name(conflict);
  const std::string theirs = theirs_name(conflict, plan);
  const std::string message = conflict_text(conflict, plan);
  std::string how = "  resolve: pland resolve " + conflict.conflict_id;
  char separator = ' ';
  for (const auto& choice : engine::merge::allowed_resolutions(conflict)) {
    if (!choice.allowed() || choice.resolution == engine::Resolution::manual) continue;
    how += separator + std::string(to_string(choice.resolution));
    separator = '|';
  }
  if (conflict.hunks.empty()) {
    return fmt::format("{}:1:1: error: {} [merge-conflict]\n{}\n", conflict.path, message, how);
  }
  std::string out;
  for (std::size_t i = 0; i < conflict.hunks.size(); ++i) {
    const engine::ConflictHunk& hunk = conflict.hunks[i];
    if (hunk.resolution) continue;
    const engine::LineRange now =
        current != nullptr ? engine::merge::LineMap(base, *current).map(hunk.base) : hunk.base;
    const engine::merge::TextLines shown(current != nullptr ? std::string_view(*current) : base);
    out += fmt::format("{}:{}:1: error: {} [merge-conflict]\n", conflict.path, now.start + 1, message);
    for (std::int64_t line = now.start; line < now.start + now.count && line < shown.count(); ++line) {
      std::string_view content = shown.line(line);
      while (!content.empty() && (content.back() == '\n' || content.back() == '\r')) content.remove_suffix(1);
      out += line == now.start ? marked_line(static_cast<int>(line + 1), content, 0, content.size())
                               : fmt::format("{:>5} | {}\n", line + 1, content);
    }
    out += side(ours, hunk.ours_text) + side(theirs, hunk.theirs_text);
    out += how + (conflict.hunks.size() > 1 ? fmt::format(" --hunk {}", i) : "") + "\n";
  }
  return out;
}

std::string problem_excerpt(const std::string& file, std::string_view text,
                            const engine::planfile::Problem& problem) {
  std::string line = problem_line(file, problem);
  const std::size_t hint = line.find('\n');
  const std::string marked = marked_place(text, problem.range);
  if (hint == std::string::npos) return line + "\n" + marked;
  return line.substr(0, hint + 1) + marked + line.substr(hint + 1) + "\n";
}

}  // namespace pland::server
