// The query of a request target: taken apart, and put together again in SigV4's canonical form.
//
// Parameters are decoded when they are read and encoded when they are written, so that "%7E" and
// "~", or "%2f" and "%2F", are the same. A "+" is a blank: SDKs that sign "%20" send it as "+".
// Stateless.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace penstock::broker {

struct QueryParameter {
  std::string name;
  std::string value;
};
using QueryParameters = std::vector<QueryParameter>;

// The parts of a target as on the wire. Views into it.
std::string_view PathOf(std::string_view target);
// Without its '?'; empty if there is none.
std::string_view QueryOf(std::string_view target);

// In their order. A "%" that no two hexadecimal digits follow stands for itself.
QueryParameters ParseQuery(std::string_view query);

// All but A-Z, a-z, 0-9, '-', '.', '_' and '~' as "%XY".
std::string UriEncode(std::string_view text);

// Encoded, sorted by name and then by value, without the parameters named `left_out` (none if it is
// empty).
std::string CanonicalQuery(const QueryParameters& parameters, std::string_view left_out);

}  // namespace penstock::broker
