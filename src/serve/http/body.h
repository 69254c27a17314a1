// The body of a request, whole: as long as its head says, or in chunks read strictly.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "serve/http/connection.h"
#include "serve/http/head.h"

namespace juror {

/// Reads the body that `head` announces. `take_room` is called before bytes are held. Throws
/// HttpError: 400 for a body that is cut short or whose chunks are broken, 408 for one that is too
/// slow, 413 beyond `most_bytes`, and what `take_room` throws.
std::string read_body(Connection& connection, const RequestHead& head, std::uint64_t most_bytes,
                      const std::function<void(std::uint64_t)>& take_room);

}  // namespace juror
