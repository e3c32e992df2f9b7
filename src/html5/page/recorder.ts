/** Takes positions. What the phone says is kept as it is: what counts is for the gateway to decide. */

/** A position as the gateway is told. */
export interface TakenFix {
  timestamp: number;
  coords: Readonly<Record<string, number | null>>;
}

export interface RecorderNews {
  fix(fix: TakenFix, accuracyM: number): void;
  /** The phone gives the fix that was kept last: it works, and there is nothing new. */
  known(accuracyM: number): void;
  /** `denied`: the driver or the phone forbids it; `unavailable`: there is none just now. */
  trouble(kind: 'denied' | 'unavailable'): void;
}

/** A vehicle that stands adds nothing: one fix of so many ms is enough, unless it has moved so many metres. */
const STANDING_MS = 10_000;
const MOVED_M = 5;
const DEGREE_M = 111_320;

export class Recorder {
  readonly #news: RecorderNews;
  #watch: number | null = null;
  #last: GeolocationPosition | null = null;
  #knownTimestamp = 0;

  constructor(news: RecorderNews) {
    this.#news = news;
  }

  /** Begins. A fix of the time given is known already, and not told of. */
  start(knownTimestamp: number): void {
    this.stop();
    this.#knownTimestamp = knownTimestamp;
    const options: PositionOptions = { enableHighAccuracy: true, maximumAge: 0 };
    this.#watch = navigator.geolocation.watchPosition(
      (position) => this.#take(position),
      ({ code, PERMISSION_DENIED }) => this.#news.trouble(code === PERMISSION_DENIED ? 'denied' : 'unavailable'),
      options,
    );
  }

  stop(): void {
    if (this.#watch !== null) navigator.geolocation.clearWatch(this.#watch);
    this.#watch = null;
    this.#last = null;
  }

  #take(position: GeolocationPosition): void {
    if (this.#last !== null && !isNews(this.#last, position)) return;
    this.#last = position;
    const timestamp = Math.round(position.timestamp);
    if (timestamp === this.#knownTimestamp) return this.#news.known(position.coords.accuracy);
    const { latitude, longitude, accuracy, altitude, altitudeAccuracy, heading, speed } = position.coords;
    const coords = { latitude, longitude, accuracy, altitude, altitudeAccuracy, heading, speed };
    this.#news.fix({ timestamp, coords }, accuracy);
  }
}

function isNews(last: GeolocationPosition, next: GeolocationPosition): boolean {
  if (next.timestamp === last.timestamp) return false;
  if (next.timestamp - last.timestamp >= STANDING_MS) return true;
  const north = (next.coords.latitude - last.coords.latitude) * DEGREE_M;
  const east = (next.coords.longitude - last.coords.longitude) * DEGREE_M * Math.cos((last.coords.latitude * Math.PI) / 180);
  return Math.hypot(north, east) >= MOVED_M;
}
