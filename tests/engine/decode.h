// Rows behind prefixes decoded to their end by an engine of their own: a shorthand for tests.
#pragma once

#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "engine/engine.h"

namespace juror {

/// One completion to decode: the prefix that it continues (an index into the prefixes given) and
/// its randomness.
struct DecodeRow {
  std::size_t prefix = 0;
  SampleName name;
};

/// Completions in the order of the rows, at most `batch_rows` decoded together.
inline std::vector<Completion> decode(const Model& model, std::span<const Prefix> prefixes,
                                      const std::vector<DecodeRow>& rows,
                                      const DecodeOptions& options,
                                      std::int64_t batch_rows = 4096) {
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
