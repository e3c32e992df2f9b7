import type { Clock, EpochMs } from '#model/clocks';
import type { Tracker } from '#model/tracker';
import type { ConsentDesk } from '../consent/desk.ts';
import type { OidcSignIn } from '../sign-in/oidc.ts';
import type { Sessions } from '../sign-in/sessions.ts';
import type { Assets } from '../registry/assets.ts';
import type { ApiKeys } from '../registry/api-keys.ts';
import type { PushEndpoints } from '../push/endpoints.ts';
import type { FailureLimit } from '../push/failures.ts';
import type { PushIntake } from '../push/intake.ts';
import type { QuarantineDesk } from '../quarantine/desk.ts';
import type { CensusEntry, CensusQuery } from '../reading/census.ts';
import type { Overview } from '../observe/recent.ts';
import type { Dissection, Given } from '../dissect/dissect.ts';
import type { TripState } from '../lifecycle/trips.ts';
import type { EventsQuery, ReadEvent } from '../reading/events.ts';
import type { FramesPage, FramesQuery, WholeFrame } from '../reading/frames.ts';
import type { PlotQuery, Series, Track } from '../reading/plots.ts';
import type { Latest } from '../reading/latest.ts';
import type { HistoryQuery, ReadMessage } from '../reading/telemetry.ts';
import type { ReadTrip, TripsQuery } from '../reading/trips.ts';
import type { StreamDesk } from '../stream/desk.ts';
import type { DeliveryLog } from '../webhooks/delivery-log.ts';
import type { WebhookDesk } from '../webhooks/desk.ts';
import type { PageLinks } from '../html5/links.ts';
import type { Companies } from '../registry/companies.ts';
import type { Credentials } from '../registry/credentials.ts';
import type { Groups } from '../registry/groups.ts';
import type { Idempotency } from '../registry/idempotency.ts';
import type { Papers } from '../registry/papers.ts';
import type { ProviderRules } from '../registry/provider-rules.ts';
import type { CompanyTrackers } from '../registry/trackers.ts';
import type { ReportedAnswer } from '../validation/answers.ts';

/** What routes are given: all they know of the rest of the gateway. Routes hold no logic; they call one of these. */
export interface ApiServices {
  now: Clock;
  /** What each provider asks of a registration. */
  providers: readonly ProviderRules[];
  companies: Companies;
  keys: ApiKeys;
  webhooks: { desk: WebhookDesk; log: DeliveryLog };
  /** What trackers have sent. */
  telemetry: TelemetryServices;
  dissector: Dissector;
  /** What happens, as it happens. */
  stream: StreamDesk;
  /** Whose data may no longer be kept. */
  consents: ConsentDesk;
  /** Frames that were refused. */
  quarantine: QuarantineDesk;
  /** What clouds push. */
  push: PushServices;
  trackers: CompanyTrackers;
  /** Takes down what a provider has answered. Fails with `tracker_unknown` or `lifecycle_illegal_transition`. */
  reportAnswer: (oid: string, answer: ReportedAnswer, reason: string) => Promise<Tracker>;
  assets: Assets;
  papers: Papers;
  groups: Groups;
  credentials: Credentials;
  idempotency: Idempotency;
  /** How the gateway is, with what was since a time. */
  overview: (since: EpochMs) => Promise<Overview>;
  /** Who is signed in to the console. */
  sessions: Sessions;
  /** Sign-in at an identity provider; `null` where none is configured. */
  oidc: { signIn: OidcSignIn; name: string } | null;
  /** Links of the tracker page. */
  pageLinks: PageLinks;
  /** Address under which the internet reaches the API; `undefined` where nobody has said. */
  publicUrl: string | undefined;
  console: ConsoleSettings;
}

/** What is configured of the web console. */
export interface ConsoleSettings {
  /** Address of map tiles, with `{z}`, `{x}` and `{y}`; `undefined` for the map that comes along. */
  tileUrl?: string | undefined;
  /** Who made the tiles, as their licence asks to be named. */
  tileAttribution?: string | undefined;
}

/** What the routes of pushes are given. */
export interface PushServices {
  intake: PushIntake;
  endpoints: PushEndpoints;
  /** Longest body, bytes. */
  bodyBytes: number;
  /** Requests that led nowhere or proved nothing. */
  failures: FailureLimit;
  /** Protocols that can be pushed. */
  protocols: readonly string[];
}

/** Names every byte of a frame. */
export interface Dissector {
  /** Protocols whose bytes have names. */
  protocols: readonly string[];
  /** Names the bytes; a protocol that is given is one of `protocols`. */
  dissect(bytes: Uint8Array, given: Given): Dissection;
}

/** What the routes of telemetry are given. */
export interface TelemetryServices {
  /** Gives a tracker of the company. Fails with `tracker_unknown`. */
  trackerOf(companyId: string, oid: string): Promise<Tracker>;
  /** Fail with `sink_unreachable` where ClickHouse does not answer. */
  history(tracker: Tracker, query: HistoryQuery): Promise<ReadMessage[]>;
  latest(tracker: Tracker): Promise<Latest>;
  track(tracker: Tracker, query: PlotQuery): Promise<Track>;
  series(tracker: Tracker, query: PlotQuery & { keys: readonly string[] }): Promise<Series[]>;
  events(tracker: Tracker, query: EventsQuery): Promise<ReadEvent[]>;
  trips(tracker: Tracker, query: TripsQuery): Promise<ReadTrip[]>;
  frames(tracker: Tracker, query: FramesQuery): Promise<FramesPage>;
  /** `null` where the tracker has no such frame. */
  frame(tracker: Tracker, id: string): Promise<WholeFrame | null>;
  /** The trip that goes on; `null` where it stands. */
  runningTrip(tracker: Tracker): Promise<TripState | null>;
  /** What all companies' devices have sent. */
  census(query: CensusQuery): Promise<CensusEntry[]>;
}
