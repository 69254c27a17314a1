// A model of this machine as the judge of a command.
#pragma once

#include "cli/judge/judging.h"

namespace juror {

struct ServedModel;

/// Loads `--model` with its template; what `JudgeLoader` stands for in the engine's program.
LoadedJudge load_engine_judge(const JudgingOptions& options, Context& context);

/// The same for a server: with the conversations of its engine. cache_mb: of keys, values and
/// features, those of coming requests' pictures included; 0: the engine's own measure.
ServedModel load_served_model(const JudgingOptions& options, std::int64_t cache_mb,
                              Context& context);

/// Floating-point operations a second of a square product in fp32, measured on the spot.
double measured_flops();

}  // namespace juror
