// Three-way merge of a JSON document by its keys. A pure function of values: any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pland::engine::merge {

/// Objects are merged member by member, everything else (arrays too) is one value. Nullopt where a person or
/// a merge of text must decide: a value that both sides set differently; no JSON, or JSON that is written in
/// a way that printing it again would change (comments, an array in one line, escapes): a merge reformats
/// nothing. Members keep the order of `ours`; new ones of `theirs` stand behind the member that they follow
/// there.
std::optional<std::string> merge_json(std::string_view base, std::string_view ours, std::string_view theirs);

}  // namespace pland::engine::merge
