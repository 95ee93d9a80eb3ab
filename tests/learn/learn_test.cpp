#include "inbetween/learn.h"

#include "inbetween/error.h"
#include "inbetween/review.h"
#include "support/exr_files.h"

#include <cmath>
#include <filesystem>
#include <fmt/format.h>
#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>

using namespace inbetween;
using inbetween::test::readBytes;
using inbetween::test::TemporaryFolder;
using inbetween::test::writeBytes;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
namespace fs = std::filesystem;

namespace {

constexpr Verdict keep = Verdict::keep, rerender = Verdict::rerender;

class Learn : public testing::Test {
protected:
    // A shot on whose frames people decide by `bad`; its other features are noise.
    fs::path shot(const std::string& name, int frames, const std::function<bool(const ManifestFrame&)>& bad) {
        Manifest manifest;
        manifest.sourcePattern = "/renders/" + name + ".####.exr";
        manifest.modelHash = "ab";
        std::mt19937 random(std::uint32_t(std::hash<std::string>()(name)));
        std::uniform_real_distribution<double> unit(0.01, 1);
        for (int i = 0; i < frames; ++i) {
            ManifestFrame frame;
            frame.frame = 2 * i;
            frame.key0 = 2 * i - 1;
            frame.key1 = 2 * i + 1;
            frame.pixelHash = fmt::format("{:032}", i);
            frame.score = 0.1 * unit(random);
            frame.worstBlocks = frame.score * 1.5;
            frame.features = {unit(random), unit(random), unit(random), unit(random), unit(random),
                              unit(random), unit(random), unit(random), unit(random), unit(random),
                              unit(random), unit(random), unit(random), unit(random)};
            frame.decision = Decision{bad(frame) ? rerender : keep, "Ada", "2026-11-21T10:15:00Z", ""};
            manifest.frames.push_back(frame);
        }
        const fs::path out = folder_ / name;
        fs::create_directories(out);
        writeManifest(out / "manifest.json", manifest);
        return out;
    }
    static bool highScore(const ManifestFrame& frame) { return frame.score > 0.05; }
    static bool muchOcclusion(const ManifestFrame& frame) { return frame.features.occlusionShare > 0.4; }

    static std::string messageOf(const LearnOptions& options) {
        try {
            learn(options);
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::input);
            return error.what();
        }
        return "no error";
    }

    TemporaryFolder folder_;
};

ManifestFrame frameWith(double score, double occlusion) {
    ManifestFrame frame;
    frame.score = score;
    frame.worstBlocks = 1.5 * score;
    frame.features = {0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3};
    frame.features.occlusionShare = occlusion;
    return frame;
}

} // namespace

TEST_F(Learn, TellsWhatPeopleGoBy) {
    const LearnResult result = learn(
        {{shot("a", 60, muchOcclusion), shot("b", 60, muchOcclusion), shot("c", 60, muchOcclusion)},
         {},
         false});
    EXPECT_EQ(result.examples, 180);
    EXPECT_GT(result.rocArea, 0.95);
    EXPECT_GT(result.rightShare, 0.85);
    EXPECT_LT(result.rocAreaOfError, 0.65);
    EXPECT_THAT(result.model.basis, HasSubstr("all features"));
    EXPECT_GT(result.model.probability(frameWith(0.03, 0.9)), 0.7);
    EXPECT_LT(result.model.probability(frameWith(0.03, 0.05)), 0.3);
}

TEST_F(Learn, FewExamplesDrawTheLineOnTheErrorAlone) {
    const LearnResult result = learn({{shot("a", 14, highScore)}, {}, false});
    EXPECT_THAT(result.notices, Contains(HasSubstr("are few for")));
    EXPECT_THAT(result.model.basis, HasSubstr("the predicted error alone"));
    EXPECT_GT(result.model.probability(frameWith(0.09, 0)), 0.5);
    EXPECT_LT(result.model.probability(frameWith(0.02, 1)), 0.5);
    EXPECT_EQ(result.model.probability(frameWith(0.02, 1)), result.model.probability(frameWith(0.02, 0)));
}

TEST_F(Learn, OneKindTeachesNothing) {
    for (const bool bad : {true, false}) {
        const LearnResult result = learn(
            {{shot("a", 40, [=](const ManifestFrame&) { return bad; })}, {}, false});
        EXPECT_THAT(result.notices, Contains(HasSubstr("there is nothing to tell apart")));
        EXPECT_NEAR(result.model.probability(frameWith(0.0316, 0)), 0.5, 0.01)
            << "the default threshold decides";
        EXPECT_GT(result.model.probability(frameWith(0.1, 0)), 0.9);
        EXPECT_TRUE(std::isnan(result.rocArea));
    }
}

TEST_F(Learn, ContradictionsAreSaidAndChanceIsNotUsed) {
    // The same frames twice, decided the other way round.
    const fs::path a = shot("a", 40, highScore), b = folder_ / "b";
    Manifest manifest = readManifest(a / "manifest.json");
    for (ManifestFrame& frame : manifest.frames)
        frame.decision->verdict = frame.decision->verdict == keep ? rerender : keep;
    fs::create_directories(b);
    writeManifest(b / "manifest.json", manifest);
    const LearnResult result = learn({{a, b}, {}, false});
    EXPECT_EQ(result.contradictions, 80);
    EXPECT_THAT(result.notices, Contains(HasSubstr("contradict others that look alike")));
    EXPECT_THAT(result.notices, Contains(HasSubstr("hardly better than chance")));
    EXPECT_NEAR(result.model.probability(frameWith(0.0316, 0)), 0.5, 0.01);
}

