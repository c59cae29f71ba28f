// What a verb needs of the face it is called through: the editor's session, or the command line.
//
// Loop thread only. A host outlives every verb that runs on it.
#pragma once

#include <asio/awaitable.hpp>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/arena.h"
#include "engine/base/result.h"
#include "engine/planfile/plan_document.h"
#include "server/workspace.h"

namespace pland::server {

class VerbHost {
 public:
  virtual ~VerbHost() = default;
  virtual Workspace& workspace() = 0;
  virtual engine::Arena& arena() = 0;
  virtual engine::Timestamp now() const = 0;
  /// Who resolves a conflict through this face: "user", "cli".
  virtual std::string actor() const = 0;

  /// The absolute path of a file uri; invalid_argument for anything else.
  virtual engine::Result<std::filesystem::path> path_of(const std::string& uri) const = 0;
  /// The uri of a file, in the client's spelling when it has one.
  virtual std::string uri_of(const std::filesystem::path& path) const = 0;
  /// The uri by which engines know this file (engine_uri), and the way back.
  virtual std::string engine_uri_of(const std::string& uri) const = 0;
  std::string client_uri_of(const std::string& engine_uri) const {
    const auto path = path_of(engine_uri);
    return path.ok() ? uri_of(*path) : engine_uri;
  }
  /// The text of a file as the user has it: the open buffer, or the disk.
  virtual asio::awaitable<engine::Result<std::string>> text_of(std::string uri) = 0;
  /// Uris of plan files that a call without arguments may mean.
  virtual std::vector<std::string> plan_files() const = 0;

  /// Folders of the projects that a call without arguments is about.
  virtual std::vector<std::filesystem::path> places() const = 0;

  /// Opens a file for reading where the face can, or tells where it is.
  virtual asio::awaitable<void> show(std::filesystem::path file) = 0;

  /// A plan file was read for a verb: its problems belong on the screen.
  virtual void plan_file_read(const std::string& uri, const std::string& text,
                              const engine::planfile::PlanDocument& document) = 0;
  /// A run of the plan has begun.
  virtual void run_started(engine::Engine& engine, const std::string& plan_id) = 0;
};

}  // namespace pland::server
