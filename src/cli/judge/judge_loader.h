// How the commands that judge come by a model here: the engine's program hands them a loader, the
// program without libtorch has none.
#pragma once

namespace juror {

struct Context;
struct JudgingOptions;
struct LoadedJudge;

/// Loads what `--model` names. Null: there is no engine in this program.
using JudgeLoader = LoadedJudge (*)(const JudgingOptions& options, Context& context);

}  // namespace juror
