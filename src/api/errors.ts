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
    'credential_invalid',
    'company_invalid',
  ]),
  ApiAttributeMissing: documented(9_901, 400, 'An attribute that must be given is missing.'),
  ApiForbidden: documented(9_902, 403, 'The role of the key does not allow this.'),
  ApiEntityNotFound: documented(9_903, 404, 'There is nothing at this address.'),
  ApiKeyMissing: own(9_910, 401, 'No key was given.'),
  ApiKeyInvalid: own(9_911, 401, 'The key is not known, has expired or was revoked.'),
  ApiRateExceeded: own(9_912, 429, 'More requests came than are allowed; `retry-after` says when to go on.'),
  ApiMethodNotAllowed: own(9_913, 405, 'The address does not have this method; the header `allow` names those it has.'),
  ApiBodyTooLarge: own(9_914, 413, 'The body of the request is longer than allowed.'),
  ApiMediaTypeUnsupported: own(9_915, 415, 'The body is of a type that is not read here.'),
  ApiIdempotencyKeyReused: own(9_916, 422, 'The idempotency key came with another request before.', ['repeat_other']),
  ApiIdempotencyKeyBusy: own(9_917, 409, 'A request with the same idempotency key is under way.', ['repeat_busy']),
  ApiInternal: own(9_918, 500, 'The gateway itself failed. Please report it.'),
  ApiStoreAway: own(9_919, 503, 'The registry cannot be reached; `retry-after` says when to try again.', [
    'store_io',
    'store_unreachable',
  ]),
  ApiSecretsUnreadable: own(9_920, 500, 'A stored secret cannot be opened with the key file of this gateway.', [
    'secrets_unreadable',
  ]),

  ApiProviderAway: own(9_921, 503, 'The cloud of the provider cannot be asked just now.', ['provider_unreachable']),

  WebhookNotFound: own(1_200, 404, 'The company has no webhook, or no delivery, with this id.', ['webhook_unknown']),
  WebhookDisabled: own(1_201, 409, 'The webhook is disabled: enable it first.', ['webhook_disabled']),
  WebhookMaxNumber: own(1_202, 403, 'The company has as many webhooks as it may.', ['webhook_limit']),
  TelemetryAway: own(1_401, 503, 'What was stored cannot be read at the moment; `retry-after` says when to try again.', [
    'sink_unreachable',
    'sink_engine',
  ]),
  StreamMaxNumber: own(1_402, 429, 'As many streams are open as may be; `retry-after` says when to try again.', [
    'stream_limit',
  ]),
  FrameNotFound: own(1_403, 404, 'The tracker has sent no frame with this id.'),
  ConsentNotFound: own(1_601, 404, 'The company has no withdrawal of a consent with this id.', ['consent_unknown']),
  ConsentInvalid: own(1_602, 400, 'The withdrawal names no vehicle or protocol there is.', ['consent_invalid']),
  QuarantineNotFound: own(1_701, 404, 'No frame of the company in quarantine has this id.', ['quarantine_unknown']),
  PushEndpointNotFound: own(1_301, 404, 'The company has no push endpoint with this id.', ['push_unknown']),

  PageLinkNotFound: own(1_501, 404, 'No such link of the tracker page was made, or it was ended.', ['link_unknown']),
  PageLinkUsed: own(1_502, 410, 'The link of the tracker page was opened before: each is opened once.', ['link_used']),
  PageLinkExpired: own(1_503, 410, 'Nobody has opened the link of the tracker page within its time.', ['link_expired']),
  PageEnded: own(1_504, 410, 'The link or the tracker of the tracker page was ended: it may send nothing more.', [
    'page_ended',
  ]),

  TrackerNotFound: documented(101, 404, 'The company has no such tracker.', ['tracker_unknown']),
  TrackerValidationException: documented(102, 400, 'The tracker cannot be validated as it stands.'),
  TrackerAlreadyRegistered: documented(103, 403, 'The provider has an active tracker with this id.', ['tracker_exists']),
  ProviderNotFound: documented(106, 404, 'No provider has this name.', ['tracker_provider']),
  TrackerCouldNotBeCreatedMaxNumber: own(112, 403, 'The company has as many active trackers as it may.', ['tracker_limit']),
  TrackerMoveRefused: own(150, 409, 'The tracker cannot move from its status to the one asked for.', [
    'lifecycle_illegal_transition',
  ]),
  RegistrationDocumentNotFound: own(151, 404, 'The tracker has no registration document.', ['paper_unknown']),
  RegistrationDocumentInvalid: own(152, 415, 'The file is no picture or PDF, or another one than it was said to be.', [
    'paper_invalid',
  ]),

  GroupNotFound: documented(500, 404, 'The company has no group with this id.', ['group_unknown']),
  GroupSlugNotUnique: documented(501, 400, 'Another group of the company has this slug.', ['group_exists']),
  GroupMaxNumber: own(550, 403, 'The company has as many groups as it may.', ['group_limit']),

  CredentialNotFound: documented(600, 404, 'The company has no credentials with this id.', ['credential_unknown']),
  CredentialCouldNotBeUpdated: documented(601, 415, 'The new values are not what the provider needs.'),
  CredentialIncomplete: documented(603, 415, 'Values that the provider needs are missing.', ['credential_incomplete']),
  CredentialNotWorking: documented(604, 403, 'The provider does not accept the credentials; `msg` says why.', [
    'credential_refused',
  ]),
  CredentialMaxNumber: own(650, 403, 'The company has as many credentials as it may.', ['credential_limit']),

  CompanyNotFound: documented(10_003, 404, 'No company has this id.', ['company_unknown']),
  CompanyAlreadyExists: own(10_050, 409, 'Another company has this id.', ['company_exists']),
  ApiKeyNotFound: own(10_060, 404, 'The company has no key with this id, or it is good no more.', ['key_unknown']),
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
