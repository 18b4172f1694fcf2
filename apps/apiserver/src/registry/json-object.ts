import type { ApiObject } from '@orrery/api';

/** An object of any kind, when the generic registry has to touch a field of it. */
export type JsonObject = ApiObject & {
  spec?: Record<string, unknown>;
  status?: Record<string, unknown>;
};

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
