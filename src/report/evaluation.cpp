#include "report/evaluation.h"

#include "manifest/json_value.h"

namespace inbetween {

ShownEvaluation readEvaluation(const std::filesystem::path& file, const Manifest& manifest) {
    std::map<int, double> scores;
    for (const ManifestFrame& frame : manifest.frames)
        scores[frame.frame] = frame.score;
    return readJson(readText(file, "is it the evaluate.json of a run?"), file, [&](const Value& value) {
        ShownEvaluation evaluation;
        evaluation.reference = value["reference"].text();
        value["frames"].forEach([&](const Value& frame) {
            const int number = frame["frame"].integer<int>();
            const auto score = scores.find(number);
            // Another score is that of other pixels: made again since.
            if (score == scores.end() || frame["score"].figureFromZero() != score->second)
                return;
            const Value made = frame["inbetween"], ssim = made["ssimDisplay"];
            evaluation.frames[number] = {made["psnrDisplay"].figureFromZero(),
                                         ssim.isNull() ? std::nan("") : ssim.number(),
                                         made["worstBlocksPsnr"].figureFromZero(),
                                         frame["meanOfKeyframes"]["psnrDisplay"].figureFromZero(),
                                         frame["disWarp"]["psnrDisplay"].figureFromZero()};
        });
        return evaluation;
    });
}

} // namespace inbetween
