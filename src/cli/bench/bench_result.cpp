#include "cli/bench/bench_result.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/table.h"

namespace juror {

using Json = nlohmann::ordered_json;

Json BenchRow::json() const {
  const Spread s = spread(values);
  return {{"name", name}, {"unit", unit}, {"median", s.median},
          {"min", s.min}, {"max", s.max}, {"values", values}};
}

Json BenchMemory::json() const {
  return {{"program_bytes", program},
          {"weights_bytes", weights},
          {"cache_bytes", cache},
          {"one_image_bytes", vision},
          {"peak_bytes", peak},
          {"peak_over_weights", over_weights()},
          {"peak_over_weights_cache_image", over_parts()}};
}

Json BenchPeer::json() const {
  return {{"juror", BenchRow{"juror", "CPU s", ours}.json()},
          {"transformers_generate", BenchRow{"transformers generate", "CPU s", plain}.json()},
          {"transformers_prefix_reuse",
           BenchRow{"transformers, prefix reused by hand", "CPU s", reuse}.json()},
          {"ratio_generate", ratio(plain, ours)},
          {"ratio_prefix_reuse", ratio(reuse, ours)}};
}

std::string medians_table(const std::vector<BenchRow>& rows, bool color) {
  Table table{.columns = {{"job"},
                          {"unit"},
                          {"median", Align::kRight},
                          {"min", Align::kRight},
                          {"max", Align::kRight}},
              .rows = {}};
  for (const BenchRow& row : rows) {
    const Spread s = spread(row.values);
    const auto cell = [](double value) {
      return fmt::format("{:.{}f}", value, value < 10 ? 2 : 1);
    };
    table.rows.push_back(
        {row.name, row.unit, {cell(s.median), Style::kBold}, cell(s.min), cell(s.max)});
  }
  return table.text(color);
}

std::string memory_text(const BenchMemory& m) {
  const auto mb = [](std::int64_t bytes) {
    return fmt::format("{:.0f} MB", static_cast<double>(bytes) / 1e6);
  };
  return fmt::format(
      "\nPeak memory {}: {} before the model was loaded, and {} above it, which is {:.2f} x the "
      "weights ({}) and\n"
      "{:.2f} x weights, keys and values ({}) and what reading one picture takes ({}).\n",
      mb(m.peak), mb(m.program), mb(m.peak - m.program), m.over_weights(), mb(m.weights),
      m.over_parts(), mb(m.cache), mb(m.vision));
}

std::string peer_text(const BenchPeer& peer, bool color) {
  const std::string table =
      medians_table({{"juror", "CPU s", peer.ours},
                     {"transformers, prefix reused by hand", "CPU s", peer.reuse},
                     {"transformers generate", "CPU s", peer.plain}},
                    color);
  return fmt::format(
      "\nThe same job against transformers, CPU time on one thread:\n{}"
      "juror is {:.1f} x as fast as generate and {:.1f} x as fast as the prefix reuse.\n",
      table, BenchPeer::ratio(peer.plain, peer.ours), BenchPeer::ratio(peer.reuse, peer.ours));
}

}  // namespace juror
