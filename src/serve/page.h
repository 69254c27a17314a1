// The page's files, compiled in (cmake/EmbedFiles.cmake makes the table of src/serve/page).
#pragma once

#include <string_view>
#include <vector>

namespace juror {

struct EmbeddedFile {
  std::string_view name, bytes;
};

const std::vector<EmbeddedFile>& embedded_files();

}  // namespace juror
