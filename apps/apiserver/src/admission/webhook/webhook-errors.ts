import { ApiError, badRequest, type Status } from '@orrery/api';

/** A webhook could not be asked, or what it said is no answer: its failure policy decides what comes of it. */
export class CallingWebhookError extends Error {
  override readonly name = 'CallingWebhookError';

  constructor(webhook: string, reason: string, options?: ErrorOptions) {
    super(`failed calling webhook ${JSON.stringify(webhook)}: ${reason}`, options);
  }
}

const badRequestCode = 400;

/** The webhook's refusal, as the client gets it: the webhook's own status, with its name in front of the message. */
export function denied(webhook: string, result: Partial<Status> = {}): ApiError {
  const { message = '', reason = '', code = 0, status = '', ...others } = result;
  const explanation = message || reason;
  const deniedBy = `admission webhook ${JSON.stringify(webhook)} denied the request`;
  return new ApiError({
    ...others,
    kind: 'Status',
    apiVersion: 'v1',
    metadata: result.metadata ?? {},
    status: status === '' || status === 'Success' ? 'Failure' : status,
    message: explanation === '' ? `${deniedBy} without explanation` : `${deniedBy}: ${explanation}`,
    ...(reason !== '' && { reason }),
    code: Math.max(code, badRequestCode),
  });
}

/** With a dry run only webhooks are asked that promise to have no side effects. */
export function dryRunUnsupported(webhook: string): ApiError {
  return badRequest(`admission webhook ${JSON.stringify(webhook)} does not support dry run`);
}
