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
), rows_flights_by_airport_dest_1d AS (
  SELECT
    *
  FROM (
    SELECT
      CAST("dest" AS TEXT) AS "airport",
      CAST(EPOCH_US("arrived_at") AS BIGINT) AS "instant",
      CASE WHEN ISFINITE("arr_delay") THEN "arr_delay" END AS "expression_1",
      "distance" AS "expression_2",
      NOT "cancelled" AS "expression_3"
    FROM READ_PARQUET(['data/flights.parquet'], hive_partitioning = FALSE)
    WHERE
      NOT "dest" IS NULL
      AND NOT EPOCH_US("arrived_at") IS NULL
      AND "arrived_at" < CAST('1970-05-11 00:00:00' AS TIMESTAMP)
  ) AS read
  SEMI JOIN (
    SELECT
      "airport"
    FROM pairs_airport_1d
  ) AS asked
    USING ("airport")
), built_flights_by_airport_dest_1d AS (
  SELECT
    "airport",
    FLOOR_TO_HOP("instant", 86400000000) AS "hop_start",
    CAST(HISTOGRAM(BUCKET("expression_1")) AS MAP(INT, BIGINT)) AS "buckets_arr_delay_699f8c0c",
    COUNT("expression_1") AS "count_arr_delay_c3d43a35",
    DISTINCT_NUMBERS(
      LIST_SORT(
        ARRAY_AGG(CAST("expression_2" AS BIGINT)) FILTER(WHERE
          NOT "expression_2" IS NULL)
      )
    ) AS "distinct_distance_8e135790",
    CAST(HISTOGRAM("expression_2") FILTER(WHERE
      "expression_3") AS MAP(BIGINT, BIGINT)) AS "histogram_distance_47a69ef3",
    VALUES_OF(
      MAX({'instant': "instant", 'value': "expression_1"}, 3) FILTER(WHERE
        NOT "expression_1" IS NULL)
    ) AS "last_n_arr_delay_e06748bd",
    SUM(
      CAST(CASE
        WHEN ABS("expression_1" * "expression_1") < 7.62939453125e-06
        OR "expression_1" * "expression_1" IS NULL
        THEN LOWEST_UNITS(
          (
            "expression_1" * "expression_1"
          ) * 1.461501637330903e+48,
          (
            "expression_1" * "expression_1"
          ) * 1.1805916207174113e+21,
          'squares_arr_delay_ba181841'
        )
        ELSE 0
      END AS DECIMAL(38, 0)) + CAST(CASE
        WHEN ABS(REST_OF_PRODUCT("expression_1", "expression_1")) < 7.62939453125e-06
        OR REST_OF_PRODUCT("expression_1", "expression_1") IS NULL
        THEN LOWEST_UNITS(
          REST_OF_PRODUCT("expression_1", "expression_1") * 1.461501637330903e+48,
          REST_OF_PRODUCT("expression_1", "expression_1") * 1.1805916207174113e+21,
          'squares_arr_delay_ba181841'
        )
        ELSE 0
      END AS DECIMAL(38, 0))
    ) AS "squares_arr_delay_ba181841_m1",
    SUM(
      CAST(WHOLE_UNITS(
        (
          "expression_1" * "expression_1"
        ) * 1.1805916207174113e+21,
        'squares_arr_delay_ba181841'
      ) AS DECIMAL(38, 0)) + CAST(WHOLE_UNITS(
        REST_OF_PRODUCT("expression_1", "expression_1") * 1.1805916207174113e+21,
        'squares_arr_delay_ba181841'
      ) AS DECIMAL(38, 0))
    ) AS "squares_arr_delay_ba181841",
    SUM(
      CAST(ONLY_UNITS("expression_1" * 1.1805916207174113e+21, 'sum_arr_delay_0d4fc483') AS DECIMAL(38, 0))
    ) AS "sum_arr_delay_0d4fc483"
  FROM rows_flights_by_airport_dest_1d
  GROUP BY
    1,
    2
), tiles_flights_by_airport_dest_1d AS (
  SELECT
    "airport",
    "hop_start",
    "buckets_arr_delay_699f8c0c",
    "count_arr_delay_c3d43a35",
    "distinct_distance_8e135790",
    "histogram_distance_47a69ef3",
    "last_n_arr_delay_e06748bd",
    "squares_arr_delay_ba181841_m1",
    "squares_arr_delay_ba181841",
    "sum_arr_delay_0d4fc483"
  FROM built_flights_by_airport_dest_1d
), joined_flights_by_airport_dest_1d_1d AS (
  SELECT
    "pair"."airport",
    "pair"."boundary",
    CAST(SUM("tile"."count_arr_delay_c3d43a35") FILTER(WHERE
      "tile"."hop_start" >= "pair"."boundary" - 604800000000) AS BIGINT) AS "flights_by_airport_dest_1d__count_arr_delay_c3d43a35__7d",
    CAST(MERGE_SKETCHES(
      ARRAY_AGG("tile"."distinct_distance_8e135790") FILTER(WHERE
        NOT "tile"."distinct_distance_8e135790" IS NULL
        AND "tile"."hop_start" >= "pair"."boundary" - 604800000000)
    ) AS BLOB) AS "flights_by_airport_dest_1d__distinct_distance_8e135790__7d",
    CAST(FIRST_ITEMS(
      ARRAY_AGG("tile"."last_n_arr_delay_e06748bd" ORDER BY "tile"."hop_start" DESC) FILTER(WHERE
        NOT "tile"."last_n_arr_delay_e06748bd" IS NULL),
      3
    ) AS DOUBLE[]) AS "flights_by_airport_dest_1d__last_n_arr_delay_e06748bd__28d",
    CAST(SUM("tile"."squares_arr_delay_ba181841_m1") FILTER(WHERE
      "tile"."hop_start" >= "pair"."boundary" - 604800000000) AS DECIMAL(38, 0)) AS "flights_by_airport_dest_1d__squares_arr_delay_ba181841__7d_m1",
    CAST(SUM("tile"."squares_arr_delay_ba181841") FILTER(WHERE
      "tile"."hop_start" >= "pair"."boundary" - 604800000000) AS DECIMAL(38, 0)) AS "flights_by_airport_dest_1d__squares_arr_delay_ba181841__7d",
    CAST(SUM("tile"."sum_arr_delay_0d4fc483") FILTER(WHERE
      "tile"."hop_start" >= "pair"."boundary" - 604800000000) AS DECIMAL(38, 0)) AS "flights_by_airport_dest_1d__sum_arr_delay_0d4fc483__7d"
  FROM pairs_airport_1d AS pair
  JOIN tiles_flights_by_airport_dest_1d AS tile
    ON "pair"."airport" = "tile"."airport"
    AND "tile"."hop_start" < "pair"."boundary"
    AND "tile"."hop_start" >= "pair"."boundary" - 2419200000000
  GROUP BY
    1,
    2
), counted_buckets_arr_delay_699f8c0c_flights_by_airport_dest_1d_1d_spread AS (
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
      UNNEST(MAP_ENTRIES("tile"."buckets_arr_delay_699f8c0c")) AS "entry"
    FROM pairs_airport_1d AS pair
    JOIN tiles_flights_by_airport_dest_1d AS tile
      ON "pair"."airport" = "tile"."airport"
      AND "tile"."hop_start" < "pair"."boundary"
      AND "tile"."hop_start" >= "pair"."boundary" - 2419200000000
  ) AS unnested
), counted_buckets_arr_delay_699f8c0c_flights_by_airport_dest_1d_1d_by_value AS (
  SELECT
    "airport",
    "boundary",
    "value",
    CAST(SUM("counted") FILTER(WHERE
      "hop_start" >= "boundary" - 604800000000) AS BIGINT) AS "counted_0",
    CAST(SUM("counted") AS BIGINT) AS "counted_1"
  FROM counted_buckets_arr_delay_699f8c0c_flights_by_airport_dest_1d_1d_spread
  GROUP BY
    1,
    2,
    3
), counted_buckets_arr_delay_699f8c0c_flights_by_airport_dest_1d_1d_added_up AS (
  SELECT
    "airport",
    "boundary",
    "value",
    CAST(SUM("counted_0") OVER up_to AS BIGINT) AS "counted_0",
    CAST(SUM("counted_1") OVER up_to AS BIGINT) AS "counted_1"
  FROM counted_buckets_arr_delay_699f8c0c_flights_by_airport_dest_1d_1d_by_value
  WINDOW up_to AS (
    PARTITION BY "airport", "boundary"
    ORDER BY "value"
    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
  )
), counted_buckets_arr_delay_699f8c0c_flights_by_airport_dest_1d_1d AS (
  SELECT
    "airport",
    "boundary",
    CAST(MAP_FROM_ENTRIES(
      ARRAY_AGG({'key': "value", 'value': "counted_1"} ORDER BY "value") FILTER(WHERE
        "counted_1" > 0)
    ) AS MAP(INT, BIGINT)) AS "flights_by_airport_dest_1d__buckets_arr_delay_699f8c0c__28d",
    CAST(MAP_FROM_ENTRIES(
      ARRAY_AGG({'key': "value", 'value': "counted_0"} ORDER BY "value") FILTER(WHERE
        "counted_0" > 0)
    ) AS MAP(INT, BIGINT)) AS "flights_by_airport_dest_1d__buckets_arr_delay_699f8c0c__7d"
  FROM counted_buckets_arr_delay_699f8c0c_flights_by_airport_dest_1d_1d_added_up
  GROUP BY
    1,
    2
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
  SQRT(
    VARIANCE_OF(
      COALESCE(
        "joined_flights_by_airport_dest_1d_1d__airport"."flights_by_airport_dest_1d__count_arr_delay_c3d43a35__7d",
        0
      ),
      (
        LIMB_DOUBLE(
          COALESCE(
            "joined_flights_by_airport_dest_1d_1d__airport"."flights_by_airport_dest_1d__squares_arr_delay_ba181841__7d",
            CAST(0 AS DECIMAL(38, 0))
          )
        ) * 8.470329472543003e-22
      ) + (
        LIMB_DOUBLE(
          COALESCE(
            "joined_flights_by_airport_dest_1d_1d__airport"."flights_by_airport_dest_1d__squares_arr_delay_ba181841__7d_m1",
            CAST(0 AS DECIMAL(38, 0))
          )
        ) * 6.842277657836021e-49
      ),
      (
        (
          LIMB_REST(
            COALESCE(
              "joined_flights_by_airport_dest_1d_1d__airport"."flights_by_airport_dest_1d__squares_arr_delay_ba181841__7d",
              CAST(0 AS DECIMAL(38, 0))
            )
          ) * 8.470329472543003e-22
        ) + REST_OF_SUM(
          LIMB_DOUBLE(
            COALESCE(
              "joined_flights_by_airport_dest_1d_1d__airport"."flights_by_airport_dest_1d__squares_arr_delay_ba181841__7d",
              CAST(0 AS DECIMAL(38, 0))
            )
          ) * 8.470329472543003e-22,
          LIMB_DOUBLE(
            COALESCE(
              "joined_flights_by_airport_dest_1d_1d__airport"."flights_by_airport_dest_1d__squares_arr_delay_ba181841__7d_m1",
              CAST(0 AS DECIMAL(38, 0))
            )
          ) * 6.842277657836021e-49
        )
      ) + (
        LIMB_REST(
          COALESCE(
            "joined_flights_by_airport_dest_1d_1d__airport"."flights_by_airport_dest_1d__squares_arr_delay_ba181841__7d_m1",
            CAST(0 AS DECIMAL(38, 0))
          )
        ) * 6.842277657836021e-49
      ),
      LIMB_DOUBLE(
        "joined_flights_by_airport_dest_1d_1d__airport"."flights_by_airport_dest_1d__sum_arr_delay_0d4fc483__7d"
      ) * 8.470329472543003e-22,
      LIMB_REST(
        "joined_flights_by_airport_dest_1d_1d__airport"."flights_by_airport_dest_1d__sum_arr_delay_0d4fc483__7d"
      ) * 8.470329472543003e-22
    )
  ) AS "habits_delay_7d",
  QUANTILE_OF(
    "counted_buckets_arr_delay_699f8c0c_flights_by_airport_dest_1d_1d__airport"."flights_by_airport_dest_1d__buckets_arr_delay_699f8c0c__7d",
    0.5
  ) AS "habits_typical_7d",
  QUANTILE_OF(
    "counted_buckets_arr_delay_699f8c0c_flights_by_airport_dest_1d_1d__airport"."flights_by_airport_dest_1d__buckets_arr_delay_699f8c0c__28d",
    0.5
  ) AS "habits_typical_28d",
  COALESCE(
    COUNT_OF_SKETCH(
      "joined_flights_by_airport_dest_1d_1d__airport"."flights_by_airport_dest_1d__distinct_distance_8e135790__7d"
    ),
    0
  ) AS "habits_distances_7d",
  "joined_flights_by_airport_dest_1d_1d__airport"."flights_by_airport_dest_1d__last_n_arr_delay_e06748bd__28d" AS "habits_latest_28d",
  FIRST_KEYS(
    "counted_histogram_distance_47a69ef3_flights_by_airport_dest_1d_1d__airport"."flights_by_airport_dest_1d__histogram_distance_47a69ef3__ever",
    2
  ) AS "habits_usual",
  FIRST_ENTRIES(
    "counted_histogram_distance_47a69ef3_flights_by_airport_dest_1d_1d__airport"."flights_by_airport_dest_1d__histogram_distance_47a69ef3__ever",
    5
  ) AS "habits_by_distance"
FROM spine
LEFT JOIN joined_flights_by_airport_dest_1d_1d AS "joined_flights_by_airport_dest_1d_1d__airport"
  ON "spine"."__key_airport" = "joined_flights_by_airport_dest_1d_1d__airport"."airport"
  AND "spine"."__boundary_1d" = "joined_flights_by_airport_dest_1d_1d__airport"."boundary"
LEFT JOIN counted_buckets_arr_delay_699f8c0c_flights_by_airport_dest_1d_1d AS "counted_buckets_arr_delay_699f8c0c_flights_by_airport_dest_1d_1d__airport"
  ON "spine"."__key_airport" = "counted_buckets_arr_delay_699f8c0c_flights_by_airport_dest_1d_1d__airport"."airport"
  AND "spine"."__boundary_1d" = "counted_buckets_arr_delay_699f8c0c_flights_by_airport_dest_1d_1d__airport"."boundary"
LEFT JOIN counted_histogram_distance_47a69ef3_flights_by_airport_dest_1d_1d AS "counted_histogram_distance_47a69ef3_flights_by_airport_dest_1d_1d__airport"
  ON "spine"."__key_airport" = "counted_histogram_distance_47a69ef3_flights_by_airport_dest_1d_1d__airport"."airport"
  AND "spine"."__boundary_1d" = "counted_histogram_distance_47a69ef3_flights_by_airport_dest_1d_1d__airport"."boundary"
ORDER BY
  "spine"."__row"
