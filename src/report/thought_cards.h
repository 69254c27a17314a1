// Thoughts with the pictures they are about: cards of a report.
#pragma once

#include <string>
#include <vector>

#include "report/completions.h"
#include "report/picture.h"

namespace juror {

/// A small label; `css` "good" or "bad" colours it.
Markup chip(const std::string& name, const std::string& value, const std::string& css = {});

/// Two or more pictures side by side, numbered from 1; that at index `best` (-1: none) is framed.
Markup picture_row(Pictures& pictures, const std::vector<PictureId>& ids, int best = -1);

/// One group: prompt, pictures and human share at the left, its thoughts at the right.
Markup group_card(const LoggedGroup& group, Pictures& pictures);

/// All of them under a heading a step.
Markup thoughts_over_training(const std::vector<LoggedGroup>& groups, Pictures& pictures);

}  // namespace juror
