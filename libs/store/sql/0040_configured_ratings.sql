-- Deratings (docs/reports.md): settings with a configured rating, which few DERs have, without reading all settings.
CREATE INDEX grid_record_configured_rating ON grid_record (der_key, revision)
  WHERE (settings #>> '{ratings,p_max_kw}')::double precision > 0;
