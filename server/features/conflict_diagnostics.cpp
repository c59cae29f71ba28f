#include "server/features/conflict_diagnostics.h"

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>

#include "engine/merge/line_map.h"
#include "server/features/plan_file_diagnostics.h"
#include "server/features/shown.h"
#include "server/wording.h"

namespace pland::server {
namespace {

using jsonrpc::Json;

namespace fs = std::filesystem;
using engine::LineRange;

const engine::SubplanStatus* subplan_of(const engine::LivePlan& plan, const std::string& id) {
  for (const engine::SubplanStatus& subplan : plan.subplans) {
    if (subplan.subplan_id == id) return &subplan;
  }
  return nullptr;
}

/// The snapshot whose lines the conflict's base ranges count.
std::string base_commit(const engine::LivePlan& plan, const engine::Conflict& conflict) {
  const engine::SubplanStatus* subplan = subplan_of(plan, conflict.subplan_id);
  return subplan != nullptr && !subplan->base_commit.empty() ? subplan->base_commit : plan.plan.base_commit;
}

/// Where the side that was merged before can be looked at: the plan's merged files, or the files of the last
/// subplan that wrote it. Empty when neither has a folder.
fs::path ours_folder(const engine::Engine& engine, const engine::LivePlan& plan,
                     const engine::Conflict& conflict) {
  fs::path folder = engine.sandbox_folder(plan.plan.plan_id);
  for (const engine::SubplanStatus& subplan : plan.subplans) {
    if (!folder.empty() || conflict.ours_authors.empty()) break;
    if (subplan.spec.name == conflict.ours_authors.back()) folder = engine.sandbox_folder(subplan.subplan_id);
  }
  return folder;
}

/// Bytes of `range` in `text`, without the last line's end.
lsp::Span span_of_lines(std::string_view text, LineRange range) {
  const engine::merge::TextLines lines(text);
  const auto offset = [&](std::int64_t line) {
    return line < lines.count() ? static_cast<std::size_t>(lines.line(line).data() - text.data())
                                : text.size();
  };
  lsp::Span span{offset(range.start), offset(range.start + range.count)};
  if (span.end > span.begin && text[span.end - 1] == '\n') --span.end;
  if (span.end > span.begin && text[span.end - 1] == '\r') --span.end;
  return span;
}

/// Line of `wanted` in `text` that is nearest to the line where it is expected; the expected one, kept inside
/// the text, when it is not there (a side without lines, or a file that was written to since).
std::int64_t nearest_line(std::string_view text, std::string_view wanted, std::int64_t expected) {
  const engine::merge::TextLines lines(text);
  std::int64_t best = std::clamp<std::int64_t>(expected, 0, std::max<std::int64_t>(0, lines.count() - 1));
  if (wanted.empty()) return best;
  bool found = false;
  std::int64_t line = 0;
  std::size_t counted = 0;
  for (std::size_t at = text.find(wanted); at != std::string_view::npos; at = text.find(wanted, at + 1)) {
    line += engine::merge::count_line_ends(text.substr(counted, at - counted));
    counted = at;
    if (at != 0 && text[at - 1] != '\n') continue;
    if (!found || std::abs(line - expected) < std::abs(best - expected)) best = line;
    found = true;
  }
  return best;
}

bool is_binary(const engine::Conflict& conflict) {
  return conflict.kind == engine::ConflictKind::binary || conflict.kind == engine::ConflictKind::row;
}

bool is_there(const fs::path& file) {
  std::error_code error;
  return !file.empty() && fs::exists(file, error);
}

/// A side's lines in one of the sandboxes' files, for each hunk; empty when the file cannot be read.
std::vector<lsp::Location> locate(const fs::path& file,
                                  const std::vector<std::pair<std::string, LineRange>>& hunks,
                                  lsp::PositionEncoding encoding, const std::string& uri) {
  std::vector<lsp::Location> locations;
  auto text = read_text_file(file);
  if (!text.ok()) return locations;
  const lsp::TextSnapshot snapshot = lsp::make_snapshot(uri, 0, *std::move(text));
  for (const auto& [wanted, range] : hunks) {
    const LineRange there{nearest_line(*snapshot.text, wanted, range.start), range.count};
    locations.push_back({uri, snapshot.range_of(span_of_lines(*snapshot.text, there), encoding)});
  }
  return locations;
}

}  // namespace

ConflictDiagnostics::Placed ConflictDiagnostics::describe(const engine::LivePlan& plan,
                                                          const engine::Conflict& conflict,
                                                          const fs::path& project) const {
  Placed placed;
  placed.conflict = conflict;
  placed.file = (project / conflict.path).string();
  if (!plan.plan.uri.empty()) placed.plan_file = documents_.key_of(plan.plan.uri);
  if (const auto* subplan = subplan_of(plan, conflict.subplan_id)) placed.subplan = subplan->spec.name;
  placed.message =
      conflict_text(conflict, plan) + " (plan " + plan.plan.name + ").\nTake a side with a quick fix.";
  return placed;
}

asio::awaitable<void> ConflictDiagnostics::find_base(engine::Engine& engine, std::string commit,
                                                     Placed& placed) {
  if (placed.conflict.hunks.empty()) co_return;  // no lines to follow
  // A conflict's base never changes, so the text of the last refresh is still right.
  for (const auto& [owner, conflicts] : plans_) {
    for (const Placed& known : conflicts) {
      if (known.conflict.conflict_id == placed.conflict.conflict_id && known.base) placed.base = known.base;
    }
  }
  if (placed.base) co_return;
  const std::string path =
      placed.conflict.base.path.empty() ? placed.conflict.path : placed.conflict.base.path;
  auto text = co_await engine.file_text(std::move(commit), path);
  // Without a base (both sides created the file) there are no lines to follow.
  placed.base = std::make_shared<const std::string>(text.ok() ? *std::move(text) : std::string());
}

asio::awaitable<void> ConflictDiagnostics::find_sides(Placed& placed, std::string ours, std::string theirs,
                                                      fs::path ours_file, fs::path theirs_file) {
  std::vector<std::pair<std::string, LineRange>> ours_hunks;
  std::vector<std::pair<std::string, LineRange>> theirs_hunks;
  for (const engine::ConflictHunk& hunk : placed.conflict.hunks) {
    ours_hunks.emplace_back(hunk.ours_text, hunk.ours);
    theirs_hunks.emplace_back(hunk.theirs_text, hunk.theirs);
  }
  if (placed.conflict.hunks.empty()) {
    ours_hunks.emplace_back("", LineRange{0, 1});
    theirs_hunks.emplace_back("", LineRange{0, 1});
  }
  auto look = [ours_file, theirs_file, ours_hunks, theirs_hunks, encoding = style_.encoding,
               binary = is_binary(placed.conflict), ours_uri = documents_.uri_of(ours_file.string()),
               theirs_uri = documents_.uri_of(theirs_file.string())] {
    using Places = std::vector<lsp::Location>;
    if (binary) {
      return std::pair(is_there(ours_file) ? Places{{ours_uri, {}}} : Places(),
                       is_there(theirs_file) ? Places{{theirs_uri, {}}} : Places());
    }
    return std::pair(locate(ours_file, ours_hunks, encoding, ours_uri),
                     locate(theirs_file, theirs_hunks, encoding, theirs_uri));
  };
  const auto [ours_places, theirs_places] = co_await arena_.run(look);
  placed.sides.assign(ours_hunks.size(), {});
  for (std::size_t i = 0; i < ours_hunks.size(); ++i) {
    if (i < ours_places.size()) placed.sides[i].push_back({ours_places[i], ours + " has this"});
    if (i < theirs_places.size()) placed.sides[i].push_back({theirs_places[i], theirs + " has this"});
  }
}

asio::awaitable<void> ConflictDiagnostics::refresh(engine::Engine& engine, std::string plan_id) {
  const std::string owner = "conflicts " + plan_id;
  const engine::LivePlan* plan = engine.find_plan(plan_id);
  const bool any = plan != nullptr && is_shown(workspace_, engine, *plan) &&
                   std::any_of(plan->conflicts.begin(), plan->conflicts.end(), engine::is_open);
  if (!any) {
    plans_.erase(owner);
    diagnostics_.clear(owner);
    co_return;
  }
  const Diagnostics::Ticket ticket = diagnostics_.begin(owner);

  // The plan may change at every suspension: take what is needed of it first.
  struct Work {
    Placed placed;
    std::string base, ours, theirs;
    fs::path ours_file, theirs_file;
  };
  std::vector<Work> work;
  for (const engine::Conflict& conflict : plan->conflicts) {
    if (!engine::is_open(conflict)) continue;
    Work entry;
    entry.placed = describe(*plan, conflict, engine.project());
    entry.base = base_commit(*plan, conflict);
    entry.ours = ours_name(conflict);
    entry.theirs = theirs_name(conflict, *plan);
    const std::string theirs_id = conflict.subplan_id.empty() ? plan_id : conflict.subplan_id;
    const fs::path from = engine.sandbox_folder(theirs_id);
    // At apply, ours is the user's own text, which the diagnostic already stands on.
    const fs::path ours = conflict.subplan_id.empty() ? fs::path() : ours_folder(engine, *plan, conflict);
    if (!ours.empty()) entry.ours_file = ours / conflict.path;
    if (!from.empty())
      entry.theirs_file = from / (conflict.theirs.path.empty() ? conflict.path : conflict.theirs.path);
    work.push_back(std::move(entry));
  }
  std::vector<Placed> conflicts;
  for (Work& entry : work) {
    co_await find_base(engine, entry.base, entry.placed);
    co_await find_sides(entry.placed, entry.ours, entry.theirs, entry.ours_file, entry.theirs_file);
    if (is_binary(entry.placed.conflict)) {
      auto look = [file = entry.placed.file] { return is_there(file); };
      entry.placed.exists = co_await arena_.run(look);
    } else {
      co_await texts_.reread(entry.placed.file);
    }
    if (!entry.placed.plan_file.empty()) co_await texts_.read(entry.placed.plan_file);
    if (!diagnostics_.is_current(ticket)) co_return;
    conflicts.push_back(std::move(entry.placed));
  }
  diagnostics_.replace(ticket, place_all(conflicts));
  plans_.insert_or_assign(owner, std::move(conflicts));
}

void ConflictDiagnostics::place(const Placed& placed, FileDiagnostics& files) {
  const engine::Conflict& conflict = placed.conflict;
  const bool binary = is_binary(conflict);
  const auto current = binary ? std::nullopt : texts_.now(placed.file);
  const bool in_file = current || (binary && placed.exists);
  const auto plan_file = in_file || placed.plan_file.empty() ? nullptr : texts_.plan_file(placed.plan_file);
  const FileKey& file = plan_file ? placed.plan_file : placed.file;
  const std::size_t count = std::max<std::size_t>(1, conflict.hunks.size());
  std::optional<engine::merge::LineMap> map;
  if (current && !conflict.hunks.empty()) map.emplace(*placed.base, *current->text);
  for (std::size_t i = 0; i < count; ++i) {
    const engine::ConflictHunk* hunk = conflict.hunks.empty() ? nullptr : &conflict.hunks[i];
    if (hunk != nullptr && hunk->resolution) continue;
    lsp::Range range;
    if (current) {
      const LineRange lines = hunk != nullptr ? map->map(hunk->base) : LineRange{0, 1};
      range = current->range_of(span_of_lines(*current->text, lines), style_.encoding);
    } else if (plan_file) {
      range = name_range(*plan_file, placed.subplan, style_.encoding);
    }
    lsp::Diagnostic diagnostic =
        style_.diagnostic(range, lsp::DiagnosticSeverity::error, "merge-conflict",
                          plan_file ? conflict.path + ": " + placed.message : placed.message);
    if (i < placed.sides.size() && !placed.sides[i].empty()) diagnostic.related_information = placed.sides[i];
    diagnostic.data = Json{{"conflictId", conflict.conflict_id}, {"planId", conflict.plan_id}};
    if (hunk != nullptr) (*diagnostic.data)["hunk"] = i;
    files[file].push_back(std::move(diagnostic));
  }
}

FileDiagnostics ConflictDiagnostics::place_all(const std::vector<Placed>& conflicts) {
  FileDiagnostics files;
  for (const Placed& placed : conflicts) place(placed, files);
  return files;
}

void ConflictDiagnostics::file_changed(const FileKey& file) {
  for (const auto& [owner, conflicts] : plans_) {
    FileDiagnostics files;
    bool concerned = false;
    for (const Placed& placed : conflicts) {
      if (placed.file != file && placed.plan_file != file) continue;
      concerned = true;
      place(placed, files);
    }
    if (concerned) diagnostics_.replace_file(owner, file, std::move(files[file]));
  }
}

bool ConflictDiagnostics::speaks_of(const FileKey& file) const {
  for (const auto& [owner, conflicts] : plans_) {
    for (const Placed& placed : conflicts) {
      if (placed.file == file || placed.plan_file == file) return true;
    }
  }
  return false;
}

}  // namespace pland::server
