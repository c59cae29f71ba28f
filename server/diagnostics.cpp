#include "server/diagnostics.h"

#include <utility>

namespace pland::server {

Diagnostics::Ticket Diagnostics::begin(const std::string& owner) {
  return {owner, ++owners_[owner].generation};
}

bool Diagnostics::is_current(const Ticket& ticket) const {
  const auto owner = owners_.find(ticket.owner);
  return owner != owners_.end() && owner->second.generation == ticket.generation;
}

bool Diagnostics::replace(const Ticket& ticket, FileDiagnostics files) {
  if (!is_current(ticket)) return false;
  FileDiagnostics& known = owners_[ticket.owner].files;
  for (const auto& [file, found] : known) touched_.insert(file);
  known = std::move(files);
  for (const auto& [file, found] : known) touched_.insert(file);
  return true;
}

void Diagnostics::replace_file(const std::string& owner, const FileKey& file,
                               std::vector<lsp::Diagnostic> found) {
  FileDiagnostics& known = owners_[owner].files;
  if (found.empty()) {
    known.erase(file);
  } else {
    known[file] = std::move(found);
  }
  touched_.insert(file);
}

void Diagnostics::clear(const std::string& owner) {
  const auto known = owners_.find(owner);
  if (known == owners_.end()) return;
  ++known->second.generation;
  for (const auto& [file, found] : std::exchange(known->second.files, {})) touched_.insert(file);
}

void Diagnostics::publish() {
  for (const FileKey& file : std::exchange(touched_, {})) {
    std::vector<lsp::Diagnostic> all;
    for (const auto& [name, owner] : owners_) {
      if (const auto found = owner.files.find(file); found != owner.files.end()) {
        all.insert(all.end(), found->second.begin(), found->second.end());
      }
    }
    const auto before = shown_.find(file);
    const bool told = !forgotten_.contains(file) && before != shown_.end();
    if (told ? before->second == all : before == shown_.end() && all.empty()) continue;
    forgotten_.erase(file);
    publish_(file, all);
    if (all.empty()) {
      shown_.erase(file);
    } else {
      shown_[file] = std::move(all);
    }
  }
}

void Diagnostics::republish(const FileKey& file) {
  if (!shown_.contains(file)) return;
  forgotten_.insert(file);
  touched_.insert(file);
}

const std::vector<lsp::Diagnostic>& Diagnostics::shown(const FileKey& file) const {
  static const std::vector<lsp::Diagnostic> nothing;
  const auto found = shown_.find(file);
  return found == shown_.end() ? nothing : found->second;
}

}  // namespace pland::server
