WITH stored_flights_by_airport_dest_1d_1 AS (
  SELECT
    "airport",
    "hop_start"
  FROM READ_PARQUET(
    ['offline/flights_by_airport_dest_1d/tiles.parquet'],
    union_by_name = TRUE,
    hive_partitioning = FALSE
  )
  WHERE
    "hop_start" >= 10540800000000 AND "hop_start" < 11145600000000
), tiles_flights_by_airport_dest_1d_1 AS (
  SELECT
    "airport",
    "hop_start"
  FROM stored_flights_by_airport_dest_1d_1
)
SELECT DISTINCT
  "airport"
FROM (
  SELECT
    "airport"
  FROM tiles_flights_by_airport_dest_1d_1
  WHERE
    (
      "hop_start" >= 10540800000000 AND "hop_start" < 11145600000000
    )
) AS listed
