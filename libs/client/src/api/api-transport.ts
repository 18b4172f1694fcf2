/** One request to an API server, in the form that both ways of asking share. */
export interface ApiTransportRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query: `/api/v1/namespaces/default/pods?limit=500`. */
  readonly path: string;
  /** Empty where there is no body. */
  readonly contentType: string;
  readonly body: Uint8Array;
}

/** The whole answer. Failures of the API are answers too: `status` 404 with a `Status` as body. */
export interface ApiTransportResponse {
  readonly status: number;
  readonly body: Uint8Array;
}

/** Carries requests to an API server. Throws only where no answer came. */
export interface ApiTransport {
  send(request: ApiTransportRequest): Promise<ApiTransportResponse>;
}

/** No API server answered. `carriedOut` tells whether the request may have taken effect nevertheless. */
export class ApiUnreachableError extends Error {
  override readonly name = 'ApiUnreachableError';
  constructor(
    readonly path: string,
    readonly carriedOut: 'no' | 'unknown',
    options?: ErrorOptions,
  ) {
    super(`no API server answered ${path}`, options);
  }
}
