#include "sft/checkpoint.h"

#include <ATen/ATen.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "model/lora_folder.h"
#include "model/weights.h"

namespace juror {

namespace fs = std::filesystem;

void save_judge(SftRun& run, const fs::path& folder, at::ScalarType dtype) {
  fs::create_directories(folder);
  if (run.options.use_peft) {
    save_lora(*run.model, run.lora, base_name(run.options.model_name_or_path), folder);
  } else {
    save_model(*run.model, folder, dtype);
  }
  copy_sidecars(base_folder(run.model_folder), folder);
  write_file_atomic(folder / "juror_template.toml", run.template_text);
}

fs::path save_sft_checkpoint(SftRun& run) {
  const fs::path folder = run.folder.checkpoint(run.step);
  save_judge(run, folder, run.compute.dtype);  // what is resumed must be what was trained
  save_safetensors(folder / "severity_head.safetensors", named_parameters(run.head));
  save_safetensors(folder / "optimizer.safetensors", run.optimizer->state());
  const nlohmann::ordered_json state = {{"global_step", run.step},
                                        {"max_steps", run.options.max_steps},
                                        {"num_tokens", run.tokens},
                                        {"seed", run.options.seed}};
  write_file_atomic(folder / "trainer_state.json", state.dump(2));
  run.model_folder = folder;  // what the run was resumed from may go now
  run.folder.prune_checkpoints(run.options.save_total_limit);
  return folder;
}

bool load_head(SeverityHead& head, const fs::path& folder) {
  if (!fs::is_regular_file(folder / "severity_head.safetensors")) return false;
  const SafetensorsFile file(folder / "severity_head.safetensors");
  for (auto& [name, tensor] : named_parameters(head)) {
    if (file.contains(name) && file.tensor(name).sizes() == tensor.sizes())
      tensor.copy_(file.tensor(name));
  }
  return file.tensor("severity_head.out.weight").sizes() == head.out.weight.sizes();
}

void restore_sft_checkpoint(SftRun& run, const fs::path& checkpoint) {
  run.optimizer->load_state(SafetensorsFile(checkpoint / "optimizer.safetensors"));
  std::int64_t seed = 0;
  read_trainer_state(checkpoint, [&](const nlohmann::json& state) {
    run.step = state.at("global_step").get<std::int64_t>();
    run.tokens = state.at("num_tokens").get<std::int64_t>();
    seed = state.at("seed").get<std::int64_t>();
  });
  require(seed == run.options.seed,
          "'{}' is of seed {}, and the run has seed {}: a resumed run keeps its seed.",
          checkpoint.string(), seed, run.options.seed);
  run.folder.drop_checkpoints_after(run.step);
  run.folder.rewind_metrics(run.step);
}

}  // namespace juror
