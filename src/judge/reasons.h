// From thoughts to reasons that a person can read beside a picture.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "judge/judge.h"

namespace juror {

/// What a thought of the form "Image 1: … Image 2: …" says about each image; nothing for thoughts
/// of another form.
std::optional<std::array<std::string, 2>> image_remarks(std::string_view thinking);

/// What a thought of the form "Image 1: … Image 2: … Image 3: …" says about each of so many images.
std::optional<std::vector<std::string>> list_remarks(std::string_view thinking, std::size_t images);

/// The thought of the vote that stands nearest to the pair's p: the most typical one. Null without
/// a thought.
const Vote* typical_vote(std::span<const Vote> votes, double p);

/// The text that shares most words with the others: the largest mean overlap (Dice's coefficient
/// of the words, repeated ones counted, case and punctuation left out); of equals the first.
/// Returns its index. `texts` must not be empty.
std::size_t most_typical(std::span<const std::string> texts);

/// What is said of each of n images: of the remarks in votes that agree with the verdict on their
/// pair (of a tie, all that could be read) the most typical one, at full length; "" where no
/// thought has remarks on each image.
std::vector<std::string> image_reasons(std::size_t n, std::span<const Comparison> comparisons);

}  // namespace juror
