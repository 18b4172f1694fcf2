import type { Milliseconds } from '@orrery/runtime';

/** Where a webhook is: the `clientConfig` of webhook configurations and of CustomResourceDefinitions. */
export interface WebhookClientConfig {
  /** PEM certificates in base64; without it the certificates that the machine trusts. */
  readonly caBundle?: string;
  readonly service?: {
    readonly namespace: string;
    readonly name: string;
    /** Default `/`. */
    readonly path?: string;
    /** Default 443. */
    readonly port?: number;
  };
  readonly url?: string;
}

/** One question to a webhook. */
export interface WebhookCall {
  readonly clientConfig: WebhookClientConfig;
  /** The review (`AdmissionReview`, `ConversionReview`) that is sent as JSON. */
  readonly review: object;
  /** For everything from the look-up of the service to the last byte of the answer. Told to the webhook in whole seconds. */
  readonly timeout: Milliseconds;
  /** Ends the call when whoever waits for it has left. */
  readonly signal?: AbortSignal;
}

/** Asks webhooks. Whatever keeps an answer from coming is a `WebhookCallError`. */
export interface WebhookClient {
  /** The review that the webhook answers: a JSON object, otherwise unchecked. */
  call(call: WebhookCall): Promise<Record<string, unknown>>;
}

/** A webhook did not give an answer. The message is in the words of upstream's client: `Post "https://…": context deadline exceeded`. */
export class WebhookCallError extends Error {
  override readonly name = 'WebhookCallError';

  constructor(
    message: string,
    /** HTTP status of the answer, where there was one. */
    readonly code?: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
