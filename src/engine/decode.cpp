#include "engine/decode.h"

namespace juror {

std::vector<Completion> decode(const Model& model, std::span<const Prefix> prefixes,
                               const std::vector<DecodeRow>& rows, const DecodeOptions& options,
                               std::int64_t batch_rows) {
  Engine engine(borrowed(model), {.batch_rows = batch_rows});
  std::vector<std::shared_ptr<const Prefix>> shared;
  for (const Prefix& prefix : prefixes) shared.push_back(std::make_shared<const Prefix>(prefix));
  std::vector<Request> requests;
  for (const DecodeRow& row : rows) {
    requests.push_back(
        {.prefix = shared.at(row.prefix), .samples = {row.name}, .options = options});
  }
  std::vector<Completion> completions;
  for (Result& result : engine.run(std::move(requests)))
    completions.push_back(std::move(result.completions.front()));
  return completions;
}

}  // namespace juror
