// The shot that the seeds of manifests and decisions are about.
#pragma once

#include "inbetween/manifest.h"

inline inbetween::Manifest fuzzedShot() {
    inbetween::Manifest manifest;
    manifest.sourcePattern = "/renders/sh010.####.exr";
    manifest.modelHash = "abc";
    manifest.keyframes = {1, 4};
    for (int number = 2; number <= 3; ++number) {
        inbetween::ManifestFrame frame;
        frame.frame = number;
        frame.key0 = 1;
        frame.key1 = 4;
        frame.time = (number - 1) / 3.0;
        frame.path = "sh010.000" + std::to_string(number) + ".exr";
        frame.pixelHash = "pixels";
        frame.reasons = {"fast motion"};
        frame.regions = {{inbetween::Box({0, 0}, {63, 63}), 0.1}};
        frame.spliced = {inbetween::Box({8, 8}, {15, 15})};
        frame.splicedShare = 0.1;
        manifest.frames.push_back(frame);
    }
    manifest.frames[1].decision = inbetween::Decision{inbetween::Verdict::keep, "Ada", "2026-11-21T10:15:00Z",
                                                      "fine"};
    return manifest;
}
