#include "engine/git/ignore.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace pland::engine::git {
namespace fs = std::filesystem;
namespace {

std::uint64_t digest(std::uint64_t seed, std::string_view text) {  // FNV-1a: stable between builds
  for (const char c : text) seed = (seed ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return (seed ^ 0xff) * 1099511628211U;
}
constexpr std::uint64_t digest_seed = 14695981039346656037U;

void trim_trailing_spaces(std::string_view& line) {
  std::size_t end = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\' && i + 1 < line.size()) {
      end = ++i + 1;
    } else if (line[i] != ' ') {
      end = i + 1;
    }
  }
  line = line.substr(0, end);
}

bool has_wildcard(std::string_view text) {
  return text.find_first_of("*?[\\") != std::string_view::npos;
}

std::string file_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream bytes;
  if (in) bytes << in.rdbuf();
  return bytes.str();
}

fs::path expanded(const std::string& path) {
  const char* home = std::getenv("HOME");
  if (path.starts_with("~/") && home != nullptr) return fs::path(home) / path.substr(2);
  return path;
}

}  // namespace

std::vector<IgnorePattern> parse_ignore_patterns(std::string_view text) {
  std::vector<IgnorePattern> patterns;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    const bool whole = line.size() < text.size();
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (whole && line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with('#')) continue;
    trim_trailing_spaces(line);
    IgnorePattern pattern;
    if (line.starts_with('!')) {
      pattern.negated = true;
      line.remove_prefix(1);
    }
    if (line.ends_with('/')) {
      pattern.directory_only = true;
      line.remove_suffix(1);
    }
    pattern.name_only = line.find('/') == std::string_view::npos;
    if (line.starts_with('/')) line.remove_prefix(1);
    if (line.empty()) continue;
    pattern.pattern = line;
    patterns.push_back(std::move(pattern));
  }
  return patterns;
}

IgnoreVerdict match_patterns(const std::vector<IgnorePattern>& patterns, std::string_view path,
                             bool is_directory) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  for (auto pattern = patterns.rbegin(); pattern != patterns.rend(); ++pattern) {
    if (pattern->directory_only && !is_directory) continue;
    const std::string_view subject = pattern->name_only ? name : path;
    const bool matches = has_wildcard(pattern->pattern) ? path_matches(pattern->pattern, subject)
                                                        : pattern->pattern == subject;
    if (matches) return pattern->negated ? IgnoreVerdict::included : IgnoreVerdict::ignored;
  }
  return IgnoreVerdict::undecided;
}

IgnoreRules::Pointer IgnoreRules::root(const std::vector<std::string>& texts) {
  auto rules = std::make_shared<IgnoreRules>();
  rules->fingerprint_ = digest_seed;
  for (const std::string& text : texts) {
    rules->layers_.push_back({"", parse_ignore_patterns(text)});
    rules->fingerprint_ = digest(rules->fingerprint_, text);
  }
  return rules;
}

IgnoreRules::Pointer IgnoreRules::inside(Pointer above, std::string_view directory, std::string_view text) {
  if (text.empty()) return above;
  auto rules = std::make_shared<IgnoreRules>();
  std::string base(directory);
  if (!base.empty()) base += '/';
  rules->fingerprint_ = digest(digest(above->fingerprint_, base), text);
  rules->layers_.push_back({std::move(base), parse_ignore_patterns(text)});
  rules->above_ = std::move(above);
  return rules;
}

bool IgnoreRules::ignored(std::string_view path, bool is_directory) const {
  for (const IgnoreRules* rules = this; rules != nullptr; rules = rules->above_.get()) {
    for (auto layer = rules->layers_.rbegin(); layer != rules->layers_.rend(); ++layer) {
      const IgnoreVerdict verdict =
          match_patterns(layer->patterns, path.substr(layer->base.size()), is_directory);
      if (verdict != IgnoreVerdict::undecided) return verdict == IgnoreVerdict::ignored;
    }
  }
  return false;
}

Result<IgnoreRules::Pointer> standard_rules(const Repository* user_repository) {
  std::vector<std::string> texts;
  if (user_repository != nullptr) {
    PLAND_TRY(const auto configured, user_repository->config("core.excludesFile"));
    fs::path excludes;
    if (configured) {
      excludes = expanded(*configured);
    } else if (const char* config = std::getenv("XDG_CONFIG_HOME"); config != nullptr && *config != '\0') {
      excludes = fs::path(config) / "git" / "ignore";
    } else {
      excludes = expanded("~/.config/git/ignore");
    }
    texts.push_back(file_text(excludes));
    texts.push_back(file_text(user_repository->common_dir() / "info" / "exclude"));
  }
  return IgnoreRules::root(texts);
}

std::string read_ignore_file(const fs::path& directory, const std::string& name) {
  std::string text;
  const int fd = ::open((directory / name).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0) return text;
  char buffer[8192];
  ssize_t count = 0;
  while ((count = ::read(fd, buffer, sizeof(buffer))) > 0)
    text.append(buffer, static_cast<std::size_t>(count));
  ::close(fd);
  return text;
}

bool is_ignored(const fs::path& root, const IgnoreRules::Pointer& standard, std::string_view path,
                bool is_directory) {
  IgnoreRules::Pointer rules = IgnoreRules::inside(standard, "", read_ignore_file(root));
  for (std::size_t slash = path.find('/'); slash != std::string_view::npos;
       slash = path.find('/', slash + 1)) {
    const std::string_view directory = path.substr(0, slash);
    if (rules->ignored(directory, true)) return true;
    rules = IgnoreRules::inside(rules, directory, read_ignore_file(root / directory));
  }
  return rules->ignored(path, is_directory);
}

}  // namespace pland::engine::git
