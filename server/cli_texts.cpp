#include "server/cli_texts.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <vector>

namespace pland::server {
namespace {

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

/// Those with a name that begins with '-'.
std::vector<const CLI::Option*> flags_of(const CLI::App& app) {
  std::vector<const CLI::Option*> options = app.get_options();
  std::erase_if(options, [](const CLI::Option* option) { return !option->nonpositional(); });
  return options;
}

std::vector<const CLI::Option*> positionals_of(const CLI::App& app) {
  std::vector<const CLI::Option*> options = app.get_options();
  std::erase_if(options, [](const CLI::Option* option) { return !option->get_positional(); });
  return options;
}

std::vector<std::string> spellings(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.get_snames()) names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
  return names;
}

std::string placeholder(const CLI::Option& option) {
  if (option.get_positional()) return option.get_name(true);
  const std::string type = option.get_type_name();
  const std::size_t open = type.find('{'), close = type.find('}');
  if (open == std::string::npos || close == std::string::npos) return type;
  std::string values = type.substr(open + 1, close - open - 1);
  std::replace(values.begin(), values.end(), ',', '|');
  return values;
}

bool takes_value(const CLI::Option& option) {
  return option.get_items_expected_max() > 0;
}

/// The fixed values that an option takes, from CLI::IsMember's description "{a,b,c}".
std::vector<std::string> values_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const std::size_t open = type.find('{'), close = type.find('}');
  if (open == std::string::npos || close == std::string::npos) return {};
  return CLI::detail::split(type.substr(open + 1, close - open - 1), ',');
}

// --- man ---

/// Text for roff: nothing in it is a request or an escape.
std::string roff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n')) {
      out += "\\&";
      out += c;
    } else {
      out += c;
    }
  }
  return out;
}

std::string roff_option(const CLI::Option& option) {
  std::string names;
  for (const std::string& name : spellings(option))
    names += (names.empty() ? "\\fB" : ", \\fB") + roff(name) + "\\fR";
  if (takes_value(option)) names += " \\fI" + roff(placeholder(option)) + "\\fR";
  return ".TP\n" + names + "\n" + roff(option.get_description()) + ".\n";
}

std::string roff_command(const CLI::App& command) {
  std::string text = ".SS \"pland " + roff(command.get_name());
  for (const CLI::Option* option : positionals_of(command)) {
    const std::string name = roff(option->get_name(true));
    text += option->get_required() ? " " + name : " [" + name + "]";
  }
  text += "\"\n" + roff(command.get_description()) + ".\n";
  for (const CLI::Option* option : positionals_of(command)) {
    text += ".TP\n\\fI" + roff(option->get_name(true)) + "\\fR\n" + roff(option->get_description()) + ".\n";
  }
  for (const CLI::Option* option : flags_of(command)) {
    if (!option->check_lname("help")) text += roff_option(*option);
  }
  return text;
}

constexpr std::string_view manual_tail = R"(.SH EXIT STATUS
.TP
0
Done: the plan is merged, and applied where asked.
.TP
1
Conflicts or failures; a refused verb.
.TP
2
Wrong usage, or a plan file with errors.
.SH ENVIRONMENT
.TP
.B XDG_STATE_HOME
State is kept in \fIpland\fR below it; without it, in \fI~/.local/state/pland\fR.
.TP
.B NO_COLOR
When set, nothing is coloured.
.SH FILES
.TP
.I *.plan.yaml
Plan files.
.TP
.I .worktreeinclude
Ignored files that a sandbox gets copies of, as patterns of \fBgitignore\fR(5).
.TP
.I ~/.local/state/pland/
Plans, snapshots and sandboxes, one folder for each project. It may be deleted.
.SH SEE ALSO
.BR git (1),
.BR git\-worktree (1)
)";

// --- shells ---

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::vector<std::string> all_spellings(const CLI::App& app) {
  std::vector<std::string> words;
  for (const CLI::Option* option : flags_of(app)) {
    for (const std::string& name : spellings(*option)) words.push_back(name);
  }
  return words;
}

std::vector<std::string> names_of(const std::vector<const CLI::App*>& commands) {
  std::vector<std::string> names;
  for (const CLI::App* command : commands) names.push_back(command->get_name());
  return names;
}

std::string bash_completions(const CLI::App& app) {
  const auto commands = commands_of(app);
  std::string values, options;
  for (const CLI::App* command : commands) {
    options += fmt::format("    {}) words='{}' ;;\n", command->get_name(), joined(all_spellings(*command)));
    for (const CLI::Option* option : flags_of(*command)) {
      const std::vector<std::string> known = values_of(*option);
      for (const std::string& name : spellings(*option)) {
        if (known.empty()) continue;
        values += fmt::format("    {}:{}) words='{}' ;;\n", command->get_name(), name, joined(known));
      }
    }
  }
  return fmt::format(R"(# bash completion for pland
_pland() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD - 1]}} command='' word words=''
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    if [[ $word != -* ]]; then
      command=$word
      break
    fi
  done
  case $command:$previous in
{2}  esac
  if [[ -z $words ]]; then
    case $command in
    '') words='{0} {1}' ;;
{3}    esac
    [[ -n $command && $current != -* ]] && words=''
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  if ((${{#COMPREPLY[@]}} == 0)) && [[ $current != -* ]]; then
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
  fi
}}
complete -F _pland pland
)",
                     joined(names_of(commands)), joined(all_spellings(app)), values, options);
}

