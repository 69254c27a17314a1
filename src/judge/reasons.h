// From thoughts to reasons that a person can read beside a picture.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "preference/vote.h"

namespace juror {

/// What a thought of the form "Image 1: … Image 2: …" says about each image; nothing for thoughts
/// of another form.
std::optional<std::array<std::string, 2>> image_remarks(std::string_view thinking);

/// The thought of the vote that stands nearest to the pair's p: the most typical one. Null without
/// a thought.
const Vote* typical_vote(std::span<const Vote> votes, double p);

}  // namespace juror
