// The most confident mistakes of a judge, with pictures, thoughts and votes.
#pragma once

#include <vector>

#include "report/eval_journal.h"
#include "report/picture.h"

namespace juror {

/// One card a mistake, in the order given; a sentence when there is none.
Markup mistake_cards(const std::vector<JournalPair>& mistakes, Pictures& pictures);

}  // namespace juror
