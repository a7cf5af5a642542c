WITH spine AS (
  SELECT
    *,
    "__instant" AS "__boundary_exact"
  FROM (
    SELECT
      "__row",
      CAST("airport" AS TEXT) AS "__key_airport",
      CAST(EPOCH_US("event_timestamp") AS BIGINT) AS "__instant"
    FROM entity_dataframe
  ) AS asked
), rows_flights_by_airport_dest_exact AS (
  SELECT
    CAST("dest" AS TEXT) AS "airport",
    CAST(EPOCH_US("arrived_at") AS BIGINT) AS "instant",
    "distance" AS "expression_1"
  FROM READ_PARQUET(['data/flights.parquet'], hive_partitioning = FALSE)
  WHERE
    NOT "dest" IS NULL
    AND NOT EPOCH_US("arrived_at") IS NULL
    AND "arrived_at" >= CAST('1970-04-08 00:00:00' AS TIMESTAMP)
    AND "arrived_at" < CAST('1970-05-11 00:00:00' AS TIMESTAMP)
), pairs_airport_exact AS (
  SELECT DISTINCT
    "__key_airport" AS "airport",
    "__boundary_exact" AS "boundary"
  FROM spine
  WHERE
    NOT "__key_airport" IS NULL
), joined_flights_by_airport_dest_exact_exact_tiles AS (
  SELECT
    "pair"."airport",
    "pair"."boundary",
    "tile"."instant" AS "hop_start",
    MAX("instant") FILTER(WHERE
      NOT "expression_1" IS NULL) AS "last_distance_ff7690ef_at",
    MAX("expression_1") FILTER(WHERE
      NOT "expression_1" IS NULL) AS "last_distance_ff7690ef"
  FROM pairs_airport_exact AS pair
  JOIN rows_flights_by_airport_dest_exact AS tile
    ON "pair"."airport" = "tile"."airport"
    AND "tile"."instant" < "pair"."boundary"
    AND "tile"."instant" >= "pair"."boundary" - 259200000000
  GROUP BY
    1,
    2,
    3
), joined_flights_by_airport_dest_exact_exact AS (
  SELECT
    "tile"."airport",
    "tile"."boundary",
    CAST(MAX("tile"."last_distance_ff7690ef_at") AS BIGINT) AS "flights_by_airport_dest_exact__last_distance_ff7690ef__ever_at",
    CAST(ARG_MAX("tile"."last_distance_ff7690ef", "tile"."last_distance_ff7690ef_at") AS BIGINT) AS "flights_by_airport_dest_exact__last_distance_ff7690ef__ever"
  FROM joined_flights_by_airport_dest_exact_exact_tiles AS tile
  GROUP BY
    1,
    2
)
SELECT
  "spine"."__row",
  CASE
    WHEN "joined_flights_by_airport_dest_exact_exact__airport"."flights_by_airport_dest_exact__last_distance_ff7690ef__ever_at" >= "__instant" - 259200000000
    THEN "joined_flights_by_airport_dest_exact_exact__airport"."flights_by_airport_dest_exact__last_distance_ff7690ef__ever"
  END AS "latest_distance"
FROM spine
LEFT JOIN joined_flights_by_airport_dest_exact_exact AS "joined_flights_by_airport_dest_exact_exact__airport"
  ON "spine"."__key_airport" = "joined_flights_by_airport_dest_exact_exact__airport"."airport"
  AND "spine"."__boundary_exact" = "joined_flights_by_airport_dest_exact_exact__airport"."boundary"
ORDER BY
  "spine"."__row"
