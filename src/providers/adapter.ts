/**
 * What a provider must give so that its trackers can be validated: pure code that says what to ask and what the answers mean. How
 * questions travel, when they are asked again and what becomes of the tracker is not its business.
 */
import type { EpochMs } from '#model/clocks';
import type { Tracker } from '#model/tracker';

/** A request to the cloud of a provider. */
export interface ApiRequest {
  method: 'GET' | 'POST' | 'DELETE';
  /** Behind the base address, or a whole address that the configuration names. */
  path: string;
  query?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as a form. */
  form?: Readonly<Record<string, string>>;
  basic?: { username: string; password: string };
  bearer?: string;
}

/** What came back. */
export interface ApiAnswer {
  status: number;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  /** The body as JSON; `undefined` where it is none. */
  body: unknown;
}

/** Asks the cloud of a provider. Never rejects: what keeps an answer from coming is told in words. */
export type Ask = (request: ApiRequest) => Promise<ApiAnswer | { trouble: string }>;

/** What a company has registered as its account at a provider: texts by name. */
export type Credentials = Readonly<Record<string, string>>;

/** Where the cloud of a provider is, and who is calling. */
export interface Account {
  /** Base address, with or without a slash at its end. */
  url: string;
  /** Own certificate for the connection, PEM, where the credentials hold one. */
  certificate?: { certificate: string; privateKey: string };
}

/** What a validation needs to know of the configuration. */
export interface ValidationSettings {
  /** Base address of the provider's cloud; `null` where none is configured. */
  url: string | null;
  /** Where tokens are asked for; `null` where that is of no use. */
  tokenUrl: string | null;
  /** Hosts a company's own address may name, `*.` standing for any name in a domain. */
  allowedHosts: readonly string[];
  /** Services that a vehicle must have activated. */
  services: readonly string[];
  /** How often a cloud is asked for news, ms. */
  pollMs: number;
  /** How far the odometer may be from what the owner said, km. */
  odometerToleranceKm: number;
  /** How long before the validation the odometer may have been read, ms. */
  odometerMaxAgeMs: number;
}

/** All that a step of a validation may look at. */
export interface ValidationContext {
  tracker: Tracker;
  startedAt: EpochMs;
  at: EpochMs;
  /** The odometer as the owner reads it, km; `null` where it was not given. */
  odoKm: number | null;
  /** The odometer as the vehicle told it since the validation began; `null` while it has not. */
  odometer: { km: number; observedAt: EpochMs; receivedAt: EpochMs } | null;
  /** `null` where the company has registered none. */
  credentials: Credentials | null;
  settings: ValidationSettings;
  /** What earlier steps of this validation have noted. */
  memory: Readonly<Record<string, string>>;
  /** Reaches a cloud. */
  connect: (account: Account) => Ask;
  /** Address to which a cloud may push this company's data; `null` where the gateway has none that can be reached. */
  callbackUrl: () => Promise<string | null>;
}

/** What is needed to try an account. */
export type AccountContext = Pick<ValidationContext, 'settings' | 'connect' | 'at'> & { credentials: Credentials };

export type AccountTrial = { ok: true } | { ok: false; reason: string } | { ok: null; reason: string };

/** Triggers of the transition table by which a validation may fail. */
export const FAILURES = [
  'id_rejected',
  'validation_failed',
  'credentials_refused',
  'capability_missing',
  'clearance_rejected',
  'access_refused',
] as const;
export type Failure = (typeof FAILURES)[number];

/** What a step has come to. Every text is for people: what is the case, and where it is wrong, what to do. */
export type Verdict =
  | {
      kind: 'validated';
      cause: string;
      /** The cloud can be asked later whether this still stands. */
      watch?: true;
    }
  | { kind: 'failed'; trigger: Failure; cause: string }
  | {
      kind: 'wait';
      /** What is waited for. */
      for: string;
      /** When to look again; `null` for growing pauses, as after trouble. */
      retryAt: EpochMs | null;
      /** What the provider said; absent where nobody was asked. */
      answer?: string;
      /** What the next step must know, besides what is noted already. */
      memory?: Readonly<Record<string, string>>;
    };

/** A verdict that is none yet. */
export type Waiting = Extract<Verdict, { kind: 'wait' }>;

/** All that giving back what was asked for may look at. */
export interface ReleaseContext extends ValidationContext {
  /** Whether no other tracker of the company at this provider rests on what its validation has asked for. */
  isLast: () => Promise<boolean>;
}

/** What has become of a right that was granted: a trigger of the table, where it has ended. */
export type Standing = { kind: 'stands' } | { kind: 'ended'; trigger: 'access_revoked' | 'access_refused'; cause: string };

/** Names of the fields an account at this provider is made of. */
export interface CredentialFields {
  required: readonly string[];
  optional: readonly string[];
}

export interface ProviderAdapter {
  /** `null` where there is no account to register. */
  credentialFields: CredentialFields | null;
  /**
   * Tries an account by a request that changes nothing. `ok` is `null` where nobody could be asked; the reason says why it is not `true`.
   * Absent where there is no account.
   */
  tryAccount?(context: AccountContext): Promise<AccountTrial>;
  /** Says what a validation lacks to be started, in words; `null` where it lacks nothing. */
  missing?(start: { odoKm: number | null }): string | null;
  /** Takes the next step. It may be taken twice: after a crash nobody knows that it was. */
  validate(context: ValidationContext): Promise<Verdict>;
  /** Looks whether what was granted still stands; `null` where the cloud does not tell just now. Absent where nobody can be asked. */
  standing?(context: ValidationContext): Promise<Standing | null>;
  /**
   * Gives back, once the tracker is disconnected, what its validation has asked for, or may have; `null` when nothing of it is left. It
   * may be done twice. Absent where a validation asks for nothing that would stay.
   */
  release?(context: ReleaseContext): Promise<Waiting | null>;
}
