import type { RawAnswer } from '@orrery/testing';
import type { ReadObject } from '../api-machinery/test-namespace.ts';

/** The Status of a request that must be refused. */
export async function refusal(answer: Promise<RawAnswer>): Promise<ReadObject> {
  const { status, body, text } = await answer;
  if (status < 400) throw new Error(`not refused, but answered with ${status}: ${text}`);
  return body;
}
