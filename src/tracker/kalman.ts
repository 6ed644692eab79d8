/**
 * Constant-velocity Kalman filter of one coordinate. ByteTrack's 8-state filter has block-diagonal matrices,
 * so four of these (centre x, centre y, width, height) are the same filter without matrix code.
 * Units: picture widths or heights (0–1) and seconds.
 */
export interface AxisState {
  readonly position: number;
  /** Per second. */
  readonly velocity: number;
  /** Covariance: position, position–velocity, velocity. */
  readonly pp: number;
  readonly pv: number;
  readonly vv: number;
}

/** Standard deviations relative to the object's size, as in SORT/ByteTrack, but per second instead of per frame. */
const MEASUREMENT_SD_RATIO = 0.05;
/** How fast a two-wheeler may change its velocity: half its own height per second, each second. */
const ACCELERATION_SD_RATIO = 0.5;
/** An unknown start velocity: two heights per second covers 40 km/h seen from a junction pole. */
const START_VELOCITY_SD_RATIO = 2;

export function startAxis(position: number, scale: number): AxisState {
  const sd = MEASUREMENT_SD_RATIO * scale;
  const velocitySd = START_VELOCITY_SD_RATIO * scale;
  return { position, velocity: 0, pp: sd * sd, pv: 0, vv: velocitySd * velocitySd };
}

/** Moves the state forward by `dtS` seconds; process noise is white acceleration. */
export function predictAxis(state: AxisState, dtS: number, scale: number): AxisState {
  const q = (ACCELERATION_SD_RATIO * scale) ** 2;
  return {
    position: state.position + state.velocity * dtS,
    velocity: state.velocity,
    pp: state.pp + 2 * dtS * state.pv + dtS * dtS * state.vv + (q * dtS ** 4) / 4,
    pv: state.pv + dtS * state.vv + (q * dtS ** 3) / 2,
    vv: state.vv + q * dtS * dtS,
  };
}

/** Corrects the state by a measured position. */
export function correctAxis(state: AxisState, measured: number, scale: number): AxisState {
  const r = (MEASUREMENT_SD_RATIO * scale) ** 2;
  const s = state.pp + r;
  const gainPosition = state.pp / s;
  const gainVelocity = state.pv / s;
  const innovation = measured - state.position;
  return {
    position: state.position + gainPosition * innovation,
    velocity: state.velocity + gainVelocity * innovation,
    pp: (1 - gainPosition) * state.pp,
    pv: (1 - gainPosition) * state.pv,
    vv: state.vv - gainVelocity * state.pv,
  };
}
