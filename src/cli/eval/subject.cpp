#include "cli/eval/subject.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/model_folder.h"
#include "base/model_hash.h"
#include "cli/judge/judging_json.h"
#include "judge/template_hash.h"

namespace juror {

EvalSubject load_subject(const EvalOptions& options, JudgeLoader engine, Context& context) {
  EvalSubject subject;
  if (!options.asks_a_server() && options.is_linear()) {
    subject.name = options.model;
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
  if (!options.asks_a_server()) subject.path = find_model(options.model);
  subject.loaded = load_judge(options, engine, context);
  if (subject.loaded.model_hash) subject.hash = subject.loaded.model_hash();
  subject.name = subject.loaded.model;
  subject.judge = judging_by_model(*subject.loaded.judge, options.judge);
  subject.prompt_hash = template_hash(subject.loaded.judge->prompt_template());
  return subject;
}

nlohmann::ordered_json journal_header(const EvalOptions& options, const EvalSubject& subject,
                                      const Calibration& calibration, std::int64_t seed) {
  nlohmann::ordered_json header = {{"model", subject.name},
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
                                   {"dtype", options.compute.dtype},
                                   {"calibration", calibration_json(calibration)},
                                   {"seed", seed}};
  header.update(voting_json(options.judge));
  if (const auto& server = subject.loaded.server) {
    header["server"] = {{"top_logprobs", server->top_logprobs},
                        {"continues_answers", server->prefill != Prefill::kNone}};
  }
  return header;
}

}  // namespace juror
