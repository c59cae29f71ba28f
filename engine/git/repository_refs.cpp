// References, HEAD, configuration and attributes.
#include <algorithm>

#include "engine/git/repository.h"
#include "engine/git/repository_impl.h"

namespace pland::engine::git {
namespace {

constexpr std::string_view guest_prefix = "refs/pland/";

Status may_write_ref(const Repository::Impl& impl, const std::string& name) {
  if (impl.is_private || name.starts_with(guest_prefix)) return {};
  return Error{ErrorCode::refused,
               "changing '" + name + "' of '" + impl.git_dir.string() +
                   "': only refs/pland/* may be written in the user's repository",
               {{"path", impl.git_dir.string()}, {"ref", name}}};
}

struct BufferGuard {
  git_buf buffer{};
  ~BufferGuard() { git_buf_dispose(&buffer); }
};

}  // namespace

Result<std::optional<Oid>> Repository::read_ref(const std::string& name) const {
  git_oid id;
  const int code = git_reference_name_to_id(&id, impl_->repository.get(), name.c_str());
  if (code == GIT_ENOTFOUND) return std::optional<Oid>();
  if (code < 0) return libgit2_error(code, "reading " + name + " of", impl_->git_dir.native());
  return std::optional<Oid>(from_git(id));
}

Result<std::vector<Ref>> Repository::list_refs(const std::string& prefix) const {
  git_reference_iterator* raw = nullptr;
  if (const int code = git_reference_iterator_glob_new(&raw, impl_->repository.get(), (prefix + "*").c_str());
      code < 0) {
    return libgit2_error(code, "listing " + prefix + "* of", impl_->git_dir.native());
  }
  const std::unique_ptr<git_reference_iterator, Freer<git_reference_iterator_free>> iterator(raw);
  std::vector<Ref> refs;
  git_reference* reference = nullptr;
  int code = 0;
  while ((code = git_reference_next(&reference, raw)) == 0) {
    const ReferenceHandle handle(reference);
    if (const git_oid* target = git_reference_target(reference)) {
      refs.push_back({git_reference_name(reference), from_git(*target)});
    }
  }
  if (code != GIT_ITEROVER) return libgit2_error(code, "listing " + prefix + "* of", impl_->git_dir.native());
  std::sort(refs.begin(), refs.end(), [](const Ref& a, const Ref& b) { return a.name < b.name; });
  return refs;
}

Result<std::vector<Oid>> Repository::stashes() const {
  git_reflog* raw = nullptr;
  if (const int code = git_reflog_read(&raw, impl_->repository.get(), "refs/stash"); code < 0) {
    return libgit2_error(code, "reading the stashes of", impl_->git_dir.native());
  }
  const std::unique_ptr<git_reflog, Freer<git_reflog_free>> log(raw);
  std::vector<Oid> found;
  for (std::size_t i = 0; i < git_reflog_entrycount(raw); ++i) {
    found.push_back(from_git(*git_reflog_entry_id_new(git_reflog_entry_byindex(raw, i))));
  }
  return found;
}

Status Repository::set_ref(const std::string& name, const Oid& target) {
  PLAND_CHECK(may_write_ref(*impl_, name));
  const git_oid id = to_git(target);
  git_reference* raw = nullptr;
  if (const int code = git_reference_create(&raw, impl_->repository.get(), name.c_str(), &id, 1, nullptr);
      code < 0) {
    return libgit2_error(code, "setting " + name + " of", impl_->git_dir.native());
  }
  git_reference_free(raw);
  return {};
}

Status Repository::delete_ref(const std::string& name) {
  PLAND_CHECK(may_write_ref(*impl_, name));
  const int code = git_reference_remove(impl_->repository.get(), name.c_str());
  if (code < 0 && code != GIT_ENOTFOUND) {
    return libgit2_error(code, "deleting " + name + " of", impl_->git_dir.native());
  }
  return {};
}

Result<std::optional<Oid>> Repository::head_commit() const {
  git_reference* raw = nullptr;
  const int code = git_repository_head(&raw, impl_->repository.get());
  if (code == GIT_EUNBORNBRANCH || code == GIT_ENOTFOUND) return std::optional<Oid>();
  if (code < 0) return libgit2_error(code, "reading HEAD of", impl_->git_dir.native());
  const ReferenceHandle head(raw);
  return std::optional<Oid>(from_git(*git_reference_target(raw)));
}

Result<std::optional<std::string>> Repository::head_branch() const {
  git_reference* raw = nullptr;
  if (const int code = git_reference_lookup(&raw, impl_->repository.get(), "HEAD"); code < 0) {
    return libgit2_error(code, "reading HEAD of", impl_->git_dir.native());
  }
  const ReferenceHandle head(raw);
  const char* target = git_reference_symbolic_target(raw);
  if (target == nullptr) return std::optional<std::string>();
  constexpr std::string_view branches = "refs/heads/";
  std::string name = target;
  if (name.starts_with(branches)) name.erase(0, branches.size());
  return std::optional<std::string>(std::move(name));
}

Result<std::optional<std::string>> Repository::config(const std::string& key) const {
  git_config* raw = nullptr;
  if (const int code = git_repository_config_snapshot(&raw, impl_->repository.get()); code < 0) {
    return libgit2_error(code, "reading the configuration of", impl_->git_dir.native());
  }
  const ConfigHandle config(raw);
  BufferGuard value;
  const int code = git_config_get_string_buf(&value.buffer, raw, key.c_str());
  if (code == GIT_ENOTFOUND) return std::optional<std::string>();
  if (code < 0) return libgit2_error(code, "reading " + key + " of", impl_->git_dir.native());
  return std::optional<std::string>(std::string(value.buffer.ptr, value.buffer.size));
}

Result<std::vector<std::optional<std::string>>> Repository::attributes(
    const std::string& path, const std::vector<std::string>& names) const {
  std::vector<const char*> wanted(names.size());
  std::transform(names.begin(), names.end(), wanted.begin(),
                 [](const std::string& name) { return name.c_str(); });
  std::vector<const char*> values(names.size(), nullptr);
  if (const int code =
          git_attr_get_many(values.data(), impl_->repository.get(), GIT_ATTR_CHECK_FILE_THEN_INDEX,
                            path.c_str(), names.size(), wanted.data());
      code < 0) {
    return libgit2_error(code, "reading the attributes of", path);
  }
  std::vector<std::optional<std::string>> result(names.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    switch (git_attr_value(values[i])) {
      case GIT_ATTR_VALUE_TRUE:
        result[i] = "true";
        break;
      case GIT_ATTR_VALUE_FALSE:
        result[i] = "false";
        break;
      case GIT_ATTR_VALUE_STRING:
        result[i] = values[i];
        break;
      case GIT_ATTR_VALUE_UNSPECIFIED:
        break;
    }
  }
  return result;
}

}  // namespace pland::engine::git
