import type { Secret } from '../generated/kinds.ts';

/** `stringData` is a way to write `data`: it is never stored. */
export function defaultSecret(secret: Secret): void {
  secret.type ||= 'Opaque';
  if (!secret.stringData) return;
  const written = Object.entries(secret.stringData).map(([key, text]) => [key, Buffer.from(text).toString('base64')]);
  secret.data = { ...secret.data, ...Object.fromEntries(written) };
  delete secret.stringData;
}
