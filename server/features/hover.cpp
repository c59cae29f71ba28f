#include "server/features/hover.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/planfile/key_table.h"
#include "server/features/plan_file_diagnostics.h"
#include "server/wording.h"

namespace pland::server {
namespace {

using engine::planfile::Location;
using engine::planfile::Part;
using engine::planfile::Section;

/// Text for people in one of the two kinds that LSP knows.
class Page {
 public:
  explicit Page(lsp::MarkupKind kind) : markdown_(kind == lsp::MarkupKind::markdown) {}
  void heading(const std::string& text) { line(markdown_ ? "**" + escaped(text) + "**" : text); }
  void line(const std::string& text) { text_ += (text_.empty() ? "" : markdown_ ? "\n\n" : "\n") + text; }
  void prose(const std::string& text) { line(markdown_ ? escaped(text) : text); }
  void list(const std::vector<std::string>& items) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      text_ += (i == 0 && markdown_ ? "\n\n- " : "\n- ") + (markdown_ ? "`" + items[i] + "`" : items[i]);
    }
  }
  void code(const std::string& text) {
    if (!markdown_) return line(text);
    // A fence longer than any run of backticks inside.
    std::string fence = "```";
    while (text.find(fence) != std::string::npos) fence += '`';
    line(fence + "text\n" + text + "\n" + fence);
  }
  std::string take() { return std::move(text_); }

 private:
  static std::string escaped(const std::string& text) {
    std::string out;
    for (const char c : text) {
      if (std::string_view("\\`*_{}[]<>#|").find(c) != std::string_view::npos) out += '\\';
      out += c;
    }
    return out;
  }
  bool markdown_;
  std::string text_;
};

constexpr std::size_t shown_lines = 10;
constexpr std::size_t shown_files = 20;

std::string subplan_page(const Workspace::Found& found, const engine::SubplanStatus& subplan,
                         lsp::MarkupKind kind, engine::Timestamp now) {
  Page page(kind);
  page.heading(subplan.spec.name + ": " + state_text(subplan, found.plan->plan.spec));
  if (subplan.state == engine::ProcessingState::processing && subplan.started_at) {
    page.prose("started " + age_text(*subplan.started_at, now));
  }
  const auto attempts = found.engine->attempts(subplan.subplan_id);
  const engine::Attempt* last = attempts.ok() && !attempts->empty() ? &attempts->back() : nullptr;
  if (subplan.state == engine::ProcessingState::errored) {
    page.prose(failure_text(subplan, last));
    page.prose(remedy_text(subplan));
  }
  if (attempts.ok() && attempts->size() > 1) {
    std::vector<std::string> lines;
    for (const engine::Attempt& attempt : *attempts) {
      lines.push_back(
          fmt::format("attempt {}: {}", attempt.number,
                      attempt.error.empty() ? std::string(engine::to_string(attempt.state)) : attempt.error));
    }
    page.list(lines);
  }
  if (last != nullptr && !last->output_tail.empty()) page.code(last_lines(last->output_tail, shown_lines));
  if (!subplan.files_changed.empty()) {
    page.prose(count_text(subplan.files_changed.size(), "file") + " changed:");
    std::vector<std::string> files = subplan.files_changed;
    if (files.size() > shown_files) {
      const std::size_t more = files.size() - shown_files;
      files.resize(shown_files);
      files.push_back(fmt::format("... and {} more", more));
    }
    page.list(files);
  }
  return page.take();
}

std::string key_page(const engine::planfile::KeyInfo& key, lsp::MarkupKind kind) {
  Page page(kind);
  page.heading(std::string(key.name));
  page.prose(std::string(key.help));
  std::string type(engine::planfile::to_string(key.type));
  if (!key.choices.empty()) {
    std::vector<std::string> choices(key.choices.begin(), key.choices.end());
    type += ": " + list_text(choices);
  }
  page.prose(type + (key.required ? ", required" : ""));
  if (!key.fallback.empty()) page.prose("default: " + std::string(key.fallback));
  return page.take();
}

}  // namespace

std::optional<lsp::Hover> plan_file_hover(const PlanFile& file, const Workspace::Found& found,
                                          lsp::Position position, lsp::PositionEncoding encoding,
                                          lsp::MarkupKind kind, engine::Timestamp now) {
  const Location at = engine::planfile::locate(file.document, file.text.offset_at(position, encoding));
  if (at.part == Part::nothing || !at.range) return std::nullopt;
  const lsp::Range range = range_in(file, *at.range, encoding);
  if (at.part == Part::key) {
    const auto section = engine::planfile::parse_section(at.section);
    const auto* key = section ? engine::planfile::find_key(*section, at.key) : nullptr;
    if (key == nullptr) return std::nullopt;
    return lsp::Hover{{kind, key_page(*key, kind)}, range};
  }
  const bool names_subplan = at.entry && ((at.key == "name" && at.part == Part::value) || at.key == "after");
  if (!names_subplan || found.plan == nullptr) return std::nullopt;
  const auto& subplans = found.plan->subplans;
  const auto subplan =
      std::find_if(subplans.begin(), subplans.end(),
                   [&](const engine::SubplanStatus& candidate) { return candidate.spec.name == at.text; });
  if (subplan == subplans.end()) return std::nullopt;
  return lsp::Hover{{kind, subplan_page(found, *subplan, kind, now)}, range};
}

}  // namespace pland::server
