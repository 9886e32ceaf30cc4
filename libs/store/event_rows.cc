#include "libs/store/event_rows.h"

#include "libs/store/event_codec.h"

namespace derms::store {

void EventRows::Add(base::DerKey key, const domain::Event& event) {
  keys_.Add(key);
  ordinals_.Add(count_++);
  bytes_.Add(CanonicalBytes(event));
}

void EventRows::Insert(Transaction& transaction) {
  static constexpr Statement kInsert{
      "event_insert",
      "INSERT INTO event (der_key, ordinal, stored_bytes) SELECT * FROM unnest($1::bigint[], $2::int[], $3::bytea[])"};
  if (count_ == 0) return;
  transaction.Run(kInsert, Params().AddArray(keys_).AddArray(ordinals_).AddArray(bytes_));
}

}  // namespace derms::store
