// The full program, started by `juror` when a command needs libtorch.
#include <unistd.h>

#include "cli/engine/start.h"
#include "cli/hand_over.h"
#include "cli/program.h"

int main(int count, char** words) {
  // Started by hand: libgomp has read the environment already, so begin once more. If that cannot
  // be, its threads spin as they do by default.
  if (juror::set_waiting_policy()) ::execv("/proc/self/exe", words);
  return juror::run_program({.commands = juror::all_commands(juror::engine_commands()),
                             .start = juror::start_engine,
                             .explain = juror::explain_fault},
                            {words + 1, words + count});
}
