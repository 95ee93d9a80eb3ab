// between_two FIRST.exr LAST.exr OUT.exr [TIME]: one in-between of two pictures, made station by station.
// TIME is between 0 (the first) and 1 (the last), 0.5 by default. Motion is estimated from the colours.
#include <inbetween/error.h>
#include <inbetween/exr.h>
#include <inbetween/motion.h>
#include <inbetween/network.h>
#include <inbetween/roles.h>
#include <inbetween/synthesis.h>
#include <inbetween/view.h>

#include <cstdlib>
#include <iostream>
#include <vector>

int main(int argc, char** argv) try {
    if (argc < 4) {
        std::cerr << "usage: between_two FIRST.exr LAST.exr OUT.exr [TIME]\n";
        return 2;
    }
    const double time = argc > 4 ? std::atof(argv[4]) : 0.5;
    const inbetween::Image first = inbetween::readExr(argv[1]);
    const inbetween::Image last = inbetween::readExr(argv[2]);
    const inbetween::ChannelRoles roles = inbetween::findRoles(first);
    std::vector<inbetween::Box> windows; // of each part; both pictures have the same
    inbetween::Box canvas;
    for (const inbetween::Part& part : first.parts) {
        windows.push_back(part.dataWindow);
        canvas.extendBy(part.dataWindow);
    }

    // What the network sees, and the motion that it starts from.
    const inbetween::View view = inbetween::makeView(inbetween::linearBeauty(first, roles, canvas),
                                                     inbetween::linearBeauty(last, roles, canvas));
    inbetween::MotionInput motion;
    motion.view = &view;
    const inbetween::Network network;
    const inbetween::Field field = network.infer(view, inbetween::motionPrior(motion, time), time);

    // Every channel of the pictures follows the field.
    inbetween::Image between = inbetween::imageBetween(first, last, time, windows);
    inbetween::synthesise(first, last, roles, canvas, field, between);
    inbetween::writeExr(argv[3], between);
    std::cout << "wrote " << argv[3] << " with " << network.model().name << " " << network.model().version
              << "\n";
    return 0;
} catch (const inbetween::Error& error) {
    std::cerr << "between_two: error: " << error.what() << "\n";
    return 2;
}
