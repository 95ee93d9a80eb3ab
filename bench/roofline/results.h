// What roofline_bench found out: a table, JSON, a plot.
#pragma once

#include <string>
#include <vector>

namespace roofline {

struct Results {
    struct Peak {
        std::string arithmetic;
        double gflops = 0; // a plain convolution of a favourable shape
    };
    struct Layer {
        std::string name, arithmetic;
        double gflop = 0;           // of one frame
        double flopsPerByte = 0;    // of bytes touched at least once
        double peakGflops = 0;      // the fastest way through this shape that was found
        double gflops = 0;          // as the network runs it; 0: it does not, in this arithmetic
        std::string implementation; // of the plain convolution
    };
    struct Exr {
        std::string compression;
        double decodeMBps = 0, encodeMBps = 0; // OpenEXR alone, of uncompressed samples
    };
    struct Station {
        std::string name, limit; // what it is measured against
        double milliseconds = 0, share = 0;
    };
    struct Step {
        std::string name;
        double milliseconds = 0;
    };
    std::string processor, instructionSet;
    int repetitions = 0;
    double bandwidthGBps = 0;
    std::vector<Peak> peaks;
    std::vector<Layer> layers;
    std::vector<Exr> exr;
    std::vector<Station> stations;
    std::vector<Step> steps; // of the network in bfloat16, or float32 where there is none
};

std::string table(const Results& results);
std::string json(const Results& results);
std::string svg(const Results& results); // layers under the roofs, and the stations' shares

} // namespace roofline
