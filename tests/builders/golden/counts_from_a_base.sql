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
), base_flights_by_airport_dest_1d AS (
  SELECT
    "airport",
    "hop_start",
    "histogram_distance_47a69ef3"
  FROM READ_PARQUET(['offline/base_90.parquet'], union_by_name = TRUE, hive_partitioning = FALSE)
  WHERE
    "hop_start" < 7776000000000
), stored_flights_by_airport_dest_1d AS (
  SELECT
    "airport",
    "hop_start",
    "histogram_distance_47a69ef3"
  FROM READ_PARQUET(
    ['offline/flights_by_airport_dest_1d/tiles.parquet'],
    union_by_name = TRUE,
    hive_partitioning = FALSE
  )
  WHERE
    "hop_start" >= 7776000000000 AND "hop_start" < 11232000000000
), tiles_flights_by_airport_dest_1d AS (
  SELECT
    "airport",
    "hop_start",
    "histogram_distance_47a69ef3"
  FROM base_flights_by_airport_dest_1d
  UNION ALL
  SELECT
    "airport",
    "hop_start",
    "histogram_distance_47a69ef3"
  FROM stored_flights_by_airport_dest_1d
), pairs_airport_1d AS (
  SELECT DISTINCT
    "__key_airport" AS "airport",
    "__boundary_1d" AS "boundary"
  FROM spine
  WHERE
    NOT "__key_airport" IS NULL
), counted_histogram_distance_47a69ef3_flights_by_airport_dest_1d_1d_spread AS (
  SELECT
    "airport",
    "boundary",
    "hop_start",
    STRUCT_EXTRACT("entry", 'key') AS "value",
    STRUCT_EXTRACT("entry", 'value') AS "counted"
  FROM (
    SELECT
      "pair"."airport",
      "pair"."boundary",
      "tile"."hop_start",
      UNNEST(MAP_ENTRIES("tile"."histogram_distance_47a69ef3")) AS "entry"
    FROM pairs_airport_1d AS pair
    JOIN tiles_flights_by_airport_dest_1d AS tile
      ON "pair"."airport" = "tile"."airport" AND "tile"."hop_start" < "pair"."boundary"
  ) AS unnested
), counted_histogram_distance_47a69ef3_flights_by_airport_dest_1d_1d_by_value AS (
  SELECT
    "airport",
    "boundary",
    "value",
    CAST(SUM("counted") AS BIGINT) AS "counted_0"
  FROM counted_histogram_distance_47a69ef3_flights_by_airport_dest_1d_1d_spread
  GROUP BY
    1,
    2,
    3
), counted_histogram_distance_47a69ef3_flights_by_airport_dest_1d_1d AS (
  SELECT
    "airport",
    "boundary",
    CAST(MAP_FROM_ENTRIES(
      ARRAY_AGG({'key': "value", 'value': "counted_0"} ORDER BY "counted_0" DESC, "value") FILTER(WHERE
        "counted_0" > 0)
    ) AS MAP(BIGINT, BIGINT)) AS "flights_by_airport_dest_1d__histogram_distance_47a69ef3__ever"
  FROM counted_histogram_distance_47a69ef3_flights_by_airport_dest_1d_1d_by_value
  GROUP BY
    1,
    2
)
SELECT
  "spine"."__row",
  FIRST_KEYS(
    "counted_histogram_distance_47a69ef3_flights_by_airport_dest_1d_1d__airport"."flights_by_airport_dest_1d__histogram_distance_47a69ef3__ever",
    2
  ) AS "habits_usual",
  FIRST_ENTRIES(
    "counted_histogram_distance_47a69ef3_flights_by_airport_dest_1d_1d__airport"."flights_by_airport_dest_1d__histogram_distance_47a69ef3__ever",
    5
  ) AS "habits_by_distance"
FROM spine
LEFT JOIN counted_histogram_distance_47a69ef3_flights_by_airport_dest_1d_1d AS "counted_histogram_distance_47a69ef3_flights_by_airport_dest_1d_1d__airport"
  ON "spine"."__key_airport" = "counted_histogram_distance_47a69ef3_flights_by_airport_dest_1d_1d__airport"."airport"
  AND "spine"."__boundary_1d" = "counted_histogram_distance_47a69ef3_flights_by_airport_dest_1d_1d__airport"."boundary"
ORDER BY
  "spine"."__row"
