// What the protocols ask of texts in UTF-8. Functions without state; thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace penstock::broker {

bool IsUtf8(std::string_view text);

// Characters are code points. `text` must be UTF-8.
size_t CharactersOf(std::string_view text);

// The longest head of `text`, which must be UTF-8, of at most `bytes_max` bytes that ends with a
// whole character.
std::string_view HeadOf(std::string_view text, size_t bytes_max);

// `text` with every byte that belongs to no character replaced by U+FFFD.
std::string ReplaceInvalidUtf8(std::string_view text);

}  // namespace penstock::broker
