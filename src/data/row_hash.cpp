#include "data/row_hash.h"

#include <fmt/format.h>

#include "base/text_hash.h"
#include "data/jsonl.h"

namespace juror {

std::uint64_t row_hash(const DatasetRow& row) {
  std::string text = fmt::format("{} {}", to_jsonl_line(row.example), row.weight);
  for (std::size_t i = 1; i < row.example.ratings.size(); ++i)
    text += fmt::format(" {}", rated_share(row.example.ratings[0], row.example.ratings[i]));
  return text_hash(text);
}

}  // namespace juror
