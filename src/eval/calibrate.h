// Fitting a calibration on the journal of a validation split.
#pragma once

#include "eval/protocols.h"
#include "judge/calibration_file.h"
#include "records/journal.h"

namespace juror {

/// The temperature with the least cross-entropy to people's vote shares, then, after it, the tie
/// band with which `protocol` scores best (by Pick-a-Pic's points for `pickapic`, else by ties as a
/// third outcome). Throws Error when no pair with a label could be read.
CalibrationFile fit_calibration(const EvalJournal& journal, const Protocol& protocol);

}  // namespace juror
