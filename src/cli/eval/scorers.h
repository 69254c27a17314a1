// The other rows of the table of `juror eval`: scorers of single images.
#pragma once

#include <memory>
#include <vector>

#include "cli/eval/options.h"
#include "eval/results.h"
#include "eval/scores_file.h"

namespace juror {

using ScoresFiles = std::vector<std::shared_ptr<const ScoresFile>>;

/// Reads the files of --scores and holds them against the data set, so that a wrong file is refused
/// before anything is judged; warns of one that scores only some of the examples.
ScoresFiles load_scores(const EvalOptions& options, Context& context);

/// A row each, named after the file.
void add_scores(const ScoresFiles& files, EvalResults& results);

/// The row of the linear scorer, where one is asked for or ships; whether there is one.
bool add_linear(const EvalOptions& options, EvalResults& results, Context& context);

}  // namespace juror
