#include "libs/domain/pinning.h"

#include <utility>

namespace derms::domain {

DerState StateToPin(const Der& der, AroundStart around) {
  DerState state{.der = &der, .reading = std::move(around.before), .available_kw = {}, .held = around.held};
  state.asked_kw = around.asked_kw;
  if (state.reading || !around.now) return state;
  state.reading = std::move(around.now);
  state.follows = true;
  return state;
}

}  // namespace derms::domain
