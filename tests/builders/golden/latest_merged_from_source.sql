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
), pairs_airport_exact AS (
  SELECT DISTINCT
    "__key_airport" AS "airport",
    "__boundary_exact" AS "boundary"
  FROM spine
  WHERE
    NOT "__key_airport" IS NULL
), rows_flights_by_airport_dest_exact AS (
  SELECT
    *
  FROM (
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
  ) AS read
  SEMI JOIN (
    SELECT
      "airport"
    FROM pairs_airport_exact
  ) AS asked
    USING ("airport")
), built_flights_by_airport_dest_exact AS (
  SELECT
    "airport",
    "instant" AS "hop_start",
    MAX("instant") FILTER(WHERE
      NOT "expression_1" IS NULL) AS "last_distance_ff7690ef_at",
    MAX("expression_1") FILTER(WHERE
      NOT "expression_1" IS NULL) AS "last_distance_ff7690ef"
  FROM rows_flights_by_airport_dest_exact
  GROUP BY
    1,
    2
), tiles_flights_by_airport_dest_exact AS (
  SELECT
    "airport",
    "hop_start",
    "last_distance_ff7690ef_at",
    "last_distance_ff7690ef"
  FROM built_flights_by_airport_dest_exact
), merge_flights_by_airport_dest_exact_probes AS (
  SELECT
    "airport",
    "boundary",
    CAST(0 AS INT) AS "grid",
    UNNEST(CAST([0] AS BIGINT[])) AS "back"
  FROM pairs_airport_exact
), merge_flights_by_airport_dest_exact_running AS (
  SELECT
    "airport",
    "hop_start",
    LAST_VALUE(
      CASE
        WHEN NOT "last_distance_ff7690ef_at" IS NULL
        THEN {'instant': "last_distance_ff7690ef_at", 'value': "last_distance_ff7690ef"}
      END
     IGNORE NULLS) OVER before AS "flights_by_airport_dest_exact__last_distance_ff7690ef"
  FROM tiles_flights_by_airport_dest_exact
  WINDOW before AS (
    PARTITION BY "airport"
    ORDER BY "hop_start"
    RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
  )
), merge_flights_by_airport_dest_exact AS (
  SELECT
    "probe"."airport",
    "probe"."boundary",
    "probe"."grid",
    "probe"."back",
    "tile"."flights_by_airport_dest_exact__last_distance_ff7690ef"
  FROM merge_flights_by_airport_dest_exact_probes AS probe
  ASOF LEFT JOIN merge_flights_by_airport_dest_exact_running AS tile
    ON "probe"."airport" = "tile"."airport"
    AND "probe"."boundary" - "probe"."back" > "tile"."hop_start"
), merged_flights_by_airport_dest_exact_exact AS (
  SELECT
    "airport",
    "boundary",
    STRUCT_EXTRACT("flights_by_airport_dest_exact__last_distance_ff7690ef", 'instant') AS "flights_by_airport_dest_exact__last_distance_ff7690ef__ever_at",
    STRUCT_EXTRACT("flights_by_airport_dest_exact__last_distance_ff7690ef", 'value') AS "flights_by_airport_dest_exact__last_distance_ff7690ef__ever"
  FROM merge_flights_by_airport_dest_exact
  WHERE
    "grid" = 0
)
SELECT
  "spine"."__row",
  CASE
    WHEN "merged_flights_by_airport_dest_exact_exact__airport"."flights_by_airport_dest_exact__last_distance_ff7690ef__ever_at" >= "__instant" - 259200000000
    THEN "merged_flights_by_airport_dest_exact_exact__airport"."flights_by_airport_dest_exact__last_distance_ff7690ef__ever"
  END AS "latest_distance"
FROM spine
LEFT JOIN merged_flights_by_airport_dest_exact_exact AS "merged_flights_by_airport_dest_exact_exact__airport"
  ON "spine"."__key_airport" = "merged_flights_by_airport_dest_exact_exact__airport"."airport"
  AND "spine"."__boundary_exact" = "merged_flights_by_airport_dest_exact_exact__airport"."boundary"
ORDER BY
  "spine"."__row"
