// The full program, started by `juror` when a command needs libtorch.
#include "cli/engine/start.h"
#include "cli/program.h"

int main(int count, char** words) {
  return juror::run_program({.commands = juror::all_commands(juror::engine_commands()),
                             .start = juror::start_engine,
                             .explain = juror::explain_fault},
                            {words + 1, words + count});
}
