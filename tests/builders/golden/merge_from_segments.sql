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
), merge_flights_by_airport_dest_1d_probes AS (
  SELECT
    "airport",
    "boundary",
    CAST(0 AS INT) AS "grid",
    UNNEST(CAST([0, 86400000000, 604800000000] AS BIGINT[])) AS "back"
  FROM pairs_airport_1d_1h
), merge_flights_by_airport_dest_1d_running AS (
  SELECT
    "airport",
    "hop_start",
    SUM("count_arr_delay_8cfbf424") OVER before AS "flights_by_airport_dest_1d__count_arr_delay_8cfbf424",
    SUM("count_rows_3c3debde") OVER before AS "flights_by_airport_dest_1d__count_rows_3c3debde",
    SUM("sum_arr_delay_ef6efe68") OVER before AS "flights_by_airport_dest_1d__sum_arr_delay_ef6efe68"
  FROM tiles_flights_by_airport_dest_1d
  WINDOW before AS (
    PARTITION BY "airport"
    ORDER BY "hop_start"
    RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
  )
), merge_flights_by_airport_dest_1d AS (
  SELECT
    "probe"."airport",
    "probe"."boundary",
    "probe"."grid",
    "probe"."back",
    "tile"."flights_by_airport_dest_1d__count_arr_delay_8cfbf424",
    "tile"."flights_by_airport_dest_1d__count_rows_3c3debde",
    "tile"."flights_by_airport_dest_1d__sum_arr_delay_ef6efe68"
  FROM merge_flights_by_airport_dest_1d_probes AS probe
  ASOF LEFT JOIN merge_flights_by_airport_dest_1d_running AS tile
    ON "probe"."airport" = "tile"."airport"
    AND "probe"."boundary" - "probe"."back" > "tile"."hop_start"
), merged_flights_by_airport_dest_1d_1d_1h AS (
  SELECT
    "airport",
    "boundary",
    CAST(COALESCE(
      ANY_VALUE("flights_by_airport_dest_1d__count_arr_delay_8cfbf424") FILTER(WHERE
        "back" = 0),
      CAST(0 AS BIGINT)
    ) - COALESCE(
      ANY_VALUE("flights_by_airport_dest_1d__count_arr_delay_8cfbf424") FILTER(WHERE
        "back" = 604800000000),
      CAST(0 AS BIGINT)
    ) AS BIGINT) AS "flights_by_airport_dest_1d__count_arr_delay_8cfbf424__7d",
    CAST(COALESCE(
      ANY_VALUE("flights_by_airport_dest_1d__count_rows_3c3debde") FILTER(WHERE
        "back" = 0),
      CAST(0 AS BIGINT)
    ) - COALESCE(
      ANY_VALUE("flights_by_airport_dest_1d__count_rows_3c3debde") FILTER(WHERE
        "back" = 86400000000),
      CAST(0 AS BIGINT)
    ) AS BIGINT) AS "flights_by_airport_dest_1d__count_rows_3c3debde__1d",
    CAST(COALESCE(
      ANY_VALUE("flights_by_airport_dest_1d__count_rows_3c3debde") FILTER(WHERE
        "back" = 0),
      CAST(0 AS BIGINT)
    ) - COALESCE(
      ANY_VALUE("flights_by_airport_dest_1d__count_rows_3c3debde") FILTER(WHERE
        "back" = 604800000000),
      CAST(0 AS BIGINT)
    ) AS BIGINT) AS "flights_by_airport_dest_1d__count_rows_3c3debde__7d",
    CAST(COALESCE(
      ANY_VALUE("flights_by_airport_dest_1d__sum_arr_delay_ef6efe68") FILTER(WHERE
        "back" = 0),
      CAST(0 AS DECIMAL(38, 0))
    ) - COALESCE(
      ANY_VALUE("flights_by_airport_dest_1d__sum_arr_delay_ef6efe68") FILTER(WHERE
        "back" = 604800000000),
      CAST(0 AS DECIMAL(38, 0))
    ) AS DECIMAL(38, 0)) AS "flights_by_airport_dest_1d__sum_arr_delay_ef6efe68__7d"
  FROM merge_flights_by_airport_dest_1d
  WHERE
    "grid" = 0
  GROUP BY
    1,
    2
), joined_flights_by_airport_dest_1d_1d_1h AS (
  SELECT
    "pair"."airport",
    "pair"."boundary",
    CAST(MAX("tile"."max_arr_delay_e50019eb") AS DOUBLE) AS "flights_by_airport_dest_1d__max_arr_delay_e50019eb__7d"
  FROM pairs_airport_1d_1h AS pair
  JOIN tiles_flights_by_airport_dest_1d AS tile
    ON "pair"."airport" = "tile"."airport"
    AND "tile"."hop_start" < "pair"."boundary"
    AND "tile"."hop_start" >= "pair"."boundary" - 604800000000
  GROUP BY
    1,
    2
)
SELECT
  "spine"."__row",
  COALESCE(
    "merged_flights_by_airport_dest_1d_1d_1h__airport"."flights_by_airport_dest_1d__count_rows_3c3debde__1d",
    0
  ) AS "arrivals_flights_1d",
  COALESCE(
    "merged_flights_by_airport_dest_1d_1d_1h__airport"."flights_by_airport_dest_1d__count_rows_3c3debde__7d",
    0
  ) AS "arrivals_flights_7d",
  EXACT_DOUBLE(
    "merged_flights_by_airport_dest_1d_1d_1h__airport"."flights_by_airport_dest_1d__sum_arr_delay_ef6efe68__7d"
  ) / NULLIF(
    "merged_flights_by_airport_dest_1d_1d_1h__airport"."flights_by_airport_dest_1d__count_arr_delay_8cfbf424__7d",
    0
  ) AS "arrivals_arr_delay_7d",
  "joined_flights_by_airport_dest_1d_1d_1h__airport"."flights_by_airport_dest_1d__max_arr_delay_e50019eb__7d" AS "arrivals_worst_7d"
FROM spine
LEFT JOIN merged_flights_by_airport_dest_1d_1d_1h AS "merged_flights_by_airport_dest_1d_1d_1h__airport"
  ON "spine"."__key_airport" = "merged_flights_by_airport_dest_1d_1d_1h__airport"."airport"
  AND "spine"."__boundary_1d_1h" = "merged_flights_by_airport_dest_1d_1d_1h__airport"."boundary"
LEFT JOIN joined_flights_by_airport_dest_1d_1d_1h AS "joined_flights_by_airport_dest_1d_1d_1h__airport"
  ON "spine"."__key_airport" = "joined_flights_by_airport_dest_1d_1d_1h__airport"."airport"
  AND "spine"."__boundary_1d_1h" = "joined_flights_by_airport_dest_1d_1d_1h__airport"."boundary"
ORDER BY
  "spine"."__row"
