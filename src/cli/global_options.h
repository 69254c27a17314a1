// The flags that every command understands.
#pragma once

#include <cstdint>
#include <string>

#include "base/options.h"

namespace juror {

struct GlobalOptions {
  bool json = false, jsonl = false, csv = false;
  std::string output;  ///< results go here instead of stdout
  bool quiet = false, verbose = false;
  std::string color = "auto";
  std::string config;
  std::int64_t seed = 0;
  std::int64_t threads = 0;

  template <class Field>
  void fields(Field&& field) {
    field("json", json, "Print the result as one JSON object");
    field("jsonl", jsonl,
          "Print a list of results as one JSON object a line, where a command has one");
    field("csv", csv, "Print a list of results as CSV, where a command has one");
    field("output", output, "Write the result to this file instead of the terminal (-o)");
    field("quiet", quiet, "No progress and no notes, only warnings and results (-q)");
    field("verbose", verbose, "Say more while working (-v)");
    field("color", color, "Colour and animation", OneOf{{"auto", "always", "never"}});
    field("config", config, "Read options from this TOML file, before ./juror.toml");
    field("seed", seed, "Every random draw follows from it: same seed, same output",
          Range{0, 9.0e18});
    field("threads", threads, "CPU threads; 0 takes one a core", Range{0, 4096});
  }
};

}  // namespace juror
