// write_pages FOLDER: writes man1/*.1, bash/inbetween and zsh/_inbetween.
#include "application.h"
#include "pages.h"

#include "inbetween/version.h"

#include <filesystem>
#include <fstream>
#include <iostream>

namespace fs = std::filesystem;

namespace {

void write(const fs::path& file, const std::string& text) {
    fs::create_directories(file.parent_path());
    std::ofstream stream(file);
    if (!(stream << text << std::flush))
        throw std::runtime_error(file.string() + ": cannot be written");
}

} // namespace

int main(int argc, char** argv) try {
    if (argc != 2)
        throw std::runtime_error("usage: write_pages FOLDER");
    const fs::path folder = argv[1];
    CLI::App app;
    addAllCommands(app);
    write(folder / "man1/inbetween.1", manualPage(app, "inbetween", inbetween::versionString()));
    for (const CLI::App* command : subcommandsOf(app)) {
        const std::string name = "inbetween-" + command->get_name();
        write(folder / "man1" / (name + ".1"), manualPage(*command, name, inbetween::versionString()));
    }
    write(folder / "bash/inbetween", bashCompletion(app));
    write(folder / "zsh/_inbetween", zshCompletion(app));
} catch (const std::exception& e) {
    std::cerr << "write_pages: error: " << e.what() << "\n";
    return 1;
}
