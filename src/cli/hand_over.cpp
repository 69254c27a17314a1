#include "cli/hand_over.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <thread>

#include "base/error.h"

namespace juror {
namespace {

/// Threads of others that run or wait for a core at this moment: the least of three looks.
int others_running() {
  int least = std::numeric_limits<int>::max();
  for (int look = 0; look < 3; ++look) {
    if (look > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    std::string minute, five_minutes, quarter;
    int running = 1;  // this one; "0.52 0.58 0.59 3/467 11962"
    std::ifstream("/proc/loadavg") >> minute >> five_minutes >> quarter >> running;
    least = std::min(least, running);
  }
  return std::max(0, least - 1);
}

/// How often OpenMP's threads look whether work has come before they sleep. libgomp's own number
/// lets them spin for milliseconds at every operator's end, which beside other work takes the cores
/// from those who compute: then they sleep at once. On a quiet machine sleeping costs a third of
/// decoding's time, and this much spinning a twentieth (bench/threads.py).
const char* spin_count() { return others_running() > 0 ? "0" : "1000"; }

/// An installed program comes without libtorch (cmake/Install.cmake), which the engine links.
void require_libtorch(const std::filesystem::path& beside) {
  const bool is_installed =
      std::filesystem::exists(beside.parent_path().parent_path() / "bin" / "juror-libraries");
  const bool is_elsewhere = std::getenv("LD_LIBRARY_PATH") != nullptr;
  if (is_installed && !is_elsewhere && !std::filesystem::exists(beside / "libtorch/torch/lib"))
    throw Error(fmt::format("What computes needs PyTorch's C++ libraries, which are not in '{}' "
                            "yet: `juror-libraries` fetches them, once.",
                            (beside / "libtorch").string()),
                ErrorKind::kSystem);
}

}  // namespace

bool set_waiting_policy() {
  const auto is_set = [](const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0';
  };
  if (is_set("OMP_WAIT_POLICY") || is_set("GOMP_SPINCOUNT")) return false;
  return ::setenv("GOMP_SPINCOUNT", spin_count(), /*overwrite=*/1) == 0;
}

void hand_to_engine(const std::vector<std::string>& arguments) {
  set_waiting_policy();
  namespace fs = std::filesystem;
  const fs::path beside = fs::read_symlink("/proc/self/exe").parent_path();
  require_libtorch(beside);
  std::vector<char*> words = {const_cast<char*>("juror")};
  for (const std::string& argument : arguments)
    words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  for (const fs::path& engine :
       {beside / "juror-engine", beside.parent_path() / "libexec" / "juror" / "juror-engine"}) {
    ::execv(engine.c_str(), words.data());
    if (errno == ENOENT) continue;
    throw Error(fmt::format("Cannot start '{}': {}.", engine.string(), std::strerror(errno)),
                ErrorKind::kSystem);
  }
  throw Error(fmt::format("This command needs 'juror-engine', which is not beside the program in "
                          "'{}'. Build it with libtorch "
                          "(`make build`).",
                          beside.string()),
              ErrorKind::kSystem);
}

}  // namespace juror
