/**
 * Every error the HTTP API answers with. Name, numbers and meaning are written once, here: replies, the OpenAPI document and
 * `docs/ERRORS.md` all come from this table. Callers translate by `err_code`, so a number never changes its meaning.
 */
import type { ErrorCode } from '#errors/codes';

/** One error of the API. */
export interface ApiErrorFacts {
  /** Key for translations. */
  errCode: number;
  httpCode: number;
  means: string;
  /** Whose number it is: of the API that this one follows, or added here where that has none. */
  source: 'documented' | 'own';
  /** Errors of the gateway that are answered with it wherever they arise. */
  answers?: readonly ErrorCode[];
}

const documented = (errCode: number, httpCode: number, means: string, answers: readonly ErrorCode[] = []): ApiErrorFacts => ({
  errCode,
  httpCode,
  means,
  source: 'documented',
  answers,
});
const own = (errCode: number, httpCode: number, means: string, answers: readonly ErrorCode[] = []): ApiErrorFacts => ({
  errCode,
  httpCode,
  means,
  source: 'own',
  answers,
});

export const API_ERRORS = {
  ApiAttributeException: documented(9_900, 400, 'An attribute has a wrong format, or does not exist.', [
    'tracker_invalid',
    'webhook_invalid',
  ]),
  ApiAttributeMissing: documented(9_901, 400, 'An attribute that must be given is missing.'),
  ApiForbidden: documented(9_902, 403, 'The role of the key does not allow this.'),
  ApiEntityNotFound: documented(9_903, 404, 'There is nothing at this address.'),
  ApiKeyMissing: own(9_910, 401, 'No key was given.'),
  ApiKeyInvalid: own(9_911, 401, 'The key is not known, has expired or was revoked.'),
  ApiRateExceeded: own(9_912, 429, 'More requests came than are allowed; `retry-after` says when to go on.'),
  ApiMethodNotAllowed: own(9_913, 405, 'The address exists, but not with this method; `allow` names those it has.'),
  ApiBodyTooLarge: own(9_914, 413, 'The body of the request is longer than allowed.'),
  ApiMediaTypeUnsupported: own(9_915, 415, 'The body is of a type that is not read here.'),
  ApiInternal: own(9_916, 500, 'The gateway itself failed. Please report it.'),
  ApiStoreAway: own(9_917, 503, 'The registry cannot be reached; `retry-after` says when to try again.', ['store_io']),

  ApiProviderAway: own(9_918, 503, 'The cloud of the provider cannot be asked just now.', ['provider_unreachable']),

  TrackerNotFound: documented(101, 404, 'The company has no tracker with this oid.', ['tracker_unknown']),
  WebhookNotFound: own(1_200, 404, 'The company has no webhook, or no delivery, with this id.', ['webhook_unknown']),
  WebhookDisabled: own(1_201, 409, 'The webhook is disabled: enable it first.', ['webhook_disabled']),
  WebhookMaxNumber: own(1_202, 403, 'The company has as many webhooks as it may.', ['webhook_limit']),
  TelemetryAway: own(1_401, 503, 'What was stored cannot be read at the moment; `retry-after` says when to try again.', [
    'sink_unreachable',
    'sink_engine',
  ]),
  PushEndpointNotFound: own(1_301, 404, 'The company has no push endpoint with this id.', ['push_unknown']),

  ApiKeyNotFound: own(1_101, 404, 'The company has no key with this id.', ['key_unknown']),
} as const satisfies Record<string, ApiErrorFacts>;

export type ApiErrorName = keyof typeof API_ERRORS;

/** An error with a name of the table, as routes throw it. */
export class ApiError extends Error {
  override readonly name: ApiErrorName;
  /** Everything that is wrong, where it can be more than one thing. */
  readonly problems: readonly string[];
  /** Further headers of the reply. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    name: ApiErrorName,
    message: string,
    more: { problems?: readonly string[]; headers?: Readonly<Record<string, string>>; cause?: unknown } = {},
  ) {
    super(message, { cause: more.cause });
    this.name = name;
    this.problems = more.problems ?? [];
    this.headers = more.headers ?? {};
  }

  get facts(): ApiErrorFacts {
    return API_ERRORS[this.name];
  }
}

const BY_CODE: ReadonlyMap<ErrorCode, ApiErrorName> = new Map(
  (Object.entries(API_ERRORS) as [ApiErrorName, ApiErrorFacts][]).flatMap(([name, { answers = [] }]) =>
    answers.map((code) => [code, name]),
  ),
);

/** The error of the API that answers for one of the gateway; `ApiInternal` where the caller can do nothing about it. */
export function apiErrorFor(code: ErrorCode): ApiErrorName {
  return BY_CODE.get(code) ?? 'ApiInternal';
}
