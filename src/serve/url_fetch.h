// Pictures by links, from hosts that the server's owner has named and no other. A link is a request
// that this machine makes in a stranger's name, so everything that is not needed is refused.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace juror {

/// Whether a link could be of a picture: http:// or https://.
bool is_web_link(std::string_view text);

/// The bytes at a link. `hosts`: "example.com", "example.com:8443", ".example.com" (what ends so),
/// "127.0.0.1:9000". Refused are other hosts and schemes, names and passwords, ports that are not
/// named and not usual, redirects, and names that lead to an address of this machine or its own
/// network (unless `hosts` names the address itself), whatever they led to before. No proxy.
/// Throws HttpError (422) with the reason.
std::string fetch_picture(const std::string& url, const std::vector<std::string>& hosts);

}  // namespace juror
