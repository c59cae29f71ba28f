#include "protocol/jsonrpc/reader.h"

#include <cmath>
#include <limits>
#include <utility>

#include "protocol/jsonrpc/json.h"

namespace pland::jsonrpc {
namespace {

/// Integers may arrive as 3.0: some clients' JSON knows only floating point.
std::optional<std::int64_t> as_integer(const Json& value) {
  if (value.is_number_unsigned()) {
    const auto number = value.get<std::uint64_t>();
    if (number > static_cast<std::uint64_t>(INT64_MAX)) return std::nullopt;
    return static_cast<std::int64_t>(number);
  }
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (value.is_number_float()) {
    const double number = value.get<double>();
    constexpr double limit = 9007199254740992.0;  // 2^53: beyond, a double names no single integer
    if (number == std::floor(number) && std::fabs(number) <= limit) return static_cast<std::int64_t>(number);
  }
  return std::nullopt;
}

template <typename T>
bool read_integer(const Reader& in, T& out, std::string_view what) {
  if (!in.json().is_number()) return in.expected(what);
  const auto number = as_integer(in.json());
  if (!number || std::cmp_less(*number, std::numeric_limits<T>::min()) ||
      std::cmp_greater(*number, std::numeric_limits<T>::max())) {
    return in.problem("expected " + std::string(what) + ", found " + dump_json(in.json()));
  }
  out = static_cast<T>(*number);
  return true;
}

}  // namespace

void ReadProblems::add(std::string path, const std::string& problem) {
  if (++count_ <= max_kept) kept_.push_back(std::move(path) + ": " + problem);
}

std::string ReadProblems::to_string() const {
  std::string out;
  for (const std::string& problem : kept_) out += (out.empty() ? "" : "; ") + problem;
  if (count_ > kept_.size()) out += "; and " + std::to_string(count_ - kept_.size()) + " more";
  return out;
}

bool Reader::is_null() const {
  return value_->is_null();
}
bool Reader::is_object() const {
  return value_->is_object();
}
bool Reader::is_array() const {
  return value_->is_array();
}
bool Reader::is_string() const {
  return value_->is_string();
}

bool Reader::expected(std::string_view what) const {
  return problem("expected " + std::string(what) + ", found " + value_->type_name());
}

bool Reader::problem(const std::string& message) const {
  problems_->add(path(), message);
  return false;
}

std::string Reader::path() const {
  if (!parent_) return std::string(key_);
  std::string out = parent_->path();
  if (index_ != no_index) return out + "[" + std::to_string(index_) + "]";
  return out + "." + std::string(key_);
}

std::optional<Reader> Reader::member(std::string_view key) const {
  if (!value_->is_object()) return std::nullopt;
  const auto found = value_->find(key);
  if (found == value_->end()) return std::nullopt;
  return Reader(*found, *this, found.key(), no_index);
}

bool Reader::missing_member(std::string_view key) const {
  problems_->add(path() + "." + std::string(key), "is required but missing");
  return false;
}

std::size_t Reader::size() const {
  return value_->size();
}

Reader Reader::element(std::size_t i) const {
  return Reader((*value_)[i], *this, {}, i);
}

void Reader::for_each_member(const std::function<void(const std::string&, Reader)>& visit) const {
  for (const auto& item : value_->items())
    visit(item.key(), Reader(item.value(), *this, item.key(), no_index));
}

Reader Reader::with_problems(ReadProblems& other) const {
  Reader copy = *this;
  copy.problems_ = &other;
  return copy;
}

void Writer::set_null() {
  *target_ = nullptr;
}
void Writer::set(bool value) {
  *target_ = value;
}
void Writer::set(std::int64_t value) {
  *target_ = value;
}
void Writer::set(double value) {
  *target_ = value;
}
void Writer::set(std::string_view value) {
  *target_ = std::string(value);
}
void Writer::set_copy(const Json& value) {
  *target_ = value;
}
void Writer::make_object() {
  *target_ = Json::object();
}
void Writer::make_array() {
  *target_ = Json::array();
}
Writer Writer::member(std::string_view key) {
  return Writer((*target_)[std::string(key)]);
}
Writer Writer::append() {
  return Writer(target_->emplace_back());
}

bool read_json(Reader in, bool& out) {
  if (!in.json().is_boolean()) return in.expected("a boolean");
  out = in.json().get<bool>();
  return true;
}
bool read_json(Reader in, std::int32_t& out) {
  return read_integer(in, out, "an integer");
}
bool read_json(Reader in, std::uint32_t& out) {
  return read_integer(in, out, "a natural number");
}
bool read_json(Reader in, std::int64_t& out) {
  return read_integer(in, out, "an integer");
}
bool read_json(Reader in, std::uint64_t& out) {
  return read_integer(in, out, "a natural number");
}
bool read_json(Reader in, double& out) {
  if (!in.json().is_number()) return in.expected("a number");
  out = in.json().get<double>();
  return true;
}
bool read_json(Reader in, std::string& out) {
  if (!in.is_string()) return in.expected("a string");
  out = in.json().get_ref<const std::string&>();
  return true;
}
bool read_json(Reader in, Json& out) {
  out = in.json();
  return true;
}

void write_json(Writer out, bool value) {
  out.set(value);
}
void write_json(Writer out, std::int32_t value) {
  out.set(std::int64_t{value});
}
void write_json(Writer out, std::uint32_t value) {
  out.set(std::int64_t{value});
}
void write_json(Writer out, std::int64_t value) {
  out.set(value);
}
void write_json(Writer out, std::uint64_t value) {
  out.set_copy(Json(value));
}
void write_json(Writer out, double value) {
  out.set(value);
}
void write_json(Writer out, const std::string& value) {
  out.set(std::string_view(value));
}

}  // namespace pland::jsonrpc
