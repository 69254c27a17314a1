// Who may ask: keys, and browsers that other people's pages have sent. Looks at heads alone, before
// a body is read.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "serve/http/head.h"

namespace juror {

struct GateOptions {
  std::vector<std::string> keys;         ///< any of them opens; empty: no key is asked for
  std::vector<std::string> allow_hosts;  ///< names by which the server may be called
  bool is_loopback = true;  ///< it listens at this machine's own address: other names are refused
};

/// One key a line; empty lines and lines that begin with # are nothing. Throws Error naming the
/// file when there is no key in it, or one shorter than 8 characters.
std::vector<std::string> read_api_keys(const std::filesystem::path& file);

/// Throws HttpError: 401 without a right key (the page, /health and /version are open), 403 for a
/// Host that the server does not go by (DNS rebinding) and for what a page of another origin sends.
void admit(const RequestHead& head, const GateOptions& options);

/// Whether an address to listen at is this machine's own.
bool is_loopback_host(const std::string& host);

}  // namespace juror
