import { session, signOut } from '../app/session.ts';
import { problemOf } from './problem.ts';

/** An answer of the typed client. */
interface Answer<Body> {
  data?: Body;
  error?: unknown;
  response: Response;
}

/**
 * Gives the body of a good answer, and throws a `Problem` for every other. A key that is accepted no more ends the session.
 * `await ask(present().client.GET('/v1/trackers/{oid}', { params: { path: { oid } } }))`
 */
export async function ask<Body>(answer: Promise<Answer<Body>>): Promise<Body> {
  const { data, error, response } = await answer;
  if (response.ok) return data as Body;
  const problem = problemOf(response, error);
  if (problem.status === 401 && session.value) signOut(problem.message);
  throw problem;
}