TEST_F(Learn, DecisionsAsTheReportSavesThem) {
    const fs::path out = shot("a", 20, highScore);
    const auto decisions = [&](int first, const std::string& hash) {
        std::string list;
        for (int i = first; i < first + 10; ++i)
            list += fmt::format(
                "{}{{\"frame\": {}, \"pixelHash\": \"{}\", \"verdict\": \"{}\", \"by\": \"Ada\", \"at\": "
                "\"2026-11-22T10:15:00Z\", \"comment\": \"\"}}",
                list.empty() ? "" : ",", 2 * i, hash.empty() ? fmt::format("{:032}", i) : hash,
                i % 2 ? "keep" : "rerender");
        const Manifest manifest = readManifest(out / "manifest.json");
        return fmt::format(
            "{{\"version\": 1, \"kind\": \"inbetween decisions\", \"manifest\": {{\"identity\": \"{}\", "
            "\"sourcePattern\": \"{}\", \"model\": \"ab\"}}, \"by\": \"Ada\", \"decisions\": [{}]}}",
            shotIdentity(manifest), manifest.sourcePattern, list);
    };
    Manifest undecided = readManifest(out / "manifest.json");
    for (ManifestFrame& frame : undecided.frames)
        frame.decision.reset();
    writeManifest(out / "manifest.json", undecided);
    const std::string before = readBytes(out / "manifest.json");

    const fs::path file = folder_ / "decisions.json";
    writeBytes(file, decisions(0, ""));
    EXPECT_THAT(messageOf({{file}, {}, false}), HasSubstr("--shots"));
    const LearnResult result = learn({{file}, {out}, false});
    EXPECT_EQ(result.examples, 10);
    EXPECT_EQ(result.rerender, 5);
    EXPECT_EQ(readBytes(out / "manifest.json"), before) << "learning decides nothing";

    writeBytes(out / "decisions.json", decisions(0, ""));
    EXPECT_EQ(learn({{out / "decisions.json"}, {}, false}).examples, 10) << "the manifest lies beside it";
    writeBytes(file, decisions(15, "")); // up to frame 48; there are 38
    EXPECT_THAT(messageOf({{file}, {out}, false}), HasSubstr("the manifest knows no such frame"));
    writeBytes(file, decisions(0, "ff"));
    EXPECT_THAT(messageOf({{file}, {out}, false}), HasSubstr("nobody has decided"));
    writeBytes(file, "{");
    EXPECT_THAT(messageOf({{file}, {out}, false}), HasSubstr("not a complete JSON document"));
}

TEST_F(Learn, NothingToLearnFromIsAnError) {
    const fs::path out = shot("a", 5, highScore);
    EXPECT_THAT(messageOf({{out}, {}, true}), HasSubstr("evaluate.json"));
    EXPECT_THAT(messageOf({{folder_ / "none"}, {}, false}), HasSubstr("none"));
    Manifest manifest = readManifest(out / "manifest.json");
    for (ManifestFrame& frame : manifest.frames)
        frame.decision.reset();
    writeManifest(out / "manifest.json", manifest);
    EXPECT_THAT(messageOf({{out}, {}, false}), HasSubstr("nobody has decided"));
}

TEST_F(Learn, TheFileComesBackAndOthersAreRefused) {
    const LearnResult result = learn(
        {{shot("a", 60, muchOcclusion), shot("b", 60, muchOcclusion)}, {}, false});
    const fs::path file = folder_ / "show.risk.json";
    result.model.save(file);
    const RiskModel back = RiskModel::load(file);
    for (const double occlusion : {0.0, 0.3, 1.0})
        EXPECT_EQ(back.probability(frameWith(0.04, occlusion)),
                  result.model.probability(frameWith(0.04, occlusion)));

    const std::string text = readBytes(file);
    const auto complaintAbout = [&](const std::string& bytes) -> std::string {
        writeBytes(file, bytes);
        try {
            RiskModel::load(file);
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::input);
            EXPECT_THAT(error.what(), HasSubstr("show.risk.json"));
            return error.what();
        }
        return "no error";
    };
    const auto replaced = [&](const std::string& what, const std::string& by) {
        std::string changed = text;
        return changed.replace(changed.find(what), what.size(), by);
    };
    EXPECT_THAT(complaintAbout(replaced("\"version\": 1", "\"version\": 2")),
                HasSubstr("version 2 of the risk model is not known"));
    EXPECT_THAT(complaintAbout(replaced("motionPx", "motionKm")), HasSubstr("other features"));
    EXPECT_THAT(complaintAbout(replaced("risk model\"", "manifest\"")), HasSubstr("no risk model"));
    EXPECT_THAT(complaintAbout("{}"), HasSubstr("no risk model"));
    for (std::size_t length = 0; length + 2 < text.size(); length += 7)
        EXPECT_NE(complaintAbout(text.substr(0, length)), "no error") << length;
}

TEST_F(Learn, AFrameOfWhichNothingIsKnownHasNoProbability) {
    const LearnResult result = learn({{shot("a", 14, highScore)}, {}, false});
    EXPECT_TRUE(std::isnan(result.model.probability(frameWith(std::nan(""), 0.5))));
    ManifestFrame old = frameWith(0.04, 0.5); // of a manifest that lacks the newer features
    old.features.detail = old.features.structureDisagreement = std::nan("");
    EXPECT_FALSE(std::isnan(result.model.probability(old)));
}
