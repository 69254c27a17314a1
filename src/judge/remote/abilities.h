// What a server can do, found out by a few tiny requests.
#pragma once

#include <string>

#include "judge/remote/chat_protocol.h"
#include "judge/remote/server.h"

namespace juror {

/// The one model that the server lists. Throws Error where it lists none or several.
ListedModel find_server_model(ChatServerClient& server);
/// What the server's list says of a model; its name alone where there is no such list.
ListedModel find_listed_model(ChatServerClient& server, const std::string& name);

/// A question without pictures, of one token, for the tiny requests that find something out.
Question tiny_question();

/// What a server can do, and what finding it out took.
struct FoundAbilities {
  ServerAbilities abilities;
  std::int64_t tokens = 0;  ///< as far as the server says
};

/// What the server can do with this model; what it cannot is told by warnings. Throws Error where
/// it refuses the plainest request.
FoundAbilities find_abilities(ChatServerClient& server, const std::string& model);

}  // namespace juror
