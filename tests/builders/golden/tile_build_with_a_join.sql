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
), planes_as_of_flights_with_planes_by_airport_dest_1d AS (
  SELECT
    CAST("tailnum" AS TEXT) AS "planes.tailnum",
    CAST("seats" AS INT) AS "planes.seats",
    CAST("maker" AS TEXT) AS "planes.maker",
    CAST("entry" AS BIGINT) AS "planes.entry",
    CAST("known_at" AS TIMESTAMP) AS "planes.known_at",
    CAST(EPOCH_US("known_at") AS BIGINT) AS "planes.__known"
  FROM READ_PARQUET(['data/planes.parquet'], hive_partitioning = FALSE)
  WHERE
    NOT "tailnum" IS NULL
    AND NOT EPOCH_US("known_at") IS NULL
    AND "known_at" < CAST('1970-05-11 00:00:00' AS TIMESTAMP)
  QUALIFY
    ROW_NUMBER() OVER (
      PARTITION BY "tailnum", EPOCH_US("known_at")
      ORDER BY "entry" DESC, "maker" DESC, "seats" DESC
    ) = 1
), rows_flights_with_planes_by_airport_dest_1d AS (
  SELECT
    *
  FROM (
    SELECT
      CAST("dest" AS TEXT) AS "airport",
      CAST(EPOCH_US("arrived_at") AS BIGINT) AS "instant",
      NOT "cancelled" AS "expression_1",
      "planes.seats" AS "expression_2"
    FROM (
      SELECT
        *
      FROM READ_PARQUET(['data/flights.parquet'], hive_partitioning = FALSE)
      WHERE
        NOT EPOCH_US("arrived_at") IS NULL
        AND "arrived_at" >= CAST('1970-04-04 00:00:00' AS TIMESTAMP)
        AND "arrived_at" < CAST('1970-05-11 00:00:00' AS TIMESTAMP)
    ) AS events
    ASOF LEFT JOIN planes_as_of_flights_with_planes_by_airport_dest_1d
      ON CAST("tailnum" AS TEXT) = "planes.tailnum"
      AND EPOCH_US("arrived_at") >= "planes.__known"
    WHERE
      NOT "dest" IS NULL
  ) AS read
  SEMI JOIN (
    SELECT
      "airport"
    FROM pairs_airport_1d
  ) AS asked
    USING ("airport")
)
SELECT
  "airport",
  FLOOR_TO_HOP("instant", 86400000000) AS "hop_start",
  COUNT(*) AS "count_rows_3c3debde",
  SUM(CAST("expression_2" AS DECIMAL(38, 0))) FILTER(WHERE
    "expression_1") AS "sum_planes_seats_e2f33b80"
FROM rows_flights_with_planes_by_airport_dest_1d
GROUP BY
  1,
  2
