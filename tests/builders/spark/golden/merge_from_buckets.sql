WITH spine AS (
  SELECT /*+ REPARTITION(8, `__key_airport`) */
    *,
    FLOOR_TO_HOP(`__instant` - 3600000000, 86400000000) AS `__boundary_1d_1h`,
    `__instant` AS `__boundary_exact`
  FROM (
    SELECT
      `__row`,
      CAST(`airport` AS STRING) AS `__key_airport`,
      CAST(UNIX_MICROS(CAST(`event_timestamp` AS TIMESTAMP)) AS BIGINT) AS `__instant`
    FROM entity_dataframe
  ) AS asked
), pairs_airport_1d_1h AS (
  SELECT DISTINCT
    `__key_airport` AS `airport`,
    `__boundary_1d_1h` AS `boundary`
  FROM spine
  WHERE
    NOT `__key_airport` IS NULL
), stored_flights_by_airport_dest_1d AS (
  SELECT /*+ SHUFFLE_HASH(`asked`) */
    *
  FROM (
    SELECT
      `airport`,
      `hop_start`,
      `count_arr_delay_8cfbf424`,
      `count_rows_3c3debde`,
      `max_arr_delay_e50019eb`,
      `sum_arr_delay_ef6efe68`
    FROM tiles_85dda46d
    WHERE
      `hop_start` >= 7948800000000 AND `hop_start` < 11145600000000
  ) AS read
  SEMI JOIN (
    SELECT
      `airport`
    FROM pairs_airport_1d_1h
  ) AS asked
    USING (`airport`)
), tiles_flights_by_airport_dest_1d AS (
  SELECT
    `airport`,
    `hop_start`,
    `count_arr_delay_8cfbf424`,
    `count_rows_3c3debde`,
    `max_arr_delay_e50019eb`,
    `sum_arr_delay_ef6efe68`
  FROM stored_flights_by_airport_dest_1d
), pairs_airport_exact AS (
  SELECT DISTINCT
    `__key_airport` AS `airport`,
    `__boundary_exact` AS `boundary`
  FROM spine
  WHERE
    NOT `__key_airport` IS NULL
), stored_flights_by_airport_dest_exact AS (
  SELECT /*+ SHUFFLE_HASH(`asked`) */
    *
  FROM (
    SELECT
      `airport`,
      `hop_start`,
      `last_distance_ff7690ef_at`,
      `last_distance_ff7690ef`
    FROM tiles_4738b5c4
    WHERE
      `hop_start` >= 8380800000000 AND `hop_start` < 11232000000000
  ) AS read
  SEMI JOIN (
    SELECT
      `airport`
    FROM pairs_airport_exact
  ) AS asked
    USING (`airport`)
), tiles_flights_by_airport_dest_exact AS (
  SELECT
    `airport`,
    `hop_start`,
    `last_distance_ff7690ef_at`,
    `last_distance_ff7690ef`
  FROM stored_flights_by_airport_dest_exact
), merge_airport_probes AS (
  SELECT
    `airport`,
    `boundary`,
    CAST(0 AS INT) AS `grid`,
    EXPLODE(CAST(ARRAY(0, 86400000000, 604800000000) AS ARRAY<BIGINT>)) AS `back`
  FROM pairs_airport_1d_1h
  UNION ALL
  SELECT
    `airport`,
    `boundary`,
    CAST(1 AS INT) AS `grid`,
    EXPLODE(CAST(ARRAY(0) AS ARRAY<BIGINT>)) AS `back`
  FROM pairs_airport_exact
), merge_airport_rows AS (
  SELECT
    `airport`,
    `hop_start` AS `instant`,
    TRUE AS `is_tile`,
    CAST(NULL AS BIGINT) AS `boundary`,
    CAST(NULL AS INT) AS `grid`,
    CAST(NULL AS BIGINT) AS `back`,
    `count_arr_delay_8cfbf424` AS `flights_by_airport_dest_1d__count_arr_delay_8cfbf424`,
    `count_rows_3c3debde` AS `flights_by_airport_dest_1d__count_rows_3c3debde`,
    `sum_arr_delay_ef6efe68` AS `flights_by_airport_dest_1d__sum_arr_delay_ef6efe68`,
    NULL AS `flights_by_airport_dest_exact__last_distance_ff7690ef`
  FROM tiles_flights_by_airport_dest_1d
  UNION ALL
  SELECT
    `airport`,
    `hop_start` AS `instant`,
    TRUE AS `is_tile`,
    CAST(NULL AS BIGINT) AS `boundary`,
    CAST(NULL AS INT) AS `grid`,
    CAST(NULL AS BIGINT) AS `back`,
    NULL AS `flights_by_airport_dest_1d__count_arr_delay_8cfbf424`,
    NULL AS `flights_by_airport_dest_1d__count_rows_3c3debde`,
    NULL AS `flights_by_airport_dest_1d__sum_arr_delay_ef6efe68`,
    CASE
      WHEN NOT `last_distance_ff7690ef_at` IS NULL
      THEN STRUCT(`last_distance_ff7690ef_at` AS instant, `last_distance_ff7690ef` AS value)
    END AS `flights_by_airport_dest_exact__last_distance_ff7690ef`
  FROM tiles_flights_by_airport_dest_exact
  UNION ALL
  SELECT
    `airport`,
    `boundary` - `back` AS `instant`,
    FALSE AS `is_tile`,
    `boundary`,
    `grid`,
    `back`,
    NULL AS `flights_by_airport_dest_1d__count_arr_delay_8cfbf424`,
    NULL AS `flights_by_airport_dest_1d__count_rows_3c3debde`,
    NULL AS `flights_by_airport_dest_1d__sum_arr_delay_ef6efe68`,
    NULL AS `flights_by_airport_dest_exact__last_distance_ff7690ef`
  FROM merge_airport_probes
), merge_airport AS (
  SELECT
    *
  FROM (
    SELECT
      `airport`,
      `is_tile`,
      `boundary`,
      `grid`,
      `back`,
      SUM(`flights_by_airport_dest_1d__count_arr_delay_8cfbf424`) OVER before AS `flights_by_airport_dest_1d__count_arr_delay_8cfbf424`,
      SUM(`flights_by_airport_dest_1d__count_rows_3c3debde`) OVER before AS `flights_by_airport_dest_1d__count_rows_3c3debde`,
      SUM(`flights_by_airport_dest_1d__sum_arr_delay_ef6efe68`) OVER before AS `flights_by_airport_dest_1d__sum_arr_delay_ef6efe68`,
      LAST_VALUE(`flights_by_airport_dest_exact__last_distance_ff7690ef`) IGNORE NULLS OVER before AS `flights_by_airport_dest_exact__last_distance_ff7690ef`
    FROM merge_airport_rows
    WINDOW before AS (
      PARTITION BY `airport`
      ORDER BY `instant` NULLS LAST, `is_tile` NULLS LAST
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    )
  ) AS running
  WHERE
    NOT `is_tile`
), merged_airport_1d_1h AS (
  SELECT
    `airport`,
    `boundary`,
    CAST(COALESCE(
      ANY_VALUE(`flights_by_airport_dest_1d__count_arr_delay_8cfbf424`) FILTER(WHERE
        `back` = 0),
      CAST(0 AS BIGINT)
    ) - COALESCE(
      ANY_VALUE(`flights_by_airport_dest_1d__count_arr_delay_8cfbf424`) FILTER(WHERE
        `back` = 604800000000),
      CAST(0 AS BIGINT)
    ) AS BIGINT) AS `flights_by_airport_dest_1d__count_arr_delay_8cfbf424__7d`,
    CAST(COALESCE(
      ANY_VALUE(`flights_by_airport_dest_1d__count_rows_3c3debde`) FILTER(WHERE
        `back` = 0),
      CAST(0 AS BIGINT)
    ) - COALESCE(
      ANY_VALUE(`flights_by_airport_dest_1d__count_rows_3c3debde`) FILTER(WHERE
        `back` = 86400000000),
      CAST(0 AS BIGINT)
    ) AS BIGINT) AS `flights_by_airport_dest_1d__count_rows_3c3debde__1d`,
    CAST(COALESCE(
      ANY_VALUE(`flights_by_airport_dest_1d__count_rows_3c3debde`) FILTER(WHERE
        `back` = 0),
      CAST(0 AS BIGINT)
    ) - COALESCE(
      ANY_VALUE(`flights_by_airport_dest_1d__count_rows_3c3debde`) FILTER(WHERE
        `back` = 604800000000),
      CAST(0 AS BIGINT)
    ) AS BIGINT) AS `flights_by_airport_dest_1d__count_rows_3c3debde__7d`,
    CAST(COALESCE(
      ANY_VALUE(`flights_by_airport_dest_1d__sum_arr_delay_ef6efe68`) FILTER(WHERE
        `back` = 0),
      CAST(0 AS DECIMAL(38, 0))
    ) - COALESCE(
      ANY_VALUE(`flights_by_airport_dest_1d__sum_arr_delay_ef6efe68`) FILTER(WHERE
        `back` = 604800000000),
      CAST(0 AS DECIMAL(38, 0))
    ) AS DECIMAL(38, 0)) AS `flights_by_airport_dest_1d__sum_arr_delay_ef6efe68__7d`
  FROM merge_airport
  WHERE
    `grid` = 0
  GROUP BY
    1,
    2
), joined_flights_by_airport_dest_1d_1d_1h AS (
  SELECT /*+ SHUFFLE_HASH(`pair`) */
    `pair`.`airport`,
    `pair`.`boundary`,
    CAST(MAX(`tile`.`max_arr_delay_e50019eb`) AS DOUBLE) AS `flights_by_airport_dest_1d__max_arr_delay_e50019eb__7d`
  FROM pairs_airport_1d_1h AS pair
  JOIN tiles_flights_by_airport_dest_1d AS tile
    ON `pair`.`airport` = `tile`.`airport`
    AND `tile`.`hop_start` < `pair`.`boundary`
    AND `tile`.`hop_start` >= `pair`.`boundary` - 604800000000
  GROUP BY
    1,
    2
), merged_airport_exact AS (
  SELECT
    `airport`,
    `boundary`,
    (
      `flights_by_airport_dest_exact__last_distance_ff7690ef`
    ).`instant` AS `flights_by_airport_dest_exact__last_distance_ff7690ef__ever_at`,
    (
      `flights_by_airport_dest_exact__last_distance_ff7690ef`
    ).`value` AS `flights_by_airport_dest_exact__last_distance_ff7690ef__ever`
  FROM merge_airport
  WHERE
    `grid` = 1
)
SELECT /*+ SHUFFLE_HASH(`merged_airport_1d_1h__airport`),
  SHUFFLE_HASH(`joined_flights_by_airport_dest_1d_1d_1h__airport`),
  SHUFFLE_HASH(`merged_airport_exact__airport`) */
  `spine`.`__row`,
  COALESCE(
    `merged_airport_1d_1h__airport`.`flights_by_airport_dest_1d__count_rows_3c3debde__1d`,
    0
  ) AS `arrivals_flights_1d`,
  COALESCE(
    `merged_airport_1d_1h__airport`.`flights_by_airport_dest_1d__count_rows_3c3debde__7d`,
    0
  ) AS `arrivals_flights_7d`,
  EXACT_DOUBLE(
    `merged_airport_1d_1h__airport`.`flights_by_airport_dest_1d__sum_arr_delay_ef6efe68__7d`
  ) / NULLIF(
    `merged_airport_1d_1h__airport`.`flights_by_airport_dest_1d__count_arr_delay_8cfbf424__7d`,
    0
  ) AS `arrivals_arr_delay_7d`,
  `joined_flights_by_airport_dest_1d_1d_1h__airport`.`flights_by_airport_dest_1d__max_arr_delay_e50019eb__7d` AS `arrivals_worst_7d`,
  CASE
    WHEN `merged_airport_exact__airport`.`flights_by_airport_dest_exact__last_distance_ff7690ef__ever_at` >= `__instant` - 259200000000
    THEN `merged_airport_exact__airport`.`flights_by_airport_dest_exact__last_distance_ff7690ef__ever`
  END AS `latest_distance`
FROM spine
LEFT JOIN merged_airport_1d_1h AS `merged_airport_1d_1h__airport`
  ON `spine`.`__key_airport` = `merged_airport_1d_1h__airport`.`airport`
  AND `spine`.`__boundary_1d_1h` = `merged_airport_1d_1h__airport`.`boundary`
LEFT JOIN joined_flights_by_airport_dest_1d_1d_1h AS `joined_flights_by_airport_dest_1d_1d_1h__airport`
  ON `spine`.`__key_airport` = `joined_flights_by_airport_dest_1d_1d_1h__airport`.`airport`
  AND `spine`.`__boundary_1d_1h` = `joined_flights_by_airport_dest_1d_1d_1h__airport`.`boundary`
LEFT JOIN merged_airport_exact AS `merged_airport_exact__airport`
  ON `spine`.`__key_airport` = `merged_airport_exact__airport`.`airport`
  AND `spine`.`__boundary_exact` = `merged_airport_exact__airport`.`boundary`
ORDER BY
  `spine`.`__row`
