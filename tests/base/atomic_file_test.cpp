#include "base/atomic_file.h"

#include "inbetween/error.h"
#include "support/exr_files.h"

#include <gmock/gmock.h>
#include <stdexcept>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace inbetween {
namespace {

using namespace test;
using ::testing::HasSubstr;

std::vector<std::string> namesIn(const std::filesystem::path& folder) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        names.push_back(entry.path().filename().string());
    return names;
}

TEST(AtomicFile, AppearsWhole) {
    const TemporaryFolder folder;
    writeTextAtomically(folder / "a.txt", "first");
    EXPECT_EQ(readBytes(folder / "a.txt"), "first");
    writeTextAtomically(folder / "a.txt", "second");
    EXPECT_EQ(readBytes(folder / "a.txt"), "second");
    EXPECT_EQ(namesIn(folder.path()), std::vector<std::string>{"a.txt"});
}

TEST(AtomicFile, IsWrittenBesideTheTarget) {
    const TemporaryFolder folder;
    writeFileAtomically(folder / "a.txt", [&](const std::filesystem::path& temporary) {
        EXPECT_EQ(temporary.parent_path(), folder.path());
        EXPECT_TRUE(temporary.filename().string().starts_with("."));
        EXPECT_TRUE(temporary.filename().string().ends_with(".part"));
        EXPECT_FALSE(std::filesystem::exists(folder / "a.txt"));
        writeBytes(temporary, "x");
    });
    EXPECT_EQ(readBytes(folder / "a.txt"), "x");
}

TEST(AtomicFile, AFailureLeavesTheOldFile) {
    const TemporaryFolder folder;
    writeTextAtomically(folder / "a.txt", "old");
    EXPECT_THROW(writeFileAtomically(folder / "a.txt",
                                     [](const std::filesystem::path& temporary) {
                                         writeBytes(temporary, "half of it");
                                         throw std::runtime_error("no more");
                                     }),
                 std::runtime_error);
    EXPECT_EQ(readBytes(folder / "a.txt"), "old");
    EXPECT_EQ(namesIn(folder.path()).size(), 1u);
}

TEST(AtomicFile, HasTheUsualPermissions) {
    const TemporaryFolder folder;
    writeTextAtomically(folder / "a.txt", "x");
    const mode_t mask = ::umask(0);
    ::umask(mask);
    struct stat status {};
    ASSERT_EQ(::stat((folder / "a.txt").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0666 & ~mask);
}

TEST(AtomicFile, FoldersAreMadeBelowTheirRootOnly) {
    const TemporaryFolder root, elsewhere;
    makeFolderWithin(root.path(), root / "a" / "b");
    EXPECT_TRUE(std::filesystem::is_directory(root / "a" / "b"));
    std::filesystem::create_directory_symlink(root / "a", root / "inside");
    EXPECT_NO_THROW(makeFolderWithin(root.path(), root / "inside" / "b"));
    std::filesystem::create_directory_symlink(elsewhere.path(), root / "outside");
    EXPECT_THROW(makeFolderWithin(root.path(), root / "outside"), Error);
    writeBytes(root / "file", "");
    EXPECT_THROW(makeFolderWithin(root.path(), root / "file"), Error);
}

TEST(AtomicFile, NamesTheTargetThatCannotBeWritten) {
    const TemporaryFolder folder;
    writeBytes(folder / "file", "");
    for (const char* target : {"absent/a.txt", "file/a.txt"})
        try {
            writeTextAtomically(folder / target, "x");
            ADD_FAILURE() << target;
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::output);
            EXPECT_THAT(error.what(), HasSubstr((folder / target).string()));
        }
}

TEST(AtomicFile, LongNamesHaveRoomForTheSuffix) {
    const TemporaryFolder folder;
    const std::string name(250, 'n');
    writeTextAtomically(folder / name, "x");
    EXPECT_EQ(readBytes(folder / name), "x");
}

TEST(AtomicFile, StaleTemporariesAreRemovedAndNothingElse) {
    const TemporaryFolder folder;
    for (const char* name : {".a.exr.otherhost-1-AbCdEf.part", "a.exr", "b.part", ".hidden", ".part"})
        writeBytes(folder / name, "");
    EXPECT_EQ(removeStaleTemporaries(folder.path()), 0) << "another machine may still be writing";
    std::filesystem::last_write_time(folder / ".a.exr.otherhost-1-AbCdEf.part",
                                     std::filesystem::file_time_type::clock::now() - std::chrono::hours(25));
    EXPECT_EQ(removeStaleTemporaries(folder.path()), 1);
    EXPECT_EQ(namesIn(folder.path()).size(), 4u);
    EXPECT_EQ(removeStaleTemporaries(folder / "absent"), 0);
}

TEST(AtomicFile, TemporariesOfDeadProcessesGoAndThoseOfLivingOnesStay) {
    const TemporaryFolder folder;
    writeFileAtomically(folder / "a.txt", [&](const std::filesystem::path& temporary) {
        EXPECT_EQ(removeStaleTemporaries(folder.path()), 0);
        writeBytes(temporary, "x");
        // The same name as a process that ended would have left it.
        const pid_t child = ::fork();
        if (child == 0)
            ::_exit(0);
        ::waitpid(child, nullptr, 0);
        std::string left = temporary.string();
        const std::string pid = "-" + std::to_string(::getpid()) + "-";
        left.replace(left.rfind(pid), pid.size(), "-" + std::to_string(child) + "-");
        writeBytes(left, "x");
        EXPECT_EQ(removeStaleTemporaries(folder.path()), 1);
        EXPECT_FALSE(std::filesystem::exists(left));
    });
    EXPECT_EQ(readBytes(folder / "a.txt"), "x");
}

} // namespace
} // namespace inbetween
