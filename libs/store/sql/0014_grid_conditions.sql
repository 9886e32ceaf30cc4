-- Kinds of series: expected frequency and voltage join the weather (derms.v1.SeriesKind has the numbers).

ALTER TABLE series DROP CONSTRAINT series_kind_check;
ALTER TABLE series ADD CONSTRAINT series_kind_check CHECK (kind BETWEEN 1 AND 11);
