#include "inbetween/review.h"

#include "inbetween/error.h"
#include "support/exr_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace inbetween;
using testing::ElementsAre;
using testing::HasSubstr;
using Json = nlohmann::json;

namespace {

// Keyframes 1 and 6; of the frames between them 2 and 3 are flagged, 4 is quiet and 5 was not made.
class ReviewTest : public testing::Test {
protected:
    void SetUp() override {
        manifest.sourcePattern = "/renders/sh010.####.exr";
        manifest.modelHash = "abc";
        manifest.keyframes = {1, 6};
        for (int number = 2; number <= 5; ++number) {
            ManifestFrame frame;
            frame.frame = number;
            frame.key0 = 1;
            frame.key1 = 6;
            frame.time = (number - 1) / 5.0;
            frame.path = "sh010.000" + std::to_string(number) + ".exr";
            frame.pixelHash = "pixels" + std::to_string(number);
            frame.verdict = number < 4 ? Verdict::rerender : Verdict::keep;
            manifest.frames.push_back(frame);
        }
        manifest.frames[3].status = FrameStatus::notMade;
        manifest.frames[3].path = manifest.frames[3].pixelHash = "";
        manifest.frames[3].verdict = Verdict::rerender;
        writeManifest(folder / "manifest.json", manifest);
    }

    Json decision(int frame, const std::string& verdict,
                  const std::string& at = "2026-11-21T10:15:00.123Z") const {
        return {{"frame", frame},     {"pixelHash", frame == 5 ? "" : "pixels" + std::to_string(frame)},
                {"verdict", verdict}, {"by", "Ada"},
                {"at", at},           {"comment", "a ghost, \"left\""}};
    }
    Json document(const std::vector<Json>& decisions) const {
        return {{"version", 1},
                {"kind", "inbetween decisions"},
                {"manifest",
                 {{"identity", shotIdentity(manifest)},
                  {"sourcePattern", manifest.sourcePattern},
                  {"model", "abc"}}},
                {"by", "Ada"},
                {"decisions", decisions}};
    }
    ReviewResult apply(const Json& json, const ReviewOptions& options = {}) {
        test::writeBytes(file, json.dump());
        return applyDecisions(folder.path(), file, options);
    }
    // The complaint, of one line, and that nothing was written.
    std::string refusal(const std::string& text, const ReviewOptions& options = {}) {
        const std::string before = test::readBytes(folder / "manifest.json");
        test::writeBytes(file, text);
        std::string complaint = "(none)";
        try {
            applyDecisions(folder.path(), file, options);
        } catch (const Error& error) {
            complaint = error.what();
            EXPECT_EQ(error.kind(), ErrorKind::input);
        }
        EXPECT_THAT(complaint, HasSubstr("decisions.json"));
        EXPECT_THAT(complaint, testing::Not(HasSubstr("\n")));
        EXPECT_EQ(test::readBytes(folder / "manifest.json"), before);
        EXPECT_FALSE(std::filesystem::exists(folder / "rerender.txt"));
        return complaint;
    }
    std::string refusal(const Json& json, const ReviewOptions& options = {}) {
        return refusal(json.dump(), options);
    }

