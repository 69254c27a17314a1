// What a comparison can cost at most, before it is asked.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "judge/judge.h"

namespace juror {

/// Most tokens of prompts and completions that one comparison can take. prompt_tokens: of one order
/// at most.
std::int64_t most_tokens(const JudgeOptions& options, std::int64_t prompt_tokens);

/// The same of a comparison that shows `at_once` of these candidates: a prompt is longest when it
/// shows its longest candidate over and over. 0 where the voter cannot tell.
std::int64_t most_tokens(const Judge& judge, const std::string& prompt,
                         std::span<const CandidateImage> candidates, std::size_t at_once,
                         const JudgeOptions& options);

}  // namespace juror
