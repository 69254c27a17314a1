// Options of a few steps of supervised training of the tiny model.
#pragma once

#include <string>

#include "sft/trainer.h"
#include "train/tiny_run.h"

namespace juror {

inline const SftListener kSilent = [](const std::string&) {};

class TinySft : public TinyRun {
 protected:
  SftOptions options(const std::string& run, std::int64_t steps = 6) const {
    SftOptions o;
    o.model_name_or_path = (folder_.path() / "new").string();
    o.output_dir = (folder_.path() / run).string();
    o.device = test_device_name();
    o.photos = (folder_.path() / "photos").string();
    o.max_steps = steps;
    o.per_device_train_batch_size = 4;
    o.logging_steps = 1;
    o.severity_weight = 0.5;
    o.optimizer.learning_rate = 3e-3;
    o.schedule.warmup_steps = 2;
    o.synth.working_size = 56;
    o.dataloader_num_workers = 1;
    return o;
  }
};

}  // namespace juror
