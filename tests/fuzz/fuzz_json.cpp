// JSON that others may have written. The first byte says what it is: m a manifest, d decisions, j a line of a
// journal.
#include "inbetween/error.h"
#include "inbetween/review.h"
#include "manifest/frame_json.h"
#include "manifest/json.h"
#include "review/decisions.h"
#include "shot.h"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
    if (count == 0)
        return 0;
    const std::string text(reinterpret_cast<const char*>(bytes) + 1, count - 1);
    try {
        if (bytes[0] == 'm') {
            const inbetween::Manifest manifest = inbetween::parseManifest(text, "manifest.json");
            manifest.totals();
            manifest.rerenderFrames();
        } else if (bytes[0] == 'd') {
            inbetween::decide(fuzzedShot(), text, "decisions.json", {});
        } else if (const auto frame = inbetween::frameFromJsonLine(text)) {
            inbetween::frameToJsonLine(*frame);
        }
    } catch (const inbetween::Error&) {
    }
    return 0;
}
