// juror train linear: the linear scorer on image statistics, as one JSON file.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/engine/commands.h"
#include "cli/run_record.h"
#include "train/linear.h"

namespace juror {
namespace {

struct TrainLinearOptions : LinearTrainOptions {
  template <class Argument>
  void arguments(Argument&& argument) {
    argument("DATA", data,
             "Data set of preferences, see docs/data.md; without one: synthetic photo pairs",
             AtLeast{0});
  }
};

int run_train_linear(TrainLinearOptions& options, Context& context) {
  options.seed = context.global.seed;
  options.threads = context.global.threads;
  const auto [scorer, failures, data_hash] = train_linear(options, context.progress());
  context.terminal.end_progress();
  context.terminal.say(
      LogLevel::kInfo,
      fmt::format("A linear scorer of {} pairs; weights per standard deviation:", scorer.pairs));
  for (const LinearFeature& feature : scorer.features) {
    context.terminal.say(LogLevel::kInfo,
                         fmt::format("  {:18} {:+.3f}", feature.name, feature.weight));
  }
  nlohmann::ordered_json json = scorer.json();
  json["run"] = run_record(context);
  json["run"]["data_hash"] = fmt::format("{:016x}", data_hash);
  context.out.print_json(std::move(json));
  if (failures.empty()) return kExitOk;
  context.terminal.say(LogLevel::kWarning,
                       fmt::format("{} examples are left out of the scorer.", failures.size()));
  return kExitSomeFailed;
}

}  // namespace

Command train_linear_command() {
  return make_command<TrainLinearOptions>(
      {.name = "train linear",
       .summary = "Train a linear scorer on image statistics, in seconds",
       .examples = {{"juror train linear -o linear.json",
                     "on synthetic pairs of the photos that scripts/photos fetched"},
                    {"juror train linear votes.jsonl -o linear.json", "on your own preferences"},
                    {"juror train linear CLIVE --dataset.split train -o linear.json",
                     "on mean opinions of photos"},
                    {"juror eval DATA --model linear.json", "then: how good it is"}},
       .notes = "The result is a JSON file (docs/formats.md): weights of sharpness, noise, "
                "compression, exposure and "
                "colour. It looks\n"
                "at no prompt: what it cannot beat chance on is not a matter of image quality. An "
                "unreadable "
                "image leaves its example\n"
                "out, and the exit code is then 3."},
      run_train_linear);
}

}  // namespace juror
