#include "engine/base/ulid.h"

namespace pland::engine {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

std::mt19937_64 seeded() {
  std::random_device device;
  std::seed_seq seed{device(), device(), device(), device(), device(), device(), device(), device()};
  return std::mt19937_64(seed);
}

}  // namespace

UlidSource::UlidSource(const Clock& clock) : clock_(clock), random_(seeded()) {}

std::string UlidSource::next() {
  const auto now = static_cast<std::uint64_t>(clock_.now());
  bool fresh = now > last_time_;
  if (!fresh) {
    // Same millisecond, or the clock stepped back: add one to the random part.
    std::size_t i = last_random_.size();
    while (i > 0 && ++last_random_[--i] == 0) {
    }
    if (i == 0 && last_random_[0] == 0) {  // 2^80 within one millisecond
      ++last_time_;
    }
  } else {
    last_time_ = now;
    for (auto& byte : last_random_) byte = static_cast<std::uint8_t>(random_());
  }
  std::array<std::uint8_t, 16> bits{};
  for (std::size_t i = 0; i < 6; ++i) bits[i] = static_cast<std::uint8_t>(last_time_ >> (8 * (5 - i)));
  for (std::size_t i = 0; i < 10; ++i) bits[6 + i] = last_random_[i];
  // 128 bits, most significant first, in 26 groups of five; the first group has only three.
  std::string text(26, '0');
  for (std::size_t group = 0; group < 26; ++group) {
    unsigned value = 0;
    for (std::size_t k = 0; k < 5; ++k) {
      const std::size_t position = group * 5 + k;  // of 130, the first two are zero
      unsigned bit = 0;
      if (position >= 2) {
        const std::size_t index = position - 2;
        bit = (static_cast<unsigned>(bits[index / 8]) >> (7 - index % 8)) & 1U;
      }
      value = (value << 1) | bit;
    }
    text[group] = kAlphabet[value];
  }
  return text;
}

bool is_ulid(std::string_view text) {
  if (text.size() != 26 || text[0] > '7') return false;
  return text.find_first_not_of(kAlphabet) == std::string_view::npos;
}

}  // namespace pland::engine
