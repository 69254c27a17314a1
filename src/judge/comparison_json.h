// A comparison as results show it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "judge/judge.h"

namespace juror {

/// One comparison in the shape of the journal: pair, p, votes with order, thinking, answer, p and
/// status; what the policy left out or doubts, where there is any.
/// With "criteria" by these names, where the votes have some.
nlohmann::ordered_json comparison_json(const Comparison& comparison,
                                       const std::vector<std::string>& criteria = {});

}  // namespace juror
