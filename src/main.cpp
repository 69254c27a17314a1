// The program people start: answers at once what needs no libtorch and hands the rest to
// juror-engine.
#include "cli/program.h"

int main(int count, char** words) {
  return juror::run_program({.commands = juror::all_commands()}, {words + 1, words + count});
}
