// fill_shot KEYS OUT: makes the missing frames of a shot, says how good each is expected to be, and writes a
// movie.
#include <inbetween/error.h>
#include <inbetween/preview.h>
#include <inbetween/run.h>

#include <iostream>

int main(int argc, char** argv) try {
    if (argc != 3) {
        std::cerr << "usage: fill_shot KEYS OUT\n";
        return 2;
    }
    inbetween::RunOptions options;
    options.keys = argv[1];
    options.out = argv[2];
    const inbetween::Plan plan = inbetween::plan(options);
    std::cout << plan.sequence.keyframes.size() << " keyframes, " << plan.make.size() << " frames to make\n";

    const inbetween::RunResult result = inbetween::run(options, [](const inbetween::Progress& progress) {
        if (progress.event == inbetween::RunEvent::frameFailed)
            std::cerr << progress.message << "\n";
    });
    for (const inbetween::ManifestFrame& frame : result.manifest.frames)
        if (frame.status == inbetween::FrameStatus::complete)
            std::cout << "frame " << frame.frame << ": expected error " << frame.score
                      << (frame.finalVerdict() == inbetween::Verdict::rerender ? ", render it\n" : "\n");
    std::cout << inbetween::writePreview(options.out, {}).frames << " frames in the movie\n";
    return result.failed > 0 ? 1 : 0;
} catch (const inbetween::Error& error) {
    std::cerr << "fill_shot: error: " << error.what() << "\n";
    return 2;
}
