// A rendered region set into a generated frame.
#pragma once

#include "inbetween/exr.h"
#include "inbetween/manifest.h"
#include "inbetween/roles.h"
#include "rendered/rendered_frames.h"

namespace inbetween {

inline constexpr int featherPx = 8;

// How much of the rendered region counts at a pixel, [0, 1]: it rises over featherPx inside `box`, except
// along the sides that lie on the border of `frame`.
float spliceWeight(const Box& box, const Box& frame, int x, int y);

// Every channel of `image` becomes w * rendered + (1 - w) * image inside `box`; identifiers, and samples that
// are not finite, are picked from the heavier of the two. Outside `box` no bit changes. The two have the same
// parts and channels.
void splice(Image& image, const Image& rendered, const Box& box, const ChannelRoles& roles);

// Sets the regions that came back into a generated frame, and says so in its record: less is at risk, and
// what was made is measured against what was rendered. `maps` are those of the frame, or empty. Throws
// Error(input) where a file cannot be read.
void setInRegions(Image& image, const std::vector<RenderedRegion>& regions, const ChannelRoles& roles,
                  const ReadOptions& options, RiskMaps& maps, ManifestFrame& record);

} // namespace inbetween
