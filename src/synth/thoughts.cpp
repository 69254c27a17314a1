// True claims as text, and text as claims.
#include "synth/thoughts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <optional>

#include "synth/recipe.h"

namespace juror {
namespace {

constexpr std::array<std::string_view, 3> kSeverityWords = {"slight", "clear", "strong"};
constexpr std::string_view kClean = "clean";
constexpr std::string_view kUnnamed = "nothing stands out";
constexpr int kCleanFrom = 8;  // the least quality digit of a picture that may be called clean

std::string claim_text(const Claim& claim) {
  return fmt::format("{} {}", severity_word(claim.severity), defect_words(claim.defect));
}

/// Whether the quality is that of a picture in which something is wrong.
bool is_flawed(const ImageClaims& said) { return said.quality >= 0 && said.quality < kCleanFrom; }

std::string_view trimmed(std::string_view text) {
  const auto is_space = [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && (is_space(text.back()) || text.back() == '.')) text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(separators), text.size());
    parts.push_back(trimmed(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

std::optional<Claim> read_claim(std::string_view text) {
  for (std::size_t i = 0; i < kSeverityWords.size(); ++i) {
    const std::string_view word = kSeverityWords[i];
    if (!text.starts_with(word)) continue;
    if (const auto defect = defect_by_words(trimmed(text.substr(word.size()))))
      return Claim{*defect, static_cast<Severity>(i)};
  }
  return std::nullopt;
}

/// The digit of "7", or of "7.4" the nearest; nothing for other texts. No more than 9, which a
/// model may say with a decimal.
std::optional<int> read_quality(std::string_view text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.empty() || !is_digit(text[0])) return std::nullopt;
  if (text.size() == 1) return text[0] - '0';
  if (text.size() != 3 || text[1] != '.' || !is_digit(text[2])) return std::nullopt;
  return std::min(9, text[0] - '0' + (text[2] >= '5' ? 1 : 0));
}

/// What stands between "Image N:" and the next image.
ImageClaims read_image(int number, std::string_view text) {
  ImageClaims said;
  said.image = number;
  constexpr std::string_view kQuality = "quality";
  for (const std::string_view part : split(text, ",;")) {
    if (const auto claim = read_claim(part)) {
      const auto same = [&](const Claim& other) { return other.defect == claim->defect; };
      if (std::none_of(said.claims.begin(), said.claims.end(), same)) said.claims.push_back(*claim);
    } else if (part.starts_with(kQuality)) {
      const std::string_view digit = trimmed(part.substr(kQuality.size()));
      said.quality = read_quality(digit).value_or(said.quality);
    }
  }
  return said;
}

}  // namespace

std::string_view severity_word(Severity severity) {
  return kSeverityWords[static_cast<std::size_t>(severity)];
}

Severity severity_of(float value) {
  if (value >= recipe::kStrongFrom) return Severity::kStrong;
  return value >= recipe::kClearFrom ? Severity::kClear : Severity::kSlight;
}

ImageClaims true_claims(const Degradation& truth, int image_number) {
  std::vector<std::pair<float, Defect>> worst_first;
  for (const auto& row : recipe::kDefectRows)
    if (truth[row.defect] >= recipe::kLeastNamed)
      worst_first.emplace_back(truth[row.defect], row.defect);
  std::stable_sort(worst_first.begin(), worst_first.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  ImageClaims said;
  said.image = image_number;
  said.quality = quality_digit(hidden_quality(truth));
  for (const auto& [value, defect] : worst_first)
    said.claims.push_back({defect, severity_of(value)});
  return said;
}

Claim widest_difference(const Degradation& a, const Degradation& b) {
  Defect widest = recipe::kDefectRows.front().defect;
  float most = 0;
  for (const auto& row : recipe::kDefectRows) {
    const float difference = std::abs(a[row.defect] - b[row.defect]);
    if (difference <= most) continue;
    widest = row.defect;
    most = difference;
  }
  return {widest, severity_of(most)};
}

int quality_digit(double hidden_quality) {
  return static_cast<int>(std::lround(quality_level(hidden_quality)));
}

double quality_level(double hidden_quality) {
  return std::clamp(9.0 + recipe::kDigitsPerQuality * hidden_quality, 0.0, 9.0);
}

std::string write_thought(const std::vector<ImageClaims>& images) {
  std::string text;
  for (const ImageClaims& said : images) {
    if (!text.empty()) text += ' ';
    text += fmt::format("Image {}: ", said.image);
    for (std::size_t i = 0; i < said.claims.size(); ++i)
      text += (i ? ", " : "") + claim_text(said.claims[i]);
    if (said.claims.empty()) text += is_flawed(said) ? kUnnamed : kClean;
    if (said.quality >= 0) text += fmt::format("; quality {}", said.quality);
    text += '.';
  }
  return text;
}

std::vector<ImageClaims> read_thought(std::string_view thought) {
  constexpr std::string_view kImage = "Image ";
  std::vector<ImageClaims> images;
  std::size_t at = thought.find(kImage);
  while (at != std::string_view::npos) {
    const std::size_t next = thought.find(kImage, at + kImage.size());
    const std::string_view part = thought.substr(
        at + kImage.size(), next == std::string_view::npos ? next : next - at - kImage.size());
    at = next;
    if (part.size() < 2 || part[1] != ':' || part[0] < '1' || part[0] > '9') continue;
    const int number = part[0] - '0';
    const auto seen = [&](const ImageClaims& said) { return said.image == number; };
    if (std::none_of(images.begin(), images.end(), seen))
      images.push_back(read_image(number, part.substr(2)));
  }
  return images;
}

std::string write_completion(std::string_view thought, int answer) {
  const std::string end = fmt::format("<answer>{}</answer>", answer);
  return thought.empty() ? end : fmt::format("<think>{}</think>{}", thought, end);
}

}  // namespace juror
