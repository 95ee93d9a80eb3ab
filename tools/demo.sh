#!/usr/bin/env bash
# From a fresh Debian 12 to in-betweens of the sample shots, and how good they are. May be run again.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
installPackages tools/apt-packages.txt
build command
for shot in sample_frames/*/; do
    name=$(basename "$shot")
    say "$name: making the frames between sample_frames/$name/keys"
    build/inbetween run "sample_frames/$name/keys" -o "out/$name" --risk-maps
    say "$name: measuring them against the frames that were withheld, sample_frames/$name/truth"
    build/inbetween evaluate "out/$name" --reference "sample_frames/$name/truth"
done
cat <<'END'

== Where to look
out/<shot>/<shot>.####.exr  the frames that were made
out/<shot>/report.html      a page to look at all of it: open it in a browser
out/<shot>/rerender.txt     the frames to render after all, in the form that farms take
out/<shot>/manifest.json    everything about every frame; manifest.csv for a spreadsheet
out/<shot>/risk/            maps of where a frame may be wrong
out/<shot>/evaluate/        where it really is wrong, since here the truth is known

== What the numbers mean
PSNR is measured in the display view: 30 dB is an error one sees when flipping between the pictures, 40 dB is hard to
see. "Mean of keyframes" and "DIS warp" are what one has without Inbetween: cross-fading, and ordinary optical flow.
The predicted error beside a flagged frame is what Inbetween expects that number to be, without knowing the truth.
END