/// Inside of single quotes, for the two shells below.
std::string quoted(std::string_view text, std::string_view special) {
  std::string out;
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
      continue;
    }
    if (special.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string zsh_option(const CLI::Option& option) {
  std::string lines;
  for (const std::string& name : spellings(option)) {
    std::string action;
    if (takes_value(option)) {
      const std::vector<std::string> known = values_of(option);
      action = ":" + quoted(option.get_lnames().front(), ":[]") + ":" +
               (known.empty() ? "_files" : "(" + joined(known) + ")");
    }
    lines += fmt::format("      '{}[{}]{}' \\\n", name, quoted(option.get_description(), ":[]"), action);
  }
  return lines;
}

std::string zsh_completions(const CLI::App& app) {
  std::string names, cases, top;
  for (const CLI::App* command : commands_of(app)) {
    names += fmt::format("    '{}:{}'\n", command->get_name(), quoted(command->get_description(), ":"));
    std::string options;
    for (const CLI::Option* option : flags_of(*command)) options += zsh_option(*option);
    cases += fmt::format("    {})\n      _arguments \\\n{}      '*:file:_files'\n      ;;\n",
                         command->get_name(), options);
  }
  for (const CLI::Option* option : flags_of(app)) top += zsh_option(*option);
  return fmt::format(R"(#compdef pland
_pland() {{
  local context state line
  local -a commands=(
{}  )
  _arguments -C \
{}      '1:command:->command' '*::argument:->argument'
  case $state in
  command) _describe 'command' commands ;;
  argument)
    case $words[1] in
{}    esac
    ;;
  esac
}}
_pland "$@"
)",
                     names, top, cases);
}

std::string fish_options(const CLI::App& app, const std::string& when) {
  std::string lines;
  for (const CLI::Option* option : flags_of(app)) {
    lines += "complete -c pland -n '" + when + "'";
    for (const std::string& name : option->get_snames()) lines += " -s " + name;
    for (const std::string& name : option->get_lnames()) lines += " -l " + name;
    if (const auto known = values_of(*option); !known.empty()) {
      lines += " -x -a '" + joined(known) + "'";
    } else if (takes_value(*option)) {
      lines += " -r";
    }
    lines += " -d '" + quoted(option->get_description(), "\\") + "'\n";
  }
  return lines;
}

std::string fish_completions(const CLI::App& app) {
  std::string text = "# fish completion for pland\n";
  for (const CLI::App* command : commands_of(app)) {
    text += fmt::format("complete -c pland -f -n __fish_use_subcommand -a {} -d '{}'\n", command->get_name(),
                        quoted(command->get_description(), "\\"));
  }
  text += fish_options(app, "__fish_use_subcommand");
  for (const CLI::App* command : commands_of(app)) {
    text += fish_options(*command, "__fish_seen_subcommand_from " + command->get_name());
  }
  return text;
}

}  // namespace

std::string manual_page(const CLI::App& app, std::string_view version) {
  std::string text = fmt::format(
      ".TH PLAND 1 \"\" \"pland {}\" \"User Commands\"\n.SH NAME\npland \\- a language server for plans\n"
      ".SH SYNOPSIS\n.B pland\n[\\fB\\-\\-stdio\\fR]\n.br\n.B pland run\n\\fIFILE\\fR [\\fIOPTION\\fR]...\n"
      ".br\n.B pland\n\\fICOMMAND\\fR [\\fIARGUMENT\\fR]...\n.SH DESCRIPTION\n{}\n.PP\n",
      version, roff(app.get_description()));
  text +=
      "A plan file names subplans: commands that may run side by side. Each runs in an isolated copy of the\n"
      "repository; the results are merged three\\-way, and nothing touches the user's files until\n"
      "\\fBpland apply\\fR, which \\fBpland undo\\fR takes back.\n.SH OPTIONS\n";
  for (const CLI::Option* option : flags_of(app)) text += roff_option(*option);
  text += ".SH COMMANDS\nEach takes \\fB\\-\\-help\\fR.\n";
  for (const CLI::App* command : commands_of(app)) text += roff_command(*command);
  return text + std::string(manual_tail);
}

std::optional<std::string> completions(const CLI::App& app, std::string_view shell) {
  if (shell == "bash") return bash_completions(app);
  if (shell == "zsh") return zsh_completions(app);
  if (shell == "fish") return fish_completions(app);
  return std::nullopt;
}

}  // namespace pland::server
