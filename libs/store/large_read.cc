#include "libs/store/large_read.h"

namespace derms::store {

void PlanEachTime(Transaction& transaction) {
  transaction.Execute(
      "SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL work_mem = '64MB'; SET LOCAL jit = off");
}

}  // namespace derms::store
