WITH spine AS (
  SELECT
    *,
    FLOOR_TO_HOP("__instant" - 3600000000, 86400000000) AS "__boundary_1d_1h"
  FROM (
    SELECT
      "__row",
      CAST("airport" AS TEXT) AS "__key_airport",
      CAST(EPOCH_US("event_timestamp") AS BIGINT) AS "__instant"
    FROM entity_dataframe
  ) AS asked
), pairs_airport_1d_1h AS (
  SELECT DISTINCT
    "__key_airport" AS "airport",
    "__boundary_1d_1h" AS "boundary"
  FROM spine
  WHERE
    NOT "__key_airport" IS NULL
), rows_all_flights_by_airport_dest_1d AS (
  SELECT
    *
  FROM (
    SELECT
      CAST("dest" AS TEXT) AS "airport",
      CAST(EPOCH_US("arrived_at") AS BIGINT) AS "instant",
      CASE WHEN ISFINITE("arr_delay") THEN "arr_delay" END AS "expression_1",
      NOT "cancelled" AS "expression_2"
    FROM (
      SELECT
        CAST("dest" AS TEXT) AS "dest",
        CAST("arr_delay" AS DOUBLE) AS "arr_delay",
        CAST("distance" AS BIGINT) AS "distance",
        CAST("cancelled" AS BOOLEAN) AS "cancelled",
        CAST("tailnum" AS TEXT) AS "tailnum",
        CAST("arrived_at" AS TIMESTAMP) AS "arrived_at"
      FROM READ_CSV(
        ['data/old/0.csv'],
        header = TRUE,
        types = {'dest': 'TEXT', 'arr_delay': 'DOUBLE', 'distance': 'BIGINT', 'cancelled': 'BOOLEAN', 'tailnum': 'TEXT', 'arrived_at': 'TIMESTAMP'},
        hive_partitioning = FALSE
      )
      WHERE
        NOT EPOCH_US("arrived_at") IS NULL
        AND "arrived_at" >= CAST('1970-04-03 00:00:00' AS TIMESTAMP)
        AND "arrived_at" < CAST('1970-05-10 00:00:00' AS TIMESTAMP)
      UNION ALL
      SELECT
        CAST("dest" AS TEXT) AS "dest",
        CAST("arr_delay" AS DOUBLE) AS "arr_delay",
        CAST("distance" AS BIGINT) AS "distance",
        CAST("cancelled" AS BOOLEAN) AS "cancelled",
        CAST("tailnum" AS TEXT) AS "tailnum",
        CAST("arrived_at" AS TIMESTAMP) AS "arrived_at"
      FROM READ_PARQUET(['data/flights.parquet'], hive_partitioning = FALSE)
      WHERE
        NOT EPOCH_US("arrived_at") IS NULL
        AND "arrived_at" >= CAST('1970-04-03 00:00:00' AS TIMESTAMP)
        AND "arrived_at" < CAST('1970-05-10 00:00:00' AS TIMESTAMP)
    ) AS all_flights
    WHERE
      NOT "dest" IS NULL AND NOT EPOCH_US("arrived_at") IS NULL
  ) AS read
  SEMI JOIN (
    SELECT
      "airport"
    FROM pairs_airport_1d_1h
  ) AS asked
    USING ("airport")
)
SELECT
  "airport",
  FLOOR_TO_HOP("instant", 86400000000) AS "hop_start",
  COUNT("expression_1") FILTER(WHERE
    "expression_2") AS "count_arr_delay_8cfbf424",
  COUNT(*) AS "count_rows_3c3debde",
  MAX("expression_1") AS "max_arr_delay_e50019eb",
  SUM(
    CAST(ONLY_UNITS(
      CASE WHEN "expression_2" THEN "expression_1" END * 1.1805916207174113e+21,
      'sum_arr_delay_ef6efe68'
    ) AS DECIMAL(38, 0))
  ) AS "sum_arr_delay_ef6efe68"
FROM rows_all_flights_by_airport_dest_1d
GROUP BY
  1,
  2
