#include "judge/engine/load_voter.h"

#include "model/lora_folder.h"

namespace juror {

std::unique_ptr<EngineVoter> load_engine_voter(const std::filesystem::path& folder,
                                               const ComputeOptions& compute,
                                               EngineOptions options) {
  const std::filesystem::path base = base_folder(folder);  // an adapter has no tokenizer
  auto model = load_merged(folder, judging_options(judging_compute(folder, compute)));
  Processor processor = load_processor(base, model->config());
  return std::make_unique<EngineVoter>(std::move(model), std::move(processor), std::move(options));
}

Compute judging_compute(const std::filesystem::path& folder, const ComputeOptions& options) {
  return choose_compute(options, rough_parameters(load_config(base_folder(folder)).text));
}

PromptTemplate template_of_model(const std::filesystem::path& folder,
                                 const std::string& prompt_template) {
  const bool has_own = std::filesystem::is_regular_file(folder / "juror_template.toml");
  return find_template(has_own ? folder : base_folder(folder), prompt_template);
}

}  // namespace juror
