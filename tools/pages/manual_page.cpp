#include "pages.h"

#include <sstream>

namespace {

// Text as roff prints it unchanged.
std::string escaped(const std::string& text) {
    std::string roff;
    for (const char c : text) {
        if ((c == '.' || c == '\'') && (roff.empty() || roff.back() == '\n'))
            roff += "\\&";
        if (c == '\\')
            roff += "\\e";
        else if (c == '-' || c == '`' || c == '\'' || c == '~' || c == '^')
            roff += c == '-'    ? "\\-"
                    : c == '`'  ? "\\(ga"
                    : c == '\'' ? "\\(aq"
                    : c == '~'  ? "\\(ti"
                                : "\\(ha";
        else
            roff += c;
    }
    return roff;
}

std::string upperCase(std::string text) {
    for (char& c : text)
        c = char(std::toupper(static_cast<unsigned char>(c)));
    return text;
}

std::string placeholderOf(const CLI::Option& option) {
    const auto values = valuesOf(option);
    if (!values.empty())
        return CLI::detail::join(values, "|");
    const std::string type = option.get_type_name();
    return type.substr(0, type.find(':'));
}

void writeOption(std::ostream& page, const CLI::Option& option) {
    page << ".TP\n";
    if (option.get_positional()) {
        page << "\\fI" << escaped(option.get_name(true)) << "\\fR\n";
    } else {
        const auto spellings = spellingsOf(option);
        for (std::size_t i = 0; i < spellings.size(); ++i)
            page << (i > 0 ? ", " : "") << "\\fB" << escaped(spellings[i]) << "\\fR";
        if (option.get_items_expected_max() > 0)
            page << " \\fI" << escaped(placeholderOf(option)) << "\\fR";
        page << "\n";
    }
    std::string description = option.get_description();
    if (!option.get_default_str().empty())
        description += " (default: " + option.get_default_str() + ")";
    page << escaped(description) << (description.empty() || description.back() == '.' ? "" : ".");
    const auto range = option.get_type_name().find(" in [");
    if (range != std::string::npos)
        page << "\nAccepts " << escaped(option.get_type_name().substr(range + 4)) << ".";
    for (const CLI::Option* excluded : option.get_excludes())
        page << "\nCannot be combined with \\fB" << escaped(excluded->get_name()) << "\\fR.";
    page << "\n";
}

void writeOptions(std::ostream& page, const CLI::App& app) {
    const auto options = visibleOptions(app);
    for (const bool positional : {true, false})
        for (const CLI::Option* option : options)
            if (option->get_positional() == positional)
                writeOption(page, *option);
}

// The paragraphs of a footer: one that begins with "Examples:" or "Exit codes:" becomes a section.
void writeFooter(std::ostream& page, const std::string& footer) {
    std::istringstream lines(footer);
    bool verbatim = false, inSection = false;
    for (std::string line; std::getline(lines, line);) {
        const bool example = line.rfind("  ", 0) == 0;
        if (verbatim && !example)
            page << ".EE\n.RE\n";
        if (line.rfind("Example", 0) == 0) {
            page << ".SH EXAMPLES\n";
            inSection = true;
        } else if (line.rfind("Exit codes: ", 0) == 0) {
            page << ".SH EXIT STATUS\n" << escaped(line.substr(12)) << "\n";
            inSection = true;
        } else if (example) {
            page << (verbatim ? "" : ".RS 4\n.EX\n") << escaped(line.substr(2)) << "\n";
        } else if (line.empty()) {
            inSection = false;
        } else {
            page << (inSection ? "" : ".SH NOTES\n") << escaped(line) << "\n";
            inSection = true;
        }
        verbatim = example;
    }
    if (verbatim)
        page << ".EE\n.RE\n";
}

std::string synopsisOf(const CLI::App& app, const std::string& command) {
    std::string synopsis = "\\fB" + escaped(command) + "\\fR [\\fIoptions\\fR]";
    for (const CLI::Option* option : visibleOptions(app))
        if (option->get_positional()) {
            const std::string name = escaped(option->get_name(true));
            const std::string dots = option->get_items_expected_max() > 1 ? "\\fR..." : "\\fR";
            synopsis += option->get_required() ? " \\fI" + name + dots : " [\\fI" + name + dots + "]";
        }
    return subcommandsOf(app).empty() ? synopsis : synopsis + " \\fIcommand\\fR ...";
}

} // namespace

std::string manualPage(const CLI::App& app, const std::string& name, const std::string& version) {
    std::ostringstream page;
    std::string command = name;
    std::replace(command.begin(), command.end(), '-', ' ');
    const bool whole = command.find(' ') == std::string::npos;
    page << ".TH " << upperCase(escaped(name)) << " 1 \"\" \"inbetween " << version << "\" \"Inbetween\"\n"
         << ".SH NAME\n"
         << escaped(name) << " \\- " << escaped(app.get_description()) << "\n"
         << ".SH SYNOPSIS\n"
         << synopsisOf(app, command) << "\n"
         << ".SH OPTIONS\n";
    writeOptions(page, app);
    const auto subcommands = subcommandsOf(app);
    if (!subcommands.empty())
        page << ".SH COMMANDS\n";
    for (const CLI::App* subcommand : subcommands) {
        page << (whole ? ".TP\n" : ".SS ") << "\\fB"
             << escaped(command + (whole ? "-" : " ") + subcommand->get_name()) << "\\fR"
             << (whole ? "(1)" : "") << "\n"
             << escaped(subcommand->get_description()) << "\n";
        if (!whole)
            writeOptions(page, *subcommand);
    }
    writeFooter(page, app.get_footer());
    if (!whole)
        page << ".SH SEE ALSO\n\\fBinbetween\\fR(1)\n";
    return page.str();
}
