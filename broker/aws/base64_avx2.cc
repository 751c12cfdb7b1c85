#include "broker/aws/base64_avx2.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace penstock::broker {

#if defined(__x86_64__)

namespace {

constexpr size_t kBytes = 24;
constexpr size_t kCharacters = 32;
// Two halves of 16 bytes are loaded, the second from byte 12 on.
constexpr size_t kBytesLoaded = 28;
// 32 bytes are stored for 24: eleven groups of four characters stand for 33.
constexpr size_t kCharactersNeeded = 44;

}  // namespace

bool HasBase64Avx2() {
  static const bool has = __builtin_cpu_supports("avx2") != 0;
  return has;
}

__attribute__((target("avx2"))) size_t EncodeBase64Avx2(const unsigned char* from, size_t bytes,
                                                        char* to) {
  // Three bytes abc as bacb, so that each six bits lie within a word of 16.
  const __m256i spread = _mm256_setr_epi8(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10,  //
                                          1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10);
  // What is added to six bits, by their class: 0 for a to z, 1 to 10 for the digits, 11 and 12 for
  // '+' and '/', 13 for A to Z.
  const __m256i offsets =
      _mm256_setr_epi8(71, -4, -4, -4, -4, -4, -4, -4, -4, -4, -4, -19, -16, 65, 0, 0, 71, -4, -4,
                       -4, -4, -4, -4, -4, -4, -4, -4, -19, -16, 65, 0, 0);
  size_t done = 0;
  for (; bytes - done >= kBytesLoaded; done += kBytes, to += kCharacters) {
    const __m128i first = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + done));
    const __m128i second = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + done + 12));
    const __m256i in = _mm256_shuffle_epi8(_mm256_set_m128i(second, first), spread);
    // Products shift each word by a number of bits of its own.
    const __m256i high = _mm256_mulhi_epu16(_mm256_and_si256(in, _mm256_set1_epi32(0x0fc0fc00)),
                                            _mm256_set1_epi32(0x04000040));
    const __m256i low = _mm256_mullo_epi16(_mm256_and_si256(in, _mm256_set1_epi32(0x003f03f0)),
                                           _mm256_set1_epi32(0x01000010));
    const __m256i six = _mm256_or_si256(high, low);
    const __m256i upper = _mm256_cmpgt_epi8(_mm256_set1_epi8(26), six);
    const __m256i kind = _mm256_or_si256(_mm256_subs_epu8(six, _mm256_set1_epi8(51)),
                                         _mm256_and_si256(upper, _mm256_set1_epi8(13)));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to),
                        _mm256_add_epi8(six, _mm256_shuffle_epi8(offsets, kind)));
  }
  return done;
}

__attribute__((target("avx2"))) size_t DecodeBase64Avx2(const unsigned char* from,
                                                        size_t characters, char* to) {
  // A character is bad if what its two halves stand for have a bit in common.
  const __m256i bad_by_low =
      _mm256_setr_epi8(0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x13, 0x1a, 0x1b,
                       0x1b, 0x1b, 0x1a, 0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11,
                       0x13, 0x1a, 0x1b, 0x1b, 0x1b, 0x1a);
  const __m256i bad_by_high =
      _mm256_setr_epi8(0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08, 0x10, 0x10, 0x10, 0x10, 0x10,
                       0x10, 0x10, 0x10, 0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08, 0x10, 0x10,
                       0x10, 0x10, 0x10, 0x10, 0x10, 0x10);
  // What is added to a character, by its upper half; one less for '/', which shares that of '+'.
  const __m256i offsets =
      _mm256_setr_epi8(0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0,  //
                       0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0);
  const __m256i pack = _mm256_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1,  //
                                        2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1);
  const __m256i slash = _mm256_set1_epi8('/');
  size_t done = 0;
  for (; characters - done >= kCharactersNeeded; done += kCharacters, to += kBytes) {
    const __m256i in = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + done));
    const __m256i high = _mm256_and_si256(_mm256_srli_epi32(in, 4), _mm256_set1_epi8(0x0f));
    const __m256i low = _mm256_and_si256(in, _mm256_set1_epi8(0x0f));
    const __m256i bad = _mm256_and_si256(_mm256_shuffle_epi8(bad_by_low, low),
                                         _mm256_shuffle_epi8(bad_by_high, high));
    if (_mm256_testz_si256(bad, bad) == 0) break;
    const __m256i kind = _mm256_add_epi8(_mm256_cmpeq_epi8(in, slash), high);
    const __m256i six = _mm256_add_epi8(in, _mm256_shuffle_epi8(offsets, kind));
    // Pairs of six bits to twelve, pairs of twelve to 24.
    const __m256i twelve = _mm256_maddubs_epi16(six, _mm256_set1_epi32(0x01400140));
    const __m256i whole = _mm256_madd_epi16(twelve, _mm256_set1_epi32(0x00011000));
    const __m256i out = _mm256_permutevar8x32_epi32(_mm256_shuffle_epi8(whole, pack),
                                                    _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 3, 7));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), out);
  }
  return done;
}

#else

bool HasBase64Avx2() {
  return false;
}

size_t EncodeBase64Avx2(const unsigned char* /*from*/, size_t /*bytes*/, char* /*to*/) {
  return 0;
}

size_t DecodeBase64Avx2(const unsigned char* /*from*/, size_t /*characters*/, char* /*to*/) {
  return 0;
}

#endif

}  // namespace penstock::broker
