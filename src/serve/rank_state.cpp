#include "serve/rank_state.h"

namespace juror {

RankTicket::RankTicket(std::shared_ptr<RankState> state) : state_(std::move(state)) {
  ++state_->tickets;
}
RankTicket::~RankTicket() {
  if (state_) --state_->tickets;
}
void RankTicket::wait(std::size_t done, ServiceClock::time_point until) const {
  state_->wait(done, until);
}
std::shared_ptr<const RankOutcome> RankTicket::outcome() const { return state_->outcome(); }
std::size_t RankTicket::done() const { return state_->progress().first; }
std::size_t RankTicket::total() const { return state_->progress().second; }
bool RankTicket::was_remembered() const { return state_->was_remembered; }

}  // namespace juror
