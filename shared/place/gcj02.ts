/** GCJ-02, the shifted coordinates of Chinese maps. A separate module: pages load it without the gazetteer. */

/**
 * GCJ-02, the shifted coordinates of Chinese maps, to WGS-84, to well under a metre inside China.
 *
 * The shift is the widely published polynomial on the Krasovsky 1940 ellipsoid (known from `eviltransform` and
 * `gcoord`, both MIT); it has no closed inverse, so the WGS-84 point is found by correcting a guess.
 */
export function gcj02ToWgs84(longitude: number, latitude: number): { longitude: number; latitude: number } {
  let guess = { longitude, latitude };
  for (let round = 0; round < 4; round += 1) {
    const shift = gcj02Shift(guess.longitude, guess.latitude);
    guess = { longitude: longitude - shift.longitude, latitude: latitude - shift.latitude };
  }
  return guess;
}

/** WGS-84 to GCJ-02, for showing a position on a Chinese map. */
export function wgs84ToGcj02(longitude: number, latitude: number): { longitude: number; latitude: number } {
  const shift = gcj02Shift(longitude, latitude);
  return { longitude: longitude + shift.longitude, latitude: latitude + shift.latitude };
}

function gcj02Shift(longitude: number, latitude: number): { longitude: number; latitude: number } {
  // Outside this box, the usual one for China, the two systems are the same.
  if (longitude < 72.004 || longitude > 137.8347 || latitude < 0.8293 || latitude > 55.8271)
    return { longitude: 0, latitude: 0 };
  const { sin, cos, sqrt, abs, PI } = Math;
  const x = longitude - 105;
  const y = latitude - 35;
  const ripple = 20 * sin(6 * x * PI) + 20 * sin(2 * x * PI);
  const north =
    -100 +
    2 * x +
    3 * y +
    0.2 * y * y +
    0.1 * x * y +
    0.2 * sqrt(abs(x)) +
    (2 / 3) *
      (ripple +
        20 * sin(y * PI) +
        40 * sin((y / 3) * PI) +
        160 * sin((y / 12) * PI) +
        320 * sin((y / 30) * PI));
  const east =
    300 +
    x +
    2 * y +
    0.1 * x * x +
    0.1 * x * y +
    0.1 * sqrt(abs(x)) +
    (2 / 3) *
      (ripple +
        20 * sin(x * PI) +
        40 * sin((x / 3) * PI) +
        150 * sin((x / 12) * PI) +
        300 * sin((x / 30) * PI));
  const semiMajorMetres = 6_378_245;
  const eccentricitySquared = 0.00669342162296594323;
  const radians = (latitude / 180) * PI;
  const magic = 1 - eccentricitySquared * sin(radians) ** 2;
  const meridian = (semiMajorMetres * (1 - eccentricitySquared)) / (magic * sqrt(magic));
  const parallel = (semiMajorMetres / sqrt(magic)) * cos(radians);
  return { longitude: (east * 180) / (parallel * PI), latitude: (north * 180) / (meridian * PI) };
}
