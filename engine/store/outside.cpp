// What exists outside the database: processes and sandbox folders; and single settings (meta).
#include "engine/store/rows.h"
#include "engine/store/store.h"

namespace pland::engine {

Result<std::vector<ProcessRecord>> Store::processes() const {
  return rows::all<ProcessRecord>(*database_, "listing processes", "ORDER BY seq");
}

Result<std::vector<SandboxRecord>> Store::sandboxes() const {
  return rows::all<SandboxRecord>(*database_, "listing sandboxes", "ORDER BY seq");
}

Result<SandboxRecord> Store::sandbox(std::string_view sandbox_id) const {
  return rows::one<SandboxRecord>(*database_, sandbox_id);
}

Result<std::optional<std::string>> Store::meta(std::string_view key) const {
  return rows::reading(*database_, "reading setting " + std::string(key), [&](Database& db) {
    rows::Query query(db, "SELECT value FROM meta WHERE key = ?1");
    std::optional<std::string> value;
    if (query.with(key).step()) value = query.column(0).getString();
    return value;
  });
}

Status Transaction::insert_process(const ProcessRecord& process) {
  return rows::insert_row(database_, purpose_, process.token, process);
}

Status Transaction::update_process(const ProcessRecord& process) {
  return rows::update_row(database_, purpose_, process.token, process);
}

Status Transaction::delete_process(std::string_view token) {
  PLAND_CHECK(rows::delete_rows<ProcessRecord>(database_, purpose_, "token = ?1", token));
  return {};
}

Status Transaction::insert_sandbox(const SandboxRecord& sandbox) {
  return rows::insert_row(database_, purpose_, sandbox.sandbox_id, sandbox);
}

Status Transaction::update_sandbox(const SandboxRecord& sandbox) {
  return rows::update_row(database_, purpose_, sandbox.sandbox_id, sandbox);
}

Status Transaction::delete_sandbox(std::string_view sandbox_id) {
  PLAND_CHECK(rows::delete_rows<SandboxRecord>(database_, purpose_, "sandbox_id = ?1", sandbox_id));
  return {};
}

Status Transaction::set_meta(std::string_view key, std::string_view value) {
  return rows::writing(database_, purpose_, "storing setting " + std::string(key), [&](Database& db) {
    rows::Query(db,
                "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2")
        .with(key, value)
        .run();
  });
}

}  // namespace pland::engine
