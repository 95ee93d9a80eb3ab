#include "pages.h"

#include <algorithm>
#include <sstream>

namespace {

std::string joined(const std::vector<std::string>& words) {
    return CLI::detail::join(words, " ");
}

std::vector<std::string> namesOf(const std::vector<const CLI::App*>& commands) {
    std::vector<std::string> names;
    for (const CLI::App* command : commands)
        names.push_back(command->get_name());
    return names;
}

bool takesValue(const CLI::Option& option) {
    return !option.get_positional() && option.get_items_expected_max() > 0;
}

// A case of the command so far: what may follow "inbetween", "inbetween run", "inbetween review apply".
void writeBashCase(std::ostream& script, const CLI::App& app, const std::string& path) {
    std::vector<std::string> words = namesOf(subcommandsOf(app)), takingFiles;
    std::ostringstream values;
    for (const CLI::Option* option : visibleOptions(app)) {
        const auto spellings = spellingsOf(*option);
        words.insert(words.end(), spellings.begin(), spellings.end());
        const auto accepted = valuesOf(*option);
        if (!accepted.empty())
            values << "        " << CLI::detail::join(spellings, "|") << ") values='" << joined(accepted)
                   << "' ;;\n";
        else if (takesValue(*option))
            takingFiles.insert(takingFiles.end(), spellings.begin(), spellings.end());
    }
    if (!takingFiles.empty())
        values << "        " << CLI::detail::join(takingFiles, "|") << ") values=FILES ;;\n";
    script << "    '" << path << "')\n        words='" << joined(words) << "'\n";
    if (!values.str().empty())
        script << "        case $previous in\n" << values.str() << "        esac\n";
    script << "        ;;\n";
    for (const CLI::App* command : subcommandsOf(app))
        writeBashCase(script, *command, path + " " + command->get_name());
}

// Quoted for zsh within '...', and for _arguments within [...].
std::string zshText(const std::string& text) {
    std::string quoted;
    for (const char c : text)
        if (c == '\'')
            quoted += "'\\''";
        else if (c == '[' || c == ']' || c == ':' || c == '\\')
            quoted += std::string("\\") + c;
        else
            quoted += c;
    return quoted;
}

std::string zshFunctionName(const std::string& path) {
    std::string name = "_" + path;
    std::replace(name.begin(), name.end(), ' ', '_');
    return name;
}

void writeZshOption(std::ostream& script, const CLI::Option& option) {
    if (option.get_positional()) {
        script << " \\\n        '" << (option.get_items_expected_max() > 1 ? "*" : "") << ":"
               << zshText(option.get_name(true)) << ":_files'";
        return;
    }
    const auto spellings = spellingsOf(option);
    const auto accepted = valuesOf(option);
    for (const std::string& spelling : spellings) {
        script << " \\\n        '(" << joined(spellings) << ")" << spelling << "["
               << zshText(option.get_description()) << "]";
        if (takesValue(option))
            script << ":value:" << (accepted.empty() ? "_files" : "(" + joined(accepted) + ")");
        script << "'";
    }
}

void writeZshFunction(std::ostream& script, const CLI::App& app, const std::string& path) {
    const auto subcommands = subcommandsOf(app);
    for (const CLI::App* command : subcommands)
        writeZshFunction(script, *command, path + " " + command->get_name());
    script << zshFunctionName(path) << "() {\n    local context state state_descr line\n"
           << "    typeset -A opt_args\n    _arguments -C";
    for (const CLI::Option* option : visibleOptions(app))
        writeZshOption(script, *option);
    if (subcommands.empty()) {
        script << "\n}\n\n";
        return;
    }
    script << " \\\n        '1:command:->command' '*::argument:->argument'\n"
           << "    case $state in\n    command)\n        local -a commands=(";
    for (const CLI::App* command : subcommands)
        script << "\n            '" << command->get_name() << ":" << zshText(command->get_description())
               << "'";
    script << ")\n        _describe command commands ;;\n    argument)\n        case $line[1] in\n";
    for (const CLI::App* command : subcommands)
        script << "        " << command->get_name() << ") "
               << zshFunctionName(path + " " + command->get_name()) << " ;;\n";
    script << "        esac ;;\n    esac\n}\n\n";
}

} // namespace

std::string bashCompletion(const CLI::App& app) {
    std::ostringstream script;
    script << "# Completion of inbetween for bash.\n"
              "_inbetween() {\n"
              "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
              "    local command=inbetween words='' values='' word\n"
              "    for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
              "        case \"$command $word\" in\n";
    std::vector<std::string> paths;
    for (const CLI::App* command : subcommandsOf(app)) {
        paths.push_back("'inbetween " + command->get_name() + "'");
        for (const CLI::App* nested : subcommandsOf(*command))
            paths.push_back("'inbetween " + command->get_name() + " " + nested->get_name() + "'");
    }
    script << "        " << CLI::detail::join(paths, "|") << ") command=\"$command $word\" ;;\n"
           << "        esac\n    done\n    case $command in\n";
    writeBashCase(script, app, "inbetween");
    script << "    esac\n"
              "    COMPREPLY=()\n"
              "    if [ -n \"$values\" ]; then\n"
              "        [ \"$values\" = FILES ] || mapfile -t COMPREPLY < <(compgen -W \"$values\" -- "
              "\"$current\")\n"
              "    elif [[ $current == -* || $words != -* ]]; then\n"
              "        mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
              "    fi\n"
              "}\n"
              "complete -o bashdefault -o default -F _inbetween inbetween\n";
    return script.str();
}

std::string zshCompletion(const CLI::App& app) {
    std::ostringstream script;
    script << "#compdef inbetween\n# Completion of inbetween for zsh.\n\n";
    writeZshFunction(script, app, "inbetween");
    script << "_inbetween \"$@\"\n";
    return script.str();
}
