// What is on the screen: every source's findings by file, and the publishing of exactly what changed.
//
// An owner ("plan-file", "conflicts of plan 01H...") says what it knows about files; what a file shows is the
// union over its owners, in the order of their names. `replace` drops answers that a newer question has
// overtaken. A file is published when its union differs from what was published last, so a finding disappears
// with its cause and nothing is sent twice. Files are named by FileKey (documents.h). Loop thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "protocol/lsp/diagnostic.h"

namespace pland::server {

using FileKey = std::string;
using FileDiagnostics = std::map<FileKey, std::vector<lsp::Diagnostic>>;

class Diagnostics {
 public:
  using Publish = std::function<void(const FileKey&, const std::vector<lsp::Diagnostic>&)>;
  explicit Diagnostics(Publish publish) : publish_(std::move(publish)) {}

  /// Starts finding out; an earlier ticket of the same owner is worth nothing from now on.
  struct Ticket {
    std::string owner;
    std::uint64_t generation = 0;
  };
  Ticket begin(const std::string& owner);
  bool is_current(const Ticket& ticket) const;
  /// All that the owner knows. False when the ticket was overtaken.
  bool replace(const Ticket& ticket, FileDiagnostics files);
  /// What the owner knows about one file, the others stay.
  void replace_file(const std::string& owner, const FileKey& file, std::vector<lsp::Diagnostic> found);
  /// The owner knows nothing any more.
  void clear(const std::string& owner);

  /// Publishes the files whose union has changed. Until then nothing is sent.
  void publish();
  /// The client may have forgotten what it was told of this file (it was opened anew): tell it again.
  void republish(const FileKey& file);
  /// What the file showed when it was last published.
  const std::vector<lsp::Diagnostic>& shown(const FileKey& file) const;

 private:
  struct Owner {
    std::uint64_t generation = 0;
    FileDiagnostics files;
  };
  Publish publish_;
  std::map<std::string, Owner> owners_;
  std::set<FileKey> touched_;
  std::set<FileKey> forgotten_;
  FileDiagnostics shown_;
};

}  // namespace pland::server
