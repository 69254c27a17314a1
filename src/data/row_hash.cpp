#include "data/row_hash.h"

#include <fmt/format.h>

#include "base/text_hash.h"
#include "data/jsonl.h"

namespace juror {

std::uint64_t row_hash(const DatasetRow& row) {
  return text_hash(fmt::format("{} {}", to_jsonl_line(row.example), row.weight));
}

}  // namespace juror
