// juror bench products: few rows times a large weight, by precision, against memory's bandwidth.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "bench/product.h"
#include "cli/engine/commands.h"
#include "cli/table.h"
#include "tensor/device.h"

namespace juror {
namespace {

struct BenchProductsOptions {
  ProductBenchOptions bench;

  template <class Field>
  void fields(Field&& field) {
    field("in", bench.in, "Inputs of the weight, a multiple of 32", Range{32, 1 << 20});
    field("out", bench.out, "Outputs of the weight", Range{1, 1 << 20});
    field("rows", bench.rows, "Rows that it is multiplied by");
    field("repeats", bench.repeats, "Products measured; the fastest counts", Range{1, 1000});
  }
};

int bench_products(BenchProductsOptions& options, Context& context) {
  const double bandwidth = read_bandwidth(options.bench.repeats);
  const std::vector<ProductTime> times = time_products(options.bench);
  nlohmann::ordered_json json = {{"backend", backend_description()},
                                 {"in", options.bench.in},
                                 {"out", options.bench.out},
                                 {"read_bytes_per_s", bandwidth},
                                 {"products", nlohmann::ordered_json::array()}};
  Table table{.columns = {{"weights"},
                          {"rows", Align::kRight},
                          {"ms", Align::kRight},
                          {"GFLOP/s", Align::kRight},
                          {"GB/s", Align::kRight},
                          {"of bandwidth", Align::kRight}}};
  for (const ProductTime& time : times) {
    json["products"].push_back({{"dtype", time.dtype},
                                {"rows", time.rows},
                                {"seconds", time.seconds},
                                {"flops_per_s", time.flops_per_s},
                                {"bytes_per_s", time.bytes_per_s}});
    table.rows.push_back({{time.dtype},
                          {fmt::format("{}", time.rows)},
                          {fmt::format("{:.2f}", time.seconds * 1e3)},
                          {fmt::format("{:.0f}", time.flops_per_s * 1e-9)},
                          {fmt::format("{:.1f}", time.bytes_per_s * 1e-9)},
                          {fmt::format("{:.0f} %", 100 * time.bytes_per_s / bandwidth)}});
  }
  if (context.out.json()) {
    context.out.print_json(json);
  } else {
    context.out.print(fmt::format("{}\nMemory is read at {:.1f} GB/s.\n\n{}", backend_description(),
                                  bandwidth * 1e-9, table.text(context.color())));
  }
  return kExitOk;
}

}  // namespace

Command bench_products_command() {
  return make_command<BenchProductsOptions>(
      {.name = "bench products",
       .summary = "Measure few rows times a large weight in every precision, against memory",
       .examples = {{"juror bench products --threads 1", "one layer of a 3B model"}},
       .notes = "Wall-clock times; the least of the repeats."},
      bench_products);
}

}  // namespace juror
