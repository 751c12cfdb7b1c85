// NearestName: "did you mean", for names that were probably mistyped.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace penstock::broker {

// " (did you mean NAME?)" with the candidate that needs the fewest letters put in, taken out or
// changed to be `name`, if that is at most a third of its letters; otherwise empty.
std::string DidYouMean(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace penstock::broker
