#include "engine/store/store.h"

#include <utility>

#include "engine/store/migrations.h"
#include "engine/store/rows.h"

namespace pland::engine {

Store::Store(std::unique_ptr<Database> database) : database_(std::move(database)) {}
Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::open(const std::filesystem::path& path, bool read_only) {
  PLAND_TRY(auto database, Database::open(path, read_only));
  PLAND_CHECK(migrate(*database));
  return std::unique_ptr<Store>(new Store(std::move(database)));
}

const std::filesystem::path& Store::path() const {
  return database_->path();
}

Result<std::int64_t> Store::bytes() const {
  std::int64_t total = 0;
  for (const char* suffix : {"", "-wal"}) {
    std::error_code absent;
    const auto size = std::filesystem::file_size(path().string() + suffix, absent);
    if (!absent) total += static_cast<std::int64_t>(size);
  }
  return total;
}

Result<std::vector<std::string>> Store::verify() const {
  return rows::reading(*database_, "checking " + path().string(), [](Database& db) {
    std::vector<std::string> problems;
    rows::Query integrity(db, "PRAGMA integrity_check");
    while (integrity.step()) problems.push_back(integrity.column(0).getString());
    if (problems.size() == 1 && problems.front() == "ok") problems.clear();
    rows::Query keys(db, "PRAGMA foreign_key_check");
    while (keys.step()) {
      problems.push_back("row " + keys.column(1).getString() + " of " + keys.column(0).getString() +
                         " refers to a row of " + keys.column(2).getString() + " that does not exist");
    }
    return problems;
  });
}

Result<Transaction> Store::begin(std::string_view purpose, Durability durability) {
  const std::string where(purpose);
  if (database_->read_only()) {
    return Error{ErrorCode::refused, where + ": " + path().string() + " was opened for reading only"};
  }
  if (database_->transaction_open) {
    return Error{ErrorCode::internal,
                 where + ": another state change is being written; transactions do not nest"};
  }
  if (durability == Durability::full) PLAND_CHECK(database_->execute("PRAGMA synchronous = FULL", where));
  const Status begun = database_->execute("BEGIN IMMEDIATE", where);
  if (!begun.ok()) {
    if (durability == Durability::full) PLAND_CHECK(database_->execute("PRAGMA synchronous = NORMAL", where));
    return begun.error();
  }
  return Transaction(*database_, purpose, durability);
}

Result<std::vector<Event>> Store::transaction(std::string_view purpose,
                                              const std::function<Status(Transaction&)>& change,
                                              Durability durability) {
  PLAND_TRY(Transaction transaction, begin(purpose, durability));
  PLAND_CHECK(change(transaction));
  return transaction.commit();
}

Transaction::Transaction(Database& database, std::string_view purpose, Durability durability)
    : database_(&database), purpose_(purpose), durability_(durability) {
  database.transaction_open = true;
}

Transaction::Transaction(Transaction&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)),
      purpose_(std::move(other.purpose_)),
      durability_(other.durability_),
      events_(std::move(other.events_)) {}

Transaction::~Transaction() {
  // Nobody is left to tell when this fails; SQLite then undoes it when the file is next opened.
  if (database_ != nullptr) static_cast<void>(end());
}

Status Transaction::end() {
  Database& database = *std::exchange(database_, nullptr);
  database.transaction_open = false;
  Status ended;
  if (database.in_transaction()) ended = database.execute("ROLLBACK", purpose_);
  if (durability_ == Durability::full) {
    const Status restored = database.execute("PRAGMA synchronous = NORMAL", purpose_);
    if (ended.ok()) ended = restored;
  }
  return ended;
}

Result<std::vector<Event>> Transaction::commit() {
  PLAND_CHECK(rows::writing(database_, purpose_, "committing",
                            [](Database& db) { rows::Query(db, "COMMIT").run(); }));
  // What was committed stays committed, whatever becomes of the connection's settings.
  static_cast<void>(end());
  return std::move(events_);
}

}  // namespace pland::engine
