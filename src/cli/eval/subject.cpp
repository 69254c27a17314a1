#include "cli/eval/subject.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/model_folder.h"
#include "base/model_hash.h"
#include "base/option_file.h"
#include "data/selection.h"

namespace juror {
namespace {

bool is_linear(const std::string& model) {
  return model == "linear" || std::filesystem::path(model).extension() == ".json";
}

}  // namespace

EvalSubject load_subject(const EvalOptions& options, Context& context) {
  EvalSubject subject;
  if (is_linear(options.model)) {
    subject.path =
        options.model == "linear" ? shipped_linear_scorer() : std::filesystem::path(options.model);
    require_model(
        !subject.path.empty(),
        "There is no linear.json beside mini's folder. Make one with juror train linear.");
    subject.judge = judging_by_scorer(load_linear_scorer(subject.path));
    subject.hash = file_hash(subject.path);
    context.terminal.say(LogLevel::kInfo, fmt::format("Linear scorer {}", subject.path.string()));
    return subject;
  }
  subject.path = find_model(options.model);
  subject.hash = model_hash(subject.path);
  subject.model = std::make_unique<Judge>(load_judge(options, context));
  subject.judge = judging_by_model(*subject.model, options.judge);
  PromptTemplate shown = subject.model->prompt_template();
  subject.prompt_hash = fmt::format("{:016x}", text_hash(to_toml(list_options(shown))));
  return subject;
}

nlohmann::ordered_json journal_header(const EvalOptions& options, const EvalSubject& subject,
                                      const Calibration& calibration, std::int64_t seed) {
  const JudgeOptions& judge = options.judge;
  return {{"model", options.model},
          {"model_hash", subject.hash},
          {"data", options.data},
          {"format", options.dataset.format},
          {"split", options.dataset.split},
          {"fraction", options.dataset.fraction},
          {"limit", options.dataset.limit},
          {"shuffle", options.dataset.shuffle},
          {"rank", options.dataset.rank},
          {"world_size", options.dataset.world_size},
          {"background", options.dataset.image.background},
          {"protocol", options.protocol},
          {"budget", options.budget},
          {"prompt_template", options.prompt_template},
          {"prompt_hash", subject.prompt_hash},
          {"dtype", options.dtype},
          {"votes", judge.votes},
          {"orders", judge.orders},
          {"think", judge.think},
          {"temperature", judge.sampling.temperature},
          {"top_k", judge.sampling.top_k},
          {"top_p", judge.sampling.top_p},
          {"min_p", judge.sampling.min_p},
          {"max_new_tokens", judge.sampling.max_new_tokens},
          {"calibration",
           {{"temperature", calibration.temperature}, {"tie_band", calibration.tie_band}}},
          {"seed", seed}};
}

}  // namespace juror
