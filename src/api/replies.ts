/** Turns whatever a request ends with, short of its answer, into an error of the table. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { findGatewayError } from '#errors/gateway-error';
import type { ApiApp } from './routing.ts';
import { isMissing, problemOf, type Issue } from './problems.ts';
import { API_ERRORS, ApiError, apiErrorFor, type ApiErrorName } from './errors.ts';

/** The form of every error. */
export const errorBody = z
  .object({
    err_code: z.int().meta({ description: 'Number of the error, for programs and translations' }),
    http_code: z.int().meta({ description: 'The HTTP status once more' }),
    name: z.enum(Object.keys(API_ERRORS) as [ApiErrorName, ...ApiErrorName[]]).meta({ description: 'Name of the error' }),
    msg: z.string().meta({ description: 'What is wrong and what to do, in English' }),
    problems: z
      .array(z.string())
      .optional()
      .meta({ description: 'Everything that is wrong, where that may be several things' }),
  })
  .meta({ id: 'Error' });

const JSON_TYPE = 'application/json; charset=utf-8';
/** How long to wait while the registry is away, s. */
const STORE_PAUSE_S = 2;

/** What went wrong outside, so that it can be logged; errors of the caller are not. */
export type Report = (error: unknown, name: ApiErrorName) => void;

/** Has all errors answered in the one form. */
export function answerErrors(app: ApiApp, report: Report): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const answer = asApiError(error, request);
    if (answer.facts.httpCode >= 500) report(error, answer.name);
    return sendError(reply, answer);
  });
  app.setNotFoundHandler((request, reply) =>
    sendError(
      reply,
      new ApiError('ApiEntityNotFound', `there is no ${request.method} ${pathOf(request)}; /openapi.json says what there is`),
    ),
  );
}

/** Answers an address that leads to no route because it cannot even be read. */
export function answerRouterError({ message }: { message: string }, reply: FastifyReply): FastifyReply {
  return sendError(reply, new ApiError('ApiAttributeException', `the address cannot be read: ${message}`));
}

/** What is looked at of a request to explain an error. */
type Asked = Pick<FastifyRequest, 'id' | 'headers'>;

/** The same for a request that the router has not seen. */
export function errorAnswer(
  error: unknown,
  asked: Asked,
  report: Report,
): { status: number; headers: Readonly<Record<string, string>>; body: string } {
  const answer = asApiError(error as FastifyError, asked);
  if (answer.facts.httpCode >= 500) report(error, answer.name);
  const headers = { ...answer.headers, 'content-type': JSON_TYPE };
  return { status: answer.facts.httpCode, headers, body: JSON.stringify(bodyOf(answer)) };
}

function sendError(reply: FastifyReply, error: ApiError): FastifyReply {
  return reply.code(error.facts.httpCode).headers(error.headers).type(JSON_TYPE).serializer(JSON.stringify).send(bodyOf(error));
}

function bodyOf({ facts: { errCode, httpCode }, name, message, problems }: ApiError): object {
  const body = { err_code: errCode, http_code: httpCode, name, msg: message };
  return problems.length === 0 ? body : { ...body, problems };
}

function asApiError(error: FastifyError, request: Asked): ApiError {
  if (error instanceof ApiError) return error;
  if (hasZodFastifySchemaValidationErrors(error)) return invalid(error.validation, error.validationContext ?? 'body');
  const found = findGatewayError(error);
  if (found !== undefined) {
    const name = apiErrorFor(found.code);
    if (name === 'ApiInternal') return internal(request);
    if (name !== 'ApiStoreAway') return new ApiError(name, found.detail, { problems: found.reasons });
    const headers = { 'retry-after': String(STORE_PAUSE_S) };
    return new ApiError(name, 'the registry cannot be reached at the moment; nothing was changed', { headers });
  }
  if (error.statusCode === 413) return new ApiError('ApiBodyTooLarge', 'the body of the request is longer than allowed');
  if (error.statusCode === 415) {
    return new ApiError(
      'ApiMediaTypeUnsupported',
      `a body of the type "${request.headers['content-type'] ?? ''}" is not read here`,
    );
  }
  if (typeof error.statusCode === 'number' && error.statusCode >= 400 && error.statusCode < 500) {
    return new ApiError('ApiAttributeException', error.message);
  }
  return internal(request);
}

/** Says nothing of what it was: that stands in the log, under the same id. */
function internal(request: Asked): ApiError {
  return new ApiError('ApiInternal', `the gateway failed to answer; its log has it under the request id ${request.id}`);
}

/** What is wrong with the parts of a request, all of it. */
function invalid(issues: readonly unknown[], part: string): ApiError {
  const all = issues as readonly Issue[];
  const problems = all.map((issue) => problemOf(issue, part));
  const name = all.every(isMissing) ? 'ApiAttributeMissing' : 'ApiAttributeException';
  return new ApiError(name, problems.join('; '), { problems });
}

function pathOf({ url }: FastifyRequest): string {
  return url.split('?')[0] ?? url;
}
