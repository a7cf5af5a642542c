WITH base_flights_by_airport_dest_1d AS (
  SELECT
    "airport",
    "hop_start",
    "buckets_arr_delay_699f8c0c",
    "count_arr_delay_c3d43a35",
    "distinct_distance_8e135790",
    "histogram_distance_47a69ef3",
    "last_n_arr_delay_e06748bd",
    "squares_arr_delay_ba181841",
    "sum_arr_delay_0d4fc483"
  FROM READ_PARQUET(['offline/base_60.parquet'], union_by_name = TRUE, hive_partitioning = FALSE)
  WHERE
    "hop_start" < 5184000000000
), stored_flights_by_airport_dest_1d AS (
  SELECT
    "airport",
    "hop_start",
    "buckets_arr_delay_699f8c0c",
    "count_arr_delay_c3d43a35",
    "distinct_distance_8e135790",
    "histogram_distance_47a69ef3",
    "last_n_arr_delay_e06748bd",
    "squares_arr_delay_ba181841",
    "sum_arr_delay_0d4fc483"
  FROM READ_PARQUET(
    ['offline/flights_by_airport_dest_1d/tiles.parquet'],
    union_by_name = TRUE,
    hive_partitioning = FALSE
  )
  WHERE
    "hop_start" >= 5184000000000 AND "hop_start" < 7776000000000
), tiles_flights_by_airport_dest_1d AS (
  SELECT
    "airport",
    "hop_start",
    "buckets_arr_delay_699f8c0c",
    "count_arr_delay_c3d43a35",
    "distinct_distance_8e135790",
    "histogram_distance_47a69ef3",
    "last_n_arr_delay_e06748bd",
    "squares_arr_delay_ba181841",
    "sum_arr_delay_0d4fc483"
  FROM base_flights_by_airport_dest_1d
  UNION ALL
  SELECT
    "airport",
    "hop_start",
    "buckets_arr_delay_699f8c0c",
    "count_arr_delay_c3d43a35",
    "distinct_distance_8e135790",
    "histogram_distance_47a69ef3",
    "last_n_arr_delay_e06748bd",
    "squares_arr_delay_ba181841",
    "sum_arr_delay_0d4fc483"
  FROM stored_flights_by_airport_dest_1d
), base_flights_by_airport_dest_1d_anew_combined AS (
  SELECT
    "tile"."airport",
    CAST(SUM("tile"."count_arr_delay_c3d43a35") AS BIGINT) AS "count_arr_delay_c3d43a35",
    CAST(MERGE_SKETCHES(
      ARRAY_AGG("tile"."distinct_distance_8e135790") FILTER(WHERE
        NOT "tile"."distinct_distance_8e135790" IS NULL)
    ) AS BLOB) AS "distinct_distance_8e135790",
    CAST(FIRST_ITEMS(
      ARRAY_AGG("tile"."last_n_arr_delay_e06748bd" ORDER BY "tile"."hop_start" DESC) FILTER(WHERE
        NOT "tile"."last_n_arr_delay_e06748bd" IS NULL),
      3
    ) AS DOUBLE[]) AS "last_n_arr_delay_e06748bd",
    CAST(SUM("tile"."squares_arr_delay_ba181841") AS DECIMAL(38, 0)) AS "squares_arr_delay_ba181841",
    CAST(SUM("tile"."sum_arr_delay_0d4fc483") AS DECIMAL(38, 0)) AS "sum_arr_delay_0d4fc483"
  FROM tiles_flights_by_airport_dest_1d AS tile
  GROUP BY
    1
), buckets_arr_delay_699f8c0c_by_value AS (
  SELECT
    "airport",
    STRUCT_EXTRACT("entry", 'key') AS "value",
    CAST(SUM(STRUCT_EXTRACT("entry", 'value')) AS BIGINT) AS "counted"
  FROM (
    SELECT
      "airport",
      UNNEST(MAP_ENTRIES("buckets_arr_delay_699f8c0c")) AS "entry"
    FROM tiles_flights_by_airport_dest_1d
  ) AS spread
  GROUP BY
    1,
    2
), buckets_arr_delay_699f8c0c_counts AS (
  SELECT
    "airport",
    CAST(MAP_FROM_ENTRIES(
      ARRAY_AGG({'key': "value", 'value': "counted"} ORDER BY "value") FILTER(WHERE
        "counted" > 0)
    ) AS MAP(INT, BIGINT)) AS "buckets_arr_delay_699f8c0c"
  FROM buckets_arr_delay_699f8c0c_by_value
  GROUP BY
    1
), histogram_distance_47a69ef3_by_value AS (
  SELECT
    "airport",
    STRUCT_EXTRACT("entry", 'key') AS "value",
    CAST(SUM(STRUCT_EXTRACT("entry", 'value')) AS BIGINT) AS "counted"
  FROM (
    SELECT
      "airport",
      UNNEST(MAP_ENTRIES("histogram_distance_47a69ef3")) AS "entry"
    FROM tiles_flights_by_airport_dest_1d
  ) AS spread
  GROUP BY
    1,
    2
), histogram_distance_47a69ef3_counts AS (
  SELECT
    "airport",
    CAST(MAP_FROM_ENTRIES(
      ARRAY_AGG({'key': "value", 'value': "counted"} ORDER BY "value") FILTER(WHERE
        "counted" > 0)
    ) AS MAP(BIGINT, BIGINT)) AS "histogram_distance_47a69ef3"
  FROM histogram_distance_47a69ef3_by_value
  GROUP BY
    1
)
SELECT
  "airport",
  CAST(7775999999999 AS BIGINT) AS "hop_start",
  "buckets_arr_delay_699f8c0c",
  "count_arr_delay_c3d43a35",
  "distinct_distance_8e135790",
  "histogram_distance_47a69ef3",
  "last_n_arr_delay_e06748bd",
  "squares_arr_delay_ba181841",
  "sum_arr_delay_0d4fc483"
FROM base_flights_by_airport_dest_1d_anew_combined
LEFT JOIN buckets_arr_delay_699f8c0c_counts
  USING ("airport")
LEFT JOIN histogram_distance_47a69ef3_counts
  USING ("airport")
