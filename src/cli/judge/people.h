// What people said of the pictures that are ranked, from a table of ratings, to stand beside what
// the judge says.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/judge/pictures.h"
#include "preference/ranking.h"

namespace juror {

struct PeoplesTable {
  std::string path;                     ///< as it was named
  std::map<std::string, double> means;  ///< mean opinions by the file of the image
};

/// Of a table or folder of ratings (docs/data.md), all its splits. Throws Error where it cannot be
/// read.
PeoplesTable read_peoples_table(const std::string& path);

/// People's mean opinion of each picture: the row whose image is that file; nothing for a picture
/// without one. Throws Error where the table has none of the pictures.
std::vector<std::optional<double>> peoples_means(const PeoplesTable& table,
                                                 const std::vector<std::string>& paths);

/// "Spearman's correlation with people's mean opinion: 0.71 (95 % interval over pictures 0.20 -
/// 0.93), 12 pictures."; "" with
/// fewer than five rated pictures.
std::string agreement_text(const LoadedPictures& pictures, const Ranking& ranking);

}  // namespace juror
