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
), stored_flights_by_airport_dest_1d AS (
  SELECT
    *
  FROM (
    SELECT
      "airport",
      "hop_start",
      "count_arr_delay_8cfbf424",
      "count_rows_3c3debde",
      "max_arr_delay_e50019eb",
      "sum_arr_delay_ef6efe68"
    FROM READ_PARQUET(
      ['offline/flights_by_airport_dest_1d/tiles.parquet'],
      union_by_name = TRUE,
      hive_partitioning = FALSE
    )
    WHERE
      "hop_start" >= 7948800000000 AND "hop_start" < 11145600000000
  ) AS read
  SEMI JOIN (
    SELECT
      "airport"
    FROM pairs_airport_1d_1h
  ) AS asked
    USING ("airport")
), tiles_flights_by_airport_dest_1d AS (
  SELECT
    "airport",
    "hop_start",
    "count_arr_delay_8cfbf424",
    "count_rows_3c3debde",
    "max_arr_delay_e50019eb",
    "sum_arr_delay_ef6efe68"
  FROM stored_flights_by_airport_dest_1d
), framed_flights_by_airport_dest_1d_1d_1h_rows AS (
  SELECT
    "airport",
    "hop_start",
    TRUE AS "is_tile",
    "count_arr_delay_8cfbf424" AS "count_arr_delay_8cfbf424",
    "count_rows_3c3debde" AS "count_rows_3c3debde",
    "max_arr_delay_e50019eb" AS "max_arr_delay_e50019eb",
    "sum_arr_delay_ef6efe68" AS "sum_arr_delay_ef6efe68"
  FROM tiles_flights_by_airport_dest_1d
  UNION ALL
  SELECT
    "airport",
    "boundary" AS "hop_start",
    FALSE AS "is_tile",
    NULL AS "count_arr_delay_8cfbf424",
    NULL AS "count_rows_3c3debde",
    NULL AS "max_arr_delay_e50019eb",
    NULL AS "sum_arr_delay_ef6efe68"
  FROM pairs_airport_1d_1h
), framed_flights_by_airport_dest_1d_1d_1h AS (
  SELECT
    "airport",
    "boundary",
    "flights_by_airport_dest_1d__count_arr_delay_8cfbf424__7d",
    "flights_by_airport_dest_1d__count_rows_3c3debde__1d",
    "flights_by_airport_dest_1d__count_rows_3c3debde__7d",
    "flights_by_airport_dest_1d__max_arr_delay_e50019eb__7d",
    "flights_by_airport_dest_1d__sum_arr_delay_ef6efe68__7d"
  FROM (
    SELECT
      "airport",
      "hop_start" AS "boundary",
      "is_tile",
      CAST(SUM("count_arr_delay_8cfbf424") OVER reach_1 AS BIGINT) AS "flights_by_airport_dest_1d__count_arr_delay_8cfbf424__7d",
      CAST(SUM("count_rows_3c3debde") OVER reach_0 AS BIGINT) AS "flights_by_airport_dest_1d__count_rows_3c3debde__1d",
      CAST(SUM("count_rows_3c3debde") OVER reach_1 AS BIGINT) AS "flights_by_airport_dest_1d__count_rows_3c3debde__7d",
      CAST(MAX("max_arr_delay_e50019eb") OVER reach_1 AS DOUBLE) AS "flights_by_airport_dest_1d__max_arr_delay_e50019eb__7d",
      CAST(SUM("sum_arr_delay_ef6efe68") OVER reach_1 AS DECIMAL(38, 0)) AS "flights_by_airport_dest_1d__sum_arr_delay_ef6efe68__7d"
    FROM framed_flights_by_airport_dest_1d_1d_1h_rows
    WINDOW reach_0 AS (
      PARTITION BY "airport"
      ORDER BY "hop_start"
      RANGE BETWEEN 86400000000 PRECEDING AND 1 PRECEDING
    ), reach_1 AS (
      PARTITION BY "airport"
      ORDER BY "hop_start"
      RANGE BETWEEN 604800000000 PRECEDING AND 1 PRECEDING
    )
  ) AS framed
  WHERE
    NOT "is_tile"
)
SELECT
  "spine"."__row",
  COALESCE(
    "framed_flights_by_airport_dest_1d_1d_1h__airport"."flights_by_airport_dest_1d__count_rows_3c3debde__1d",
    0
  ) AS "arrivals_flights_1d",
  COALESCE(
    "framed_flights_by_airport_dest_1d_1d_1h__airport"."flights_by_airport_dest_1d__count_rows_3c3debde__7d",
    0
  ) AS "arrivals_flights_7d",
  EXACT_DOUBLE(
    "framed_flights_by_airport_dest_1d_1d_1h__airport"."flights_by_airport_dest_1d__sum_arr_delay_ef6efe68__7d"
  ) / NULLIF(
    "framed_flights_by_airport_dest_1d_1d_1h__airport"."flights_by_airport_dest_1d__count_arr_delay_8cfbf424__7d",
    0
  ) AS "arrivals_arr_delay_7d",
  "framed_flights_by_airport_dest_1d_1d_1h__airport"."flights_by_airport_dest_1d__max_arr_delay_e50019eb__7d" AS "arrivals_worst_7d"
FROM spine
LEFT JOIN framed_flights_by_airport_dest_1d_1d_1h AS "framed_flights_by_airport_dest_1d_1d_1h__airport"
  ON "spine"."__key_airport" = "framed_flights_by_airport_dest_1d_1d_1h__airport"."airport"
  AND "spine"."__boundary_1d_1h" = "framed_flights_by_airport_dest_1d_1d_1h__airport"."boundary"
ORDER BY
  "spine"."__row"
