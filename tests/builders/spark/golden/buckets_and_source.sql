WITH spine AS (
  SELECT /*+ REPARTITION(8, `__key_airport`) */
    *,
    FLOOR_TO_HOP(`__instant` - 3600000000, 86400000000) AS `__boundary_1d_1h`
  FROM (
    SELECT
      `__row`,
      CAST(`airport` AS STRING) AS `__key_airport`,
      CAST(UNIX_MICROS(CAST(`event_timestamp` AS TIMESTAMP)) AS BIGINT) AS `__instant`
    FROM entity_dataframe
  ) AS asked
), stored_flights_by_airport_dest_1d AS (
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
), pairs_airport_1d_1h AS (
  SELECT DISTINCT
    `__key_airport` AS `airport`,
    `__boundary_1d_1h` AS `boundary`
  FROM spine
  WHERE
    NOT `__key_airport` IS NULL
), rows_flights_by_airport_dest_1d AS (
  SELECT /*+ BROADCAST(`asked`),
    REPARTITION(8, `airport`) */
    *
  FROM (
    SELECT
      CAST(`dest` AS STRING) AS `airport`,
      CAST(UNIX_MICROS(CAST(`arrived_at` AS TIMESTAMP)) AS BIGINT) AS `instant`,
      FINITE(`arr_delay`) AS `expression_1`,
      NOT `cancelled` AS `expression_2`
    FROM flights_b91c3686
    WHERE
      NOT `dest` IS NULL
      AND NOT UNIX_MICROS(CAST(`arrived_at` AS TIMESTAMP)) IS NULL
      AND `arrived_at` >= CAST('1970-05-01 00:00:00' AS TIMESTAMP)
      AND `arrived_at` < CAST('1970-05-10 00:00:00' AS TIMESTAMP)
  ) AS read
  SEMI JOIN (
    SELECT
      `airport`
    FROM pairs_airport_1d_1h
  ) AS asked
    USING (`airport`)
), built_flights_by_airport_dest_1d AS (
  SELECT
    `airport`,
    FLOOR_TO_HOP(`instant`, 86400000000) AS `hop_start`,
    COUNT(`expression_1`) FILTER(WHERE
      `expression_2`) AS `count_arr_delay_8cfbf424`,
    COUNT(*) AS `count_rows_3c3debde`,
    MAX(`expression_1`) AS `max_arr_delay_e50019eb`,
    OF_DIGITS(
      SUM(
        UPPER_DIGIT(
          ONLY_UNITS(
            CASE WHEN `expression_2` THEN `expression_1` END * 1.1805916207174113e+21,
            'sum_arr_delay_ef6efe68'
          )
        )
      ),
      SUM(
        MIDDLE_DIGIT(
          ONLY_UNITS(
            CASE WHEN `expression_2` THEN `expression_1` END * 1.1805916207174113e+21,
            'sum_arr_delay_ef6efe68'
          )
        )
      ),
      SUM(
        LOWER_DIGIT(
          ONLY_UNITS(
            CASE WHEN `expression_2` THEN `expression_1` END * 1.1805916207174113e+21,
            'sum_arr_delay_ef6efe68'
          )
        )
      )
    ) AS `sum_arr_delay_ef6efe68`
  FROM rows_flights_by_airport_dest_1d
  GROUP BY
    1,
    2
), tiles_flights_by_airport_dest_1d AS (
  SELECT
    `airport`,
    `hop_start`,
    `count_arr_delay_8cfbf424`,
    `count_rows_3c3debde`,
    `max_arr_delay_e50019eb`,
    `sum_arr_delay_ef6efe68`
  FROM stored_flights_by_airport_dest_1d
  UNION ALL
  SELECT
    `airport`,
    `hop_start`,
    `count_arr_delay_8cfbf424`,
    `count_rows_3c3debde`,
    `max_arr_delay_e50019eb`,
    `sum_arr_delay_ef6efe68`
  FROM built_flights_by_airport_dest_1d
), joined_flights_by_airport_dest_1d_1d_1h AS (
  SELECT /*+ SHUFFLE_HASH(`pair`) */
    `pair`.`airport`,
    `pair`.`boundary`,
    CAST(SUM(`tile`.`count_arr_delay_8cfbf424`) AS BIGINT) AS `flights_by_airport_dest_1d__count_arr_delay_8cfbf424__7d`,
    CAST(SUM(`tile`.`count_rows_3c3debde`) FILTER(WHERE
      `tile`.`hop_start` >= `pair`.`boundary` - 86400000000) AS BIGINT) AS `flights_by_airport_dest_1d__count_rows_3c3debde__1d`,
    CAST(SUM(`tile`.`count_rows_3c3debde`) AS BIGINT) AS `flights_by_airport_dest_1d__count_rows_3c3debde__7d`,
    CAST(MAX(`tile`.`max_arr_delay_e50019eb`) AS DOUBLE) AS `flights_by_airport_dest_1d__max_arr_delay_e50019eb__7d`,
    CAST(SUM(`tile`.`sum_arr_delay_ef6efe68`) AS DECIMAL(38, 0)) AS `flights_by_airport_dest_1d__sum_arr_delay_ef6efe68__7d`
  FROM pairs_airport_1d_1h AS pair
  JOIN tiles_flights_by_airport_dest_1d AS tile
    ON `pair`.`airport` = `tile`.`airport`
    AND `tile`.`hop_start` < `pair`.`boundary`
    AND `tile`.`hop_start` >= `pair`.`boundary` - 604800000000
  GROUP BY
    1,
    2
)
SELECT /*+ SHUFFLE_HASH(`joined_flights_by_airport_dest_1d_1d_1h__airport`) */
  `spine`.`__row`,
  COALESCE(
    `joined_flights_by_airport_dest_1d_1d_1h__airport`.`flights_by_airport_dest_1d__count_rows_3c3debde__1d`,
    0
  ) AS `arrivals_flights_1d`,
  COALESCE(
    `joined_flights_by_airport_dest_1d_1d_1h__airport`.`flights_by_airport_dest_1d__count_rows_3c3debde__7d`,
    0
  ) AS `arrivals_flights_7d`,
  EXACT_DOUBLE(
    `joined_flights_by_airport_dest_1d_1d_1h__airport`.`flights_by_airport_dest_1d__sum_arr_delay_ef6efe68__7d`
  ) / NULLIF(
    `joined_flights_by_airport_dest_1d_1d_1h__airport`.`flights_by_airport_dest_1d__count_arr_delay_8cfbf424__7d`,
    0
  ) AS `arrivals_arr_delay_7d`,
  `joined_flights_by_airport_dest_1d_1d_1h__airport`.`flights_by_airport_dest_1d__max_arr_delay_e50019eb__7d` AS `arrivals_worst_7d`
FROM spine
LEFT JOIN joined_flights_by_airport_dest_1d_1d_1h AS `joined_flights_by_airport_dest_1d_1d_1h__airport`
  ON `spine`.`__key_airport` = `joined_flights_by_airport_dest_1d_1d_1h__airport`.`airport`
  AND `spine`.`__boundary_1d_1h` = `joined_flights_by_airport_dest_1d_1d_1h__airport`.`boundary`
ORDER BY
  `spine`.`__row`
