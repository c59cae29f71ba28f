#include "engine/store/database.h"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>
#include <sqlite3.h>

#include <array>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

namespace pland::engine {
namespace {

constexpr std::int64_t kApplicationId = 0x706c6e64;  // "plnd", at offset 68 of the file
constexpr int kBusyMilliseconds = 2000;
constexpr std::uintmax_t kCheckAtOpen = 32U << 20U;  // bytes that quick_check reads in some ten milliseconds

/// SQLite takes a file shorter than its header for an empty database and would write over it, and fills a
/// page that is cut short with zeros.
Status refuse_a_stump(const std::filesystem::path& path) {
  std::error_code code;
  const auto size = std::filesystem::file_size(path, code);
  if (code || size == 0) return {};
  const auto damaged = [&](const char* what) {
    return Error{ErrorCode::store,
                 "opening " + path.string() + ": " + what + store_remedy(SQLITE_NOTADB, path)};
  };
  std::array<unsigned char, 18> header{};
  std::ifstream(path, std::ios::binary).read(reinterpret_cast<char*>(header.data()), header.size());
  if (size < 100 || std::memcmp(header.data(), "SQLite format 3", 16) != 0)
    return damaged("file is not a database");
  // Bytes 16 and 17 are the page size (1 stands for 65536): https://www.sqlite.org/fileformat.html
  // section 1.3. After a crash the last page may be half written; then the log that completes it is still
  // there.
  const unsigned stored = 256U * header[16] + header[17];
  const unsigned page = stored == 1 ? 65536 : stored;
  const bool has_log = std::filesystem::exists(path.string() + "-wal", code) ||
                       std::filesystem::exists(path.string() + "-journal", code);
  if (page == 0 || (!has_log && size % page != 0)) return damaged("the file was cut short");
  return {};
}

}  // namespace

std::string store_remedy(int sqlite_code, const std::filesystem::path& path) {
  const std::string file = path.string();
  switch (sqlite_code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return "; the file is damaged and was left as it is. Restore it from a backup, or move it and its "
             "-wal and -shm companions away: pland then starts with an empty one, and the snapshots of "
             "earlier plans stay in repo.git beside it";
    case SQLITE_FULL:
      return "; the disk (or quota) that holds " + file +
             " is full. Nothing was changed: free some space and "
             "try again (`pland gc` frees what pland keeps)";
    case SQLITE_IOERR:
      return "; the file system refused to read or write " + file +
             ". Nothing was changed: check the disk, its quota and its mount, and try again";
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return "; " + file +
             " cannot be written. Check the owner and permissions of the file and its folder, "
             "and that the file system is not mounted read-only";
    case SQLITE_CANTOPEN:
      return "; check that the folder of " + file + " exists and may be read and written by you";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "; another program holds " + file + " open for writing: close it and try again";
    default:
      return "";
  }
}

Database::Database(std::filesystem::path path, bool read_only)
    : path_(std::move(path)), read_only_(read_only) {}

Database::~Database() = default;

Result<std::unique_ptr<Database>> Database::open(const std::filesystem::path& path, bool read_only) {
  PLAND_CHECK(refuse_a_stump(path));
  std::unique_ptr<Database> database(new Database(path, read_only));
  const std::string purpose = "opening " + path.string();
  try {
    const int flags = read_only ? SQLite::OPEN_READONLY : SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE;
    database->handle_ = std::make_unique<SQLite::Database>(path.string(), flags, kBusyMilliseconds);
  } catch (const SQLite::Exception& failure) {
    return database->error(purpose, failure);
  }
  PLAND_CHECK(database->prepare_connection());
  return database;
}

Status Database::prepare_connection() {
  const std::string purpose = "opening " + path_.string();
  PLAND_TRY(const std::int64_t application, integer("PRAGMA application_id", purpose));
  PLAND_TRY(const std::int64_t objects, integer("SELECT count(*) FROM sqlite_schema", purpose));
  if (application != kApplicationId && (application != 0 || objects != 0)) {
    return Error{ErrorCode::store, purpose +
                                       ": the file is another program's database, not pland's. It was left "
                                       "as it is; move it away, or let pland keep its state elsewhere"};
  }
  PLAND_CHECK(execute("PRAGMA foreign_keys = ON", purpose));
  PLAND_CHECK(execute("PRAGMA temp_store = MEMORY", purpose));
  std::error_code unknown_size;
  if (std::filesystem::file_size(path_, unknown_size) <= kCheckAtOpen && objects != 0) {
    try {
      SQLite::Statement& check = prepared("PRAGMA quick_check(1)");
      const std::string found = check.executeStep() ? check.getColumn(0).getString() : "no answer";
      check.reset();
      if (found != "ok") {
        return Error{ErrorCode::store, purpose + ": " + found + store_remedy(SQLITE_CORRUPT, path_)};
      }
    } catch (const SQLite::Exception& failure) {
      return error(purpose, failure);
    }
  }
  if (read_only_) return {};
  if (application == 0) {
    PLAND_CHECK(execute("PRAGMA application_id = " + std::to_string(kApplicationId), purpose));
  }
  // The answer of journal_mode is the mode that is now set: anything else than "wal" would lose the property
  // that readers never wait and that a commit is cheap.
  try {
    SQLite::Statement wal(*handle_, "PRAGMA journal_mode = WAL");
    if (!wal.executeStep() || wal.getColumn(0).getString() != "wal") {
      return Error{ErrorCode::store, purpose +
                                         ": its file system does not support a write-ahead log (shared "
                                         "memory); keep the state directory on a local file system"};
    }
  } catch (const SQLite::Exception& failure) {
    return error(purpose, failure);
  }
  PLAND_CHECK(execute("PRAGMA synchronous = NORMAL", purpose));
  PLAND_TRY([[maybe_unused]] const std::int64_t limit,
            integer("PRAGMA journal_size_limit = 16777216", purpose));
  return {};
}

Status Database::execute(const std::string& sql, std::string_view purpose) {
  try {
    handle_->exec(sql);
    return {};
  } catch (const SQLite::Exception& failure) {
    return error(purpose, failure);
  }
}

Result<std::int64_t> Database::integer(const std::string& sql, std::string_view purpose) {
  try {
    SQLite::Statement statement(*handle_, sql);
    if (!statement.executeStep())
      return Error{ErrorCode::store, std::string(purpose) + ": no answer to " + sql};
    return statement.getColumn(0).getInt64();
  } catch (const SQLite::Exception& failure) {
    return error(purpose, failure);
  }
}

SQLite::Statement& Database::prepared(const std::string& sql) {
  auto& statement = statements_[sql];
  if (!statement) statement = std::make_unique<SQLite::Statement>(*handle_, sql);
  return *statement;
}

bool Database::in_transaction() const {
  return sqlite3_get_autocommit(handle_->getHandle()) == 0;
}

Error Database::error(std::string_view purpose, const std::exception& failure) const {
  std::string message = std::string(purpose) + ": " + failure.what();
  if (const auto* sqlite = dynamic_cast<const SQLite::Exception*>(&failure)) {
    Error error{ErrorCode::store, message + store_remedy(sqlite->getErrorCode(), path_)};
    error.context["sqlite_code"] = sqlite->getErrorCode();
    error.context["path"] = path_.string();
    return error;
  }
  // A row that SQLite read without complaint, but that holds no value of ours.
  return {ErrorCode::store, message + " (a damaged row)" + store_remedy(SQLITE_CORRUPT, path_)};
}

}  // namespace pland::engine
