// One connection to the SQLite file: opening with our settings, cached statements, errors with remedies.
// Inside this room only (and its tests). Loop thread.
#pragma once

#include <exception>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "engine/base/result.h"

namespace SQLite {
class Database;
class Statement;
}  // namespace SQLite

namespace pland::engine {

/// What to do about an SQLite result code; empty when there is nothing better than the message.
std::string store_remedy(int sqlite_code, const std::filesystem::path& path);

class Database {
 public:
  /// Refuses a file that is damaged or belongs to another program, without touching it. Does not migrate.
  static Result<std::unique_ptr<Database>> open(const std::filesystem::path& path, bool read_only);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// Runs one or several statements that answer nothing.
  Status execute(const std::string& sql, std::string_view purpose);
  /// The first column of the first row.
  Result<std::int64_t> integer(const std::string& sql, std::string_view purpose);
  /// Prepared once, kept for the next call. Throws SQLite::Exception.
  SQLite::Statement& prepared(const std::string& sql);

  /// True between BEGIN and the end of the transaction, whoever ended it.
  bool in_transaction() const;
  bool read_only() const { return read_only_; }
  const std::filesystem::path& path() const { return path_; }
  /// `failure` is what SQLiteCpp, the JSON library or a damaged row threw while doing `purpose`.
  Error error(std::string_view purpose, const std::exception& failure) const;

  bool transaction_open = false;  ///< a Transaction object lives

 private:
  Database(std::filesystem::path path, bool read_only);
  Status prepare_connection();
  std::filesystem::path path_;
  bool read_only_;
  std::unique_ptr<SQLite::Database> handle_;
  std::unordered_map<std::string, std::unique_ptr<SQLite::Statement>> statements_;  // die before handle_
};

}  // namespace pland::engine