    test::TemporaryFolder folder;
    std::filesystem::path file = folder / "decisions.json";
    Manifest manifest;
};

TEST_F(ReviewTest, DecisionsWinOverTheScoreAndKeepWhoAndWhen) {
    const ReviewResult result = apply(document({decision(2, "keep"), decision(4, "rerender")}));
    EXPECT_EQ(result.changed, 2);
    EXPECT_EQ(test::readBytes(folder / "rerender.txt"), "3-5\n");
    const Manifest read = readManifest(folder / "manifest.json");
    EXPECT_EQ(read.frames[0].decision,
              (Decision{Verdict::keep, "Ada", "2026-11-21T10:15:00Z", "a ghost, \"left\""}));
    EXPECT_EQ(read.frames[0].verdict, Verdict::rerender) << "by its score";
    EXPECT_FALSE(read.frames[1].decision);
    EXPECT_THAT(test::readBytes(folder / "manifest.csv"),
                HasSubstr("Ada,2026-11-21T10:15:00Z,\"a ghost, \"\"left\"\"\""));
}

TEST_F(ReviewTest, TwiceChangesNothing) {
    const Json json = document({decision(2, "keep"), decision(5, "rerender")});
    apply(json);
    std::vector<std::string> before, after;
    for (const char* name : {"manifest.json", "manifest.csv", "rerender.txt"})
        before.push_back(test::readBytes(folder / name));
    const ReviewResult again = apply(json);
    for (const char* name : {"manifest.json", "manifest.csv", "rerender.txt"})
        after.push_back(test::readBytes(folder / name));
    EXPECT_EQ(before, after);
    EXPECT_EQ(again.changed, 0);
    EXPECT_EQ(again.unchanged, 2);
}

TEST_F(ReviewTest, ADecisionIsTakenBackAndTheYoungerOneStays) {
    apply(document({decision(2, "keep", "2026-11-21T10:15:00Z")}));
    EXPECT_THAT(apply(document({decision(2, "rerender", "2026-11-21T09:00:00Z")})).decidedLater,
                ElementsAre(2));
    EXPECT_EQ(readManifest(folder / "manifest.json").frames[0].finalVerdict(), Verdict::keep);
    apply(document({decision(2, "undecided", "2026-11-21T11:00:00Z")}));
    EXPECT_FALSE(readManifest(folder / "manifest.json").frames[0].decision);
}

TEST_F(ReviewTest, ANameIsAskedForAndMayBeGiven) {
    Json unsigned_ = decision(2, "keep");
    unsigned_["by"] = "";
    EXPECT_THAT(refusal(document({unsigned_})), HasSubstr("--by NAME"));
    apply(document({unsigned_}), {.by = "Grace"});
    EXPECT_EQ(readManifest(folder / "manifest.json").frames[0].decision->by, "Grace");
}

TEST_F(ReviewTest, WhatChangedSinceIsRefusedOrLeftOut) {
    Json stale = decision(2, "keep");
    stale["pixelHash"] = "others";
    const Json json = document({stale, decision(6, "rerender"), decision(3, "keep")});
    EXPECT_THAT(refusal(json), testing::AllOf(HasSubstr("frames 2,6"), HasSubstr("--skip-changed")));
    const ReviewResult result = apply(json, {.skipChanged = true});
    EXPECT_THAT(result.skipped, ElementsAre(2, 6));
    EXPECT_EQ(result.changed, 1);
}

TEST_F(ReviewTest, WhatCannotBeTakenIsRefusedWhole) {
    const Json good = document({decision(2, "keep")});
    const auto with = [&](const char* pointer, const Json& value) {
        Json json = good;
        json[Json::json_pointer(pointer)] = value;
        return json;
    };
    EXPECT_THAT(refusal(with("/version", 2)), HasSubstr("version 2"));
    EXPECT_THAT(refusal(with("/kind", "else")), HasSubstr("kind"));
    EXPECT_THAT(refusal(with("/manifest/identity", "0")), HasSubstr("another model"));
    Json elsewhere = with("/manifest/identity", "0");
    elsewhere["manifest"]["sourcePattern"] = "/renders/sh020.####.exr";
    EXPECT_THAT(refusal(elsewhere), testing::AllOf(HasSubstr("sh020"), HasSubstr("sh010")));
    EXPECT_THAT(refusal(with("/decisions/0/verdict", "maybe")),
                HasSubstr("decisions[0].verdict must be one of"));
    EXPECT_THAT(refusal(with("/decisions/0/at", "yesterday")), HasSubstr("decisions[0].at must be a time"));
    EXPECT_THAT(refusal(with("/decisions/0/comment", std::string(20000, 'x'))),
                HasSubstr("decisions[0].comment"));
    EXPECT_THAT(refusal(with("/decisions/0/frame", 77)),
                HasSubstr("frame 77: the manifest knows no such frame"));
    EXPECT_THAT(refusal(document({decision(5, "keep")})), HasSubstr("was not made"));
    EXPECT_THAT(refusal(document({decision(2, "keep"), decision(2, "rerender")})),
                HasSubstr("decided twice"));
    for (const char* key : {"version", "kind", "manifest", "decisions"}) {
        Json json = good;
        json.erase(key);
        EXPECT_THAT(refusal(json), HasSubstr(std::string(key) + " is missing"));
    }
}

TEST_F(ReviewTest, CutOffAnywhereItIsRefused) {
    const std::string text = document({decision(2, "keep")}).dump();
    for (std::size_t length = 0; length < text.size(); ++length)
        EXPECT_THAT(refusal(text.substr(0, length)), HasSubstr("not a complete JSON document"));
    std::filesystem::remove(file);
    EXPECT_THROW(applyDecisions(folder.path(), file), Error);
}

} // namespace
