// A frozen model that listens: it sees the images, reads the policy's thought without its answer,
// and says which image it would prefer. A thought that convinces it is worth more. Source of the
// idea: arXiv 2506.22832.
#pragma once

#include <memory>
#include <vector>

#include "engine/engine.h"
#include "grpo/collect.h"
#include "judge/template.h"
#include "model/model.h"
#include "model/processor.h"

namespace juror {

class Listener {
 public:
  Listener(std::shared_ptr<const Model> model, Processor processor,
           const PromptTemplate& prompt_template, bool think)
      : engine_(std::move(model), {.tower_patches = 1}),  // features the same bits in any company
        processor_(std::move(processor)),
        template_(prompt_template),
        think_(think) {}

  /// Fills in `listener_ps`: p(first shown) after reading each completion up to its answer; NaN
  /// for completions without a readable answer.
  void listen(const Tokenizer& speaker, std::vector<CollectedGroup>& groups);

 private:
  Engine engine_;
  Processor processor_;
  PromptTemplate template_;
  bool think_;
};

}  // namespace juror
