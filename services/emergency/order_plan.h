// Plans whose answer is one order, whatever the call.
#pragma once

#include <utility>

#include "derms/v1/emergency.pb.h"
#include "libs/server/plan.h"

namespace derms::emergency {

template <typename Response>
server::Plan<Response> Answering(server::Plan<v1::EmergencyOrder> plan) {
  server::Plan<Response> out{.response = {},
                             .mutation = std::move(plan.mutation),
                             .settled = std::move(plan.settled),
                             .retry_on_conflict = plan.retry_on_conflict};
  *out.response.mutable_order() = std::move(plan.response);
  return out;
}

}  // namespace derms::emergency
