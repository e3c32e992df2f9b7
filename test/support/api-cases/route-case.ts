import type { ApiErrorName } from '../../../src/api/errors.ts';
import type { Answer, Asking, TestApi } from '../api.ts';

/** A request: what stands in the address for its parameters, and what it brings. */
export interface CaseRequest extends Omit<Asking, 'key'> {
  /** By the name of the parameter. */
  params?: Readonly<Record<string, string>>;
  /** With its `?`. */
  query?: string;
}

/** What there is when a case begins: companies with keys of their own. */
export interface World {
  api: TestApi;
  /** The company that owns what a request is about. */
  companyId: string;
  key: string;
  readKey: string;
  /** Another company. */
  otherId: string;
  otherKey: string;
  operatorKey: string;
  /** A number that no other case of this world was given. */
  fresh: () => number;
}

/** What is known of a route, so that the same questions can be asked of every one. */
export interface RouteCase {
  /** Makes what the request needs, and the request, which the company's key (or the operator's, or nobody's) makes with success. */
  request: (world: World) => Promise<CaseRequest> | CaseRequest;
  status: number;
  /**
   * What another company gets for the same request: the error, or a check that its answer holds nothing of the first company and has
   * changed nothing of it. `nobody's` is for routes that know no company.
   */
  tenancy: ApiErrorName | "nobody's" | ((answer: Answer, world: World) => Promise<void> | void);
  /** A request for each error of the route's own, made with the company's key unless it says otherwise. */
  errors?: Partial<
    Record<ApiErrorName, (world: World) => Promise<CaseRequest & { key?: string }> | (CaseRequest & { key?: string })>
  >;
}

/** By method and address, as in `POST /v1/groups`. */
export type RouteCases = Readonly<Record<string, RouteCase>>;
