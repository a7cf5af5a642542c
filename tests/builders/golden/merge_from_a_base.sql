WITH spine AS (
  SELECT
    *,
    FLOOR_TO_HOP("__instant", 86400000000) AS "__boundary_1d"
  FROM (
    SELECT
      "__row",
      CAST("airport" AS TEXT) AS "__key_airport",
      CAST(EPOCH_US("event_timestamp") AS BIGINT) AS "__instant"
    FROM entity_dataframe
  ) AS asked
), pairs_airport_1d AS (
  SELECT DISTINCT
    "__key_airport" AS "airport",
    "__boundary_1d" AS "boundary"
  FROM spine
  WHERE
    NOT "__key_airport" IS NULL
), base_flights_by_airport_dest_1d AS (
  SELECT
    *
  FROM (
    SELECT
      "airport",
      "hop_start",
      "count_arr_delay_c3d43a35",
      "count_rows_3c3debde",
      "last_distance_ff7690ef_at",
      "last_distance_ff7690ef",
      "max_arr_delay_e50019eb",
      "sum_arr_delay_0d4fc483"
    FROM READ_PARQUET(['offline/base_90.parquet'], union_by_name = TRUE, hive_partitioning = FALSE)
    WHERE
      "hop_start" < 7776000000000
  ) AS read
  SEMI JOIN (
    SELECT
      "airport"
    FROM pairs_airport_1d
  ) AS asked
    USING ("airport")
), stored_flights_by_airport_dest_1d AS (
  SELECT
    *
  FROM (
    SELECT
      "airport",
      "hop_start",
      "count_arr_delay_c3d43a35",
      "count_rows_3c3debde",
      "last_distance_ff7690ef_at",
      "last_distance_ff7690ef",
      "max_arr_delay_e50019eb",
      "sum_arr_delay_0d4fc483"
    FROM READ_PARQUET(
      ['offline/flights_by_airport_dest_1d/tiles.parquet'],
      union_by_name = TRUE,
      hive_partitioning = FALSE
    )
    WHERE
      "hop_start" >= 7776000000000 AND "hop_start" < 11232000000000
  ) AS read
  SEMI JOIN (
    SELECT
      "airport"
    FROM pairs_airport_1d
  ) AS asked
    USING ("airport")
), tiles_flights_by_airport_dest_1d AS (
  SELECT
    "airport",
    "hop_start",
    "count_arr_delay_c3d43a35",
    "count_rows_3c3debde",
    "last_distance_ff7690ef_at",
    "last_distance_ff7690ef",
    "max_arr_delay_e50019eb",
    "sum_arr_delay_0d4fc483"
  FROM base_flights_by_airport_dest_1d
  UNION ALL
  SELECT
    "airport",
    "hop_start",
    "count_arr_delay_c3d43a35",
    "count_rows_3c3debde",
    "last_distance_ff7690ef_at",
    "last_distance_ff7690ef",
    "max_arr_delay_e50019eb",
    "sum_arr_delay_0d4fc483"
  FROM stored_flights_by_airport_dest_1d
), merge_flights_by_airport_dest_1d_probes AS (
  SELECT
    "airport",
    "boundary",
    CAST(0 AS INT) AS "grid",
    UNNEST(CAST([0, 604800000000] AS BIGINT[])) AS "back"
  FROM pairs_airport_1d
), merge_flights_by_airport_dest_1d_running AS (
  SELECT
    "airport",
    "hop_start",
    SUM("count_arr_delay_c3d43a35") OVER before AS "flights_by_airport_dest_1d__count_arr_delay_c3d43a35",
    SUM("count_rows_3c3debde") OVER before AS "flights_by_airport_dest_1d__count_rows_3c3debde",
    LAST_VALUE(
      CASE
        WHEN NOT "last_distance_ff7690ef_at" IS NULL
        THEN {'instant': "last_distance_ff7690ef_at", 'value': "last_distance_ff7690ef"}
      END
     IGNORE NULLS) OVER before AS "flights_by_airport_dest_1d__last_distance_ff7690ef",
    MAX("max_arr_delay_e50019eb") OVER before AS "flights_by_airport_dest_1d__max_arr_delay_e50019eb",
    SUM("sum_arr_delay_0d4fc483") OVER before AS "flights_by_airport_dest_1d__sum_arr_delay_0d4fc483"
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
    "tile"."flights_by_airport_dest_1d__count_arr_delay_c3d43a35",
    "tile"."flights_by_airport_dest_1d__count_rows_3c3debde",
    "tile"."flights_by_airport_dest_1d__last_distance_ff7690ef",
    "tile"."flights_by_airport_dest_1d__max_arr_delay_e50019eb",
    "tile"."flights_by_airport_dest_1d__sum_arr_delay_0d4fc483"
  FROM merge_flights_by_airport_dest_1d_probes AS probe
  ASOF LEFT JOIN merge_flights_by_airport_dest_1d_running AS tile
    ON "probe"."airport" = "tile"."airport"
    AND "probe"."boundary" - "probe"."back" > "tile"."hop_start"
), merged_flights_by_airport_dest_1d_1d AS (
  SELECT
    "airport",
    "boundary",
    CAST(ANY_VALUE("flights_by_airport_dest_1d__count_arr_delay_c3d43a35") FILTER(WHERE
      "back" = 0) AS BIGINT) AS "flights_by_airport_dest_1d__count_arr_delay_c3d43a35__ever",
    CAST(COALESCE(
      ANY_VALUE("flights_by_airport_dest_1d__count_rows_3c3debde") FILTER(WHERE
        "back" = 0),
      CAST(0 AS BIGINT)
    ) - COALESCE(
      ANY_VALUE("flights_by_airport_dest_1d__count_rows_3c3debde") FILTER(WHERE
        "back" = 604800000000),
      CAST(0 AS BIGINT)
    ) AS BIGINT) AS "flights_by_airport_dest_1d__count_rows_3c3debde__7d",
    CAST(ANY_VALUE("flights_by_airport_dest_1d__count_rows_3c3debde") FILTER(WHERE
      "back" = 0) AS BIGINT) AS "flights_by_airport_dest_1d__count_rows_3c3debde__ever",
    STRUCT_EXTRACT(
      ANY_VALUE("flights_by_airport_dest_1d__last_distance_ff7690ef") FILTER(WHERE
        "back" = 0),
      'instant'
    ) AS "flights_by_airport_dest_1d__last_distance_ff7690ef__ever_at",
    STRUCT_EXTRACT(
      ANY_VALUE("flights_by_airport_dest_1d__last_distance_ff7690ef") FILTER(WHERE
        "back" = 0),
      'value'
    ) AS "flights_by_airport_dest_1d__last_distance_ff7690ef__ever",
    CAST(ANY_VALUE("flights_by_airport_dest_1d__max_arr_delay_e50019eb") FILTER(WHERE
      "back" = 0) AS DOUBLE) AS "flights_by_airport_dest_1d__max_arr_delay_e50019eb__ever",
    CAST(ANY_VALUE("flights_by_airport_dest_1d__sum_arr_delay_0d4fc483") FILTER(WHERE
      "back" = 0) AS DECIMAL(38, 0)) AS "flights_by_airport_dest_1d__sum_arr_delay_0d4fc483__ever"
  FROM merge_flights_by_airport_dest_1d
  WHERE
    "grid" = 0
  GROUP BY
    1,
    2
)
SELECT
  "spine"."__row",
  COALESCE(
    "merged_flights_by_airport_dest_1d_1d__airport"."flights_by_airport_dest_1d__count_rows_3c3debde__7d",
    0
  ) AS "endless_flights_7d",
  COALESCE(
    "merged_flights_by_airport_dest_1d_1d__airport"."flights_by_airport_dest_1d__count_rows_3c3debde__ever",
    0
  ) AS "endless_flights_ever",
  CASE
    WHEN COALESCE(
      "merged_flights_by_airport_dest_1d_1d__airport"."flights_by_airport_dest_1d__count_arr_delay_c3d43a35__ever",
      0
    ) > 0
    THEN EXACT_DOUBLE(
      "merged_flights_by_airport_dest_1d_1d__airport"."flights_by_airport_dest_1d__sum_arr_delay_0d4fc483__ever"
    )
  END AS "endless_arr_delay",
  "merged_flights_by_airport_dest_1d_1d__airport"."flights_by_airport_dest_1d__max_arr_delay_e50019eb__ever" AS "endless_worst",
  "merged_flights_by_airport_dest_1d_1d__airport"."flights_by_airport_dest_1d__last_distance_ff7690ef__ever" AS "endless_farthest"
FROM spine
LEFT JOIN merged_flights_by_airport_dest_1d_1d AS "merged_flights_by_airport_dest_1d_1d__airport"
  ON "spine"."__key_airport" = "merged_flights_by_airport_dest_1d_1d__airport"."airport"
  AND "spine"."__boundary_1d" = "merged_flights_by_airport_dest_1d_1d__airport"."boundary"
ORDER BY
  "spine"."__row"
