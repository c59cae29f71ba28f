// The append-only event log.
#include "engine/store/rows.h"
#include "engine/store/store.h"

namespace pland::engine {

Result<std::vector<Event>> Store::events_after(std::int64_t cursor, std::size_t limit,
                                               std::optional<std::string_view> plan_id) const {
  // Two statements, so that each can follow its own index.
  if (plan_id) {
    return rows::all<Event>(*database_, "listing events",
                            "WHERE plan_id = ?3 AND sequence > ?1 ORDER BY sequence LIMIT ?2", cursor, limit,
                            *plan_id);
  }
  return rows::all<Event>(*database_, "listing events", "WHERE sequence > ?1 ORDER BY sequence LIMIT ?2",
                          cursor, limit);
}

Result<std::int64_t> Store::last_event() const {
  return rows::reading(*database_, "reading the newest event", [](Database& db) {
    rows::Query query(db, "SELECT seq FROM sqlite_sequence WHERE name = 'events'");
    return query.step() ? query.column(0).getInt64() : std::int64_t{0};
  });
}

Result<std::int64_t> Transaction::append_event(Event event) {
  static const std::string sql =
      "INSERT INTO events (created_at, type, plan_id, subplan_id, payload) "
      "VALUES (?1, ?2, ?3, ?4, ?5) RETURNING sequence";
  PLAND_TRY(event.sequence,
            rows::writing(database_, purpose_, "appending event " + event.type, [&](Database& db) {
              rows::Query query(db, sql);
              query.with(event.created_at, event.type, event.plan_id, event.subplan_id, event.payload).step();
              return query.column(0).getInt64();
            }));
  events_.push_back(std::move(event));
  return events_.back().sequence;
}

Status Transaction::prune_events(std::int64_t cursor) {
  PLAND_CHECK(rows::delete_rows<Event>(database_, purpose_, "sequence <= ?1", cursor));
  return {};
}

}  // namespace pland::engine
