WITH spine AS (
  SELECT /*+ REPARTITION(8, `__key_airport`) */
    *,
    FLOOR_TO_HOP(`__instant`, 86400000000) AS `__boundary_1d`
  FROM (
    SELECT
      `__row`,
      CAST(`airport` AS STRING) AS `__key_airport`,
      CAST(UNIX_MICROS(CAST(`event_timestamp` AS TIMESTAMP)) AS BIGINT) AS `__instant`
    FROM entity_dataframe
  ) AS asked
), pairs_airport_1d AS (
  SELECT DISTINCT
    `__key_airport` AS `airport`,
    `__boundary_1d` AS `boundary`
  FROM spine
  WHERE
    NOT `__key_airport` IS NULL
), planes_as_of_flights_with_planes_by_airport_dest_1d AS (
  SELECT
    `planes.tailnum`,
    `planes.seats`,
    `planes.maker`,
    `planes.entry`,
    `planes.known_at`,
    `planes.__known`
  FROM (
    SELECT
      CAST(`tailnum` AS STRING) AS `planes.tailnum`,
      CAST(`seats` AS INT) AS `planes.seats`,
      CAST(`maker` AS STRING) AS `planes.maker`,
      CAST(`entry` AS BIGINT) AS `planes.entry`,
      CAST(`known_at` AS TIMESTAMP_NTZ) AS `planes.known_at`,
      CAST(UNIX_MICROS(CAST(`known_at` AS TIMESTAMP)) AS BIGINT) AS `planes.__known`,
      ROW_NUMBER() OVER (
        PARTITION BY `tailnum`, UNIX_MICROS(CAST(`known_at` AS TIMESTAMP))
        ORDER BY `entry` DESC, `maker` DESC, `seats` DESC
      ) AS _w
    FROM planes_97a222fe
    WHERE
      NOT `tailnum` IS NULL
      AND NOT UNIX_MICROS(CAST(`known_at` AS TIMESTAMP)) IS NULL
      AND `known_at` < CAST('1970-05-11 00:00:00' AS TIMESTAMP)
  ) AS _t
  WHERE
    _w = 1
), rows_flights_with_planes_by_airport_dest_1d AS (
  SELECT /*+ BROADCAST(`asked`),
    REPARTITION(8, `airport`) */
    *
  FROM (
    SELECT
      CAST(`dest` AS STRING) AS `airport`,
      CAST(UNIX_MICROS(CAST(`arrived_at` AS TIMESTAMP)) AS BIGINT) AS `instant`,
      NOT `cancelled` AS `expression_1`,
      `planes.seats` AS `expression_2`
    FROM (
      SELECT
        __row.*,
        __found.*
      FROM (
        SELECT
          `__asks`,
          `__row`,
          LAST_VALUE(`__found`) IGNORE NULLS OVER (
            PARTITION BY `__key_0`
            ORDER BY `__at` NULLS LAST, `__asks` NULLS LAST
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
          ) AS `__found`
        FROM (
          SELECT
            CAST(`tailnum` AS STRING) AS `__key_0`,
            UNIX_MICROS(CAST(`arrived_at` AS TIMESTAMP)) AS `__at`,
            TRUE AS `__asks`,
            STRUCT(*) AS `__row`,
            NULL AS `__found`
          FROM (
            SELECT
              *
            FROM flights_b91c3686
            WHERE
              NOT UNIX_MICROS(CAST(`arrived_at` AS TIMESTAMP)) IS NULL
              AND `arrived_at` >= CAST('1970-04-04 00:00:00' AS TIMESTAMP)
              AND `arrived_at` < CAST('1970-05-11 00:00:00' AS TIMESTAMP)
          ) AS events
          UNION ALL
          SELECT
            `planes.tailnum` AS `__key_0`,
            `planes.__known` AS `__at`,
            FALSE AS `__asks`,
            NULL AS `__row`,
            STRUCT(*) AS `__found`
          FROM planes_as_of_flights_with_planes_by_airport_dest_1d
        ) AS together
      ) AS running
      WHERE
        `__asks`
    ) AS events
    WHERE
      NOT `dest` IS NULL
  ) AS read
  SEMI JOIN (
    SELECT
      `airport`
    FROM pairs_airport_1d
  ) AS asked
    USING (`airport`)
), built_flights_with_planes_by_airport_dest_1d AS (
  SELECT
    `airport`,
    FLOOR_TO_HOP(`instant`, 86400000000) AS `hop_start`,
    COUNT(*) AS `count_rows_3c3debde`,
    SUM(CAST(`expression_2` AS DECIMAL(38, 0))) FILTER(WHERE
      `expression_1`) AS `sum_planes_seats_e2f33b80`
  FROM rows_flights_with_planes_by_airport_dest_1d
  GROUP BY
    1,
    2
), tiles_flights_with_planes_by_airport_dest_1d AS (
  SELECT
    `airport`,
    `hop_start`,
    `count_rows_3c3debde`,
    `sum_planes_seats_e2f33b80`
  FROM built_flights_with_planes_by_airport_dest_1d
), joined_flights_with_planes_by_airport_dest_1d_1d AS (
  SELECT /*+ SHUFFLE_HASH(`pair`) */
    `pair`.`airport`,
    `pair`.`boundary`,
    CAST(SUM(`tile`.`count_rows_3c3debde`) AS BIGINT) AS `flights_with_planes_by_airport_dest_1d__count_rows_3c3debde__7d`,
    CAST(SUM(`tile`.`sum_planes_seats_e2f33b80`) AS DECIMAL(38, 0)) AS `flights_with_planes_by_airport_dest_1d__sum_planes_seats_e2f33b80__7d`
  FROM pairs_airport_1d AS pair
  JOIN tiles_flights_with_planes_by_airport_dest_1d AS tile
    ON `pair`.`airport` = `tile`.`airport`
    AND `tile`.`hop_start` < `pair`.`boundary`
    AND `tile`.`hop_start` >= `pair`.`boundary` - 604800000000
  GROUP BY
    1,
    2
)
SELECT /*+ SHUFFLE_HASH(`joined_flights_with_planes_by_airport_dest_1d_1d__airport`) */
  `spine`.`__row`,
  CASE
    WHEN NOT `joined_flights_with_planes_by_airport_dest_1d_1d__airport`.`flights_with_planes_by_airport_dest_1d__sum_planes_seats_e2f33b80__7d` IS NULL
    THEN CASE
      WHEN `joined_flights_with_planes_by_airport_dest_1d_1d__airport`.`flights_with_planes_by_airport_dest_1d__sum_planes_seats_e2f33b80__7d` BETWEEN -9223372036854775808 AND 9223372036854775807
      THEN CAST(`joined_flights_with_planes_by_airport_dest_1d_1d__airport`.`flights_with_planes_by_airport_dest_1d__sum_planes_seats_e2f33b80__7d` AS BIGINT)
      ELSE CAST(RAISE_ERROR('sum of feature seats_seats_7d leaves the range of bigint') AS BIGINT)
    END
  END AS `seats_seats_7d`,
  COALESCE(
    `joined_flights_with_planes_by_airport_dest_1d_1d__airport`.`flights_with_planes_by_airport_dest_1d__count_rows_3c3debde__7d`,
    0
  ) AS `seats_flights_7d`
FROM spine
LEFT JOIN joined_flights_with_planes_by_airport_dest_1d_1d AS `joined_flights_with_planes_by_airport_dest_1d_1d__airport`
  ON `spine`.`__key_airport` = `joined_flights_with_planes_by_airport_dest_1d_1d__airport`.`airport`
  AND `spine`.`__boundary_1d` = `joined_flights_with_planes_by_airport_dest_1d_1d__airport`.`boundary`
ORDER BY
  `spine`.`__row`
