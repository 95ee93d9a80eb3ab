#include "pipeline/memory_budget.h"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <unistd.h>

using namespace inbetween;
namespace fs = std::filesystem;

namespace {

class Cgroups : public testing::Test {
protected:
    void SetUp() override { fs::create_directories(root_); }
    void TearDown() override { fs::remove_all(root_); }
    void write(const std::string& name, const std::string& text) const {
        fs::create_directories((root_ / name).parent_path());
        std::ofstream(root_ / name) << text;
    }
    std::optional<std::size_t> left() const { return memoryLeftByCgroups(root_ / "self", root_); }

    const fs::path root_ = fs::temp_directory_path() / ("inbetween_cgroups_" + std::to_string(getpid()));
};

TEST_F(Cgroups, TheTightestLimitOfAJobAndWhatIsAroundItCounts) {
    write("self", "0::/slurm/job_7/step_0\n");
    write("slurm/job_7/step_0/memory.max", "max\n");
    write("slurm/job_7/step_0/memory.current", "100\n");
    EXPECT_FALSE(left()) << "nothing limits";
    write("slurm/job_7/memory.max", "8000\n");
    write("slurm/job_7/memory.current", "3000\n");
    write("slurm/job_7/memory.stat", "anon 500\ninactive_file 2000\n");
    write("memory.max", "90000\n");
    write("memory.current", "1000\n");
    EXPECT_EQ(left(), 7000u) << "what is cached of files is as good as free";
    write("slurm/job_7/memory.current", "20000\n");
    EXPECT_EQ(left(), 0u);
}

TEST_F(Cgroups, VersionOneHasAFolderOfItsOwn) {
    write("self", "9:name=systemd:/\n4:hugetlb,memory:/job\n0::/\n");
    write("memory/job/memory.limit_in_bytes", "5000\n");
    write("memory/job/memory.usage_in_bytes", "4000\n");
    write("memory/job/memory.stat", "inactive_file 7\ntotal_inactive_file 500\n");
    EXPECT_EQ(left(), 1500u);
}

TEST_F(Cgroups, AContainersLimitIsFoundWhereItIsMounted) {
    write("self", "0::/host/path/that/is/not/here\n");
    write("memory.max", "600\n");
    write("memory.current", "200\n");
    EXPECT_EQ(left(), 400u);
    EXPECT_FALSE(memoryLeftByCgroups(root_ / "absent", root_));
}

TEST(MemoryBudget, TheDefaultIsSomethingPositive) {
    EXPECT_GT(defaultMemoryBytes(), 0u);
}

} // namespace
